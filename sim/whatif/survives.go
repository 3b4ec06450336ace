package whatif

import (
	"errors"
	"time"

	"srr/internal/service"
)

// Score is what each single failure would do.
type Score struct {
	Differences []string
	Assumptions []string
	Failures    []Outcome
	Only        []Only
	Incomplete  bool // stopped before all were tried
}

// Outcome is what one single failure would do.
type Outcome struct {
	Kind  Kind
	Line  string // to ask about
	Lost  []Change
	Moved int
	Gap   time.Duration // the longest of any unit
	Err   error         // why it could not be tried
}

// Survived reports whether every unit that ran still runs, or runs again.
func (o *Outcome) Survived() bool { return len(o.Lost) == 0 && o.Err == nil }

// Only is a unit that one node alone can run.
type Only struct {
	Unit service.Unit
	Node string
}

// Survived counts the failures that were survived.
func (s *Score) Survived() (n int) {
	for k := range s.Failures {
		if s.Failures[k].Survived() {
			n++
		}
	}
	return n
}

// Survives tries every single failure. Each is tried on the units that it can
// concern, which are independent of all others. Stop is asked now and then
// whether to give up: what was tried by then is the answer.
func (m *Model) Survives(stop func() bool) *Score {
	s := &Score{Only: m.only(), Assumptions: m.assumed}
	known := map[string]bool{}
	for _, f := range m.failures() {
		a, err := m.try(&f, stop)
		if errors.Is(err, ErrStopped) {
			s.Incomplete = true
			break
		}
		o := Outcome{Kind: f.kind, Line: f.line, Err: err}
		if a != nil {
			o.count(a)
			for _, d := range a.Differences {
				if !known[d] {
					known[d] = true
					s.Differences = append(s.Differences, d)
				}
			}
			if len(a.Assumptions) > 0 && len(s.Failures) == 0 {
				s.Assumptions = a.Assumptions
			}
		}
		s.Failures = append(s.Failures, o)
	}
	return s
}

func (m *Model) try(f *failure, stop func() bool) (*Answer, error) {
	commands, err := m.Translate(f.line)
	if err != nil || len(f.units) == 0 {
		return &Answer{}, err
	}
	return m.newWorld(f.units, f.small, stop).ask(commands, nil)
}

func (o *Outcome) count(a *Answer) {
	for _, c := range a.Units {
		switch {
		case c.Lost():
			o.Lost = append(o.Lost, c)
		case len(c.Before) > 0:
			o.Gap = max(o.Gap, c.Gap)
			o.Moved++
		}
	}
}
