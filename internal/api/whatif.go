package api

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Simulator says what would happen. It continues the cluster as this node knows
// it in a simulation, on the core that decides, and touches nothing. Its methods
// may be called from any goroutine, and end soon after ctx does.
type Simulator interface {
	WhatIf(ctx context.Context, q WhatIfQuery) (WhatIf, error)
	Survives(ctx context.Context) (Survives, error)
}

// WhatIfQuery is what is asked about: a line, or a new configuration of this node.
type WhatIfQuery struct {
	// Line says what happens, such as "power-off n1" or "move web n2"; several
	// things that happen at once are separated by semicolons.
	Line string `json:"line,omitempty"`
	// Config is the text of a configuration file. It stands for the file of the
	// name ConfigFile in conf.d, if there is one, and else for the main file.
	Config     string `json:"config,omitempty"`
	ConfigFile string `json:"config_file,omitempty"`
}

// WhatIf is what would happen.
type WhatIf struct {
	Line string    `json:"line"`
	Node string    `json:"node"` // who answers
	At   time.Time `json:"at"`   // when the picture was taken
	// Differences: before anything was done to it, the simulated cluster came to
	// another state than the real one. If there are any, the rest says little.
	Differences []string       `json:"differences"`
	Assumptions []string       `json:"assumptions"` // what is not known, and was assumed
	Replies     []string       `json:"replies,omitempty"`
	Units       []WhatIfUnit   `json:"units"`     // of which anything changes, by name
	Unchanged   int            `json:"unchanged"` // how many others there are
	Timeline    []WhatIfChange `json:"timeline"`
	TookSeconds float64        `json:"took_seconds"` // until everything is at rest
	Restless    bool           `json:"restless,omitempty"`
}

// WhatIfUnit is what becomes of a unit.
type WhatIfUnit struct {
	Unit   string   `json:"unit"`
	Group  bool     `json:"group,omitempty"`
	Before []string `json:"before"` // nodes that run it
	After  []string `json:"after"`
	Apart  []string `json:"apart,omitempty"` // that run it after that, out of sight of most routers
	// GapSeconds is the longest time between the last answer at its address (of a
	// resource: the end of its processes) and the next one.
	GapSeconds float64 `json:"gap_seconds"`
	Lost       bool    `json:"lost,omitempty"` // nobody answers any more
	Why        string  `json:"why"`
}

// WhatIfChange is one thing that would happen.
type WhatIfChange struct {
	AfterSeconds float64 `json:"after_seconds"`
	Node         string  `json:"node"`
	Service      string  `json:"service,omitempty"`
	From         string  `json:"from,omitempty"`
	To           string  `json:"to,omitempty"`
	Reason       string  `json:"reason,omitempty"`
	Detail       string  `json:"detail,omitempty"`
}

// Survives is what each single failure would do.
type Survives struct {
	Node        string     `json:"node"`
	At          time.Time  `json:"at"`
	Differences []string   `json:"differences"`
	Assumptions []string   `json:"assumptions"`
	Total       int        `json:"total"`
	Survived    int        `json:"survived"`
	Only        []OnlyNode `json:"only"`     // units that a single node can run, by name
	Failures    []Failed   `json:"failures"` // those that were tried
	// Incomplete: there was not enough time for all of them.
	Incomplete bool `json:"incomplete,omitempty"`
}

// OnlyNode is a unit that only one node can run.
type OnlyNode struct {
	Unit string `json:"unit"`
	Node string `json:"node"`
}

// Failed is one single failure.
type Failed struct {
	Kind     string     `json:"kind"` // "node", "router", "link", "network", "service"
	Line     string     `json:"line"` // to ask what-if about
	Survived bool       `json:"survived"`
	Lost     []LostUnit `json:"lost,omitempty"` // units that nobody runs any more
	Moved    int        `json:"moved"`          // units that run elsewhere
	// GapSeconds is the longest time for which any unit is not answered.
	GapSeconds float64 `json:"gap_seconds"`
	Error      string  `json:"error,omitempty"` // why it could not be tried
}

// LostUnit is a unit that nobody runs any more, and why.
type LostUnit struct {
	Unit string `json:"unit"`
	Why  string `json:"why"`
}

const (
	// simulateTimeout is how long a simulation may take.
	simulateTimeout = 30 * time.Second
	// maxConfigBytes is how long a configuration may be that is asked about.
	maxConfigBytes = 1 << 20
	maxLine        = 512
)

// Simulate lets the server answer what-if and survives. To be called before Serve.
func (s *Server) Simulate(sim Simulator) { s.simulator = sim }

// ErrBusy is what WhatIf and Survives return while another simulation runs.
var ErrBusy = errors.New("another simulation is running, try again")

// WhatIf says what would happen. One question is answered at a time: each takes a
// processor for a while.
func (s *Server) WhatIf(ctx context.Context, q WhatIfQuery) (WhatIf, error) {
	if (q.Line == "") == (q.Config == "") {
		return WhatIf{}, invalidf("what-if needs a line or a configuration")
	}
	if len(q.Line) > maxLine || !Printable(q.Line) || !Printable(q.ConfigFile) {
		return WhatIf{}, invalidf("the line must be printable and have at most %d bytes", maxLine)
	}
	return simulate(ctx, s, func(ctx context.Context, sim Simulator) (WhatIf, error) { return sim.WhatIf(ctx, q) })
}

// Survives says what each single failure would do.
func (s *Server) Survives(ctx context.Context) (Survives, error) {
	return simulate(ctx, s, func(ctx context.Context, sim Simulator) (Survives, error) { return sim.Survives(ctx) })
}

func simulate[T any](ctx context.Context, s *Server, ask func(context.Context, Simulator) (T, error)) (answer T, err error) {
	if s.simulator == nil {
		return answer, invalidf("this server simulates nothing")
	}
	select {
	case s.simulating <- struct{}{}:
		defer func() { <-s.simulating }()
	default:
		return answer, ErrBusy
	}
	ctx, cancel := context.WithTimeout(ctx, simulateTimeout)
	defer cancel()
	return ask(ctx, s.simulator)
}

func (s *Server) whatIf(w http.ResponseWriter, r *http.Request) {
	var q WhatIfQuery
	if err := readJSONUpTo(maxConfigBytes, w, r, &q); err != nil {
		s.fail(w, r, err)
		return
	}
	v, err := s.WhatIf(r.Context(), q)
	s.answerOr(w, r, v, err)
}

func (s *Server) survives(w http.ResponseWriter, r *http.Request) {
	if _, err := query(r); err != nil {
		s.fail(w, r, err)
		return
	}
	v, err := s.Survives(r.Context())
	s.answerOr(w, r, v, err)
}

func (s *Server) answerOr(w http.ResponseWriter, r *http.Request, v any, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, v)
}
