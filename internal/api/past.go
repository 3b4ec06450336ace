package api

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"srr/internal/routerid"
)

// Past is a moment as the journal of one node tells it: what was with its own
// instances, and what it had heard of others.
type Past struct {
	Node     string      `json:"node"`
	RouterID routerid.ID `json:"router_id"`
	At       time.Time   `json:"at"`
	// Begins is the first entry that is kept; nothing is known of what was before
	// it. Zero: the journal is empty.
	Begins time.Time   `json:"begins,omitzero"`
	States []PastState `json:"states"` // by service
	Heard  []Event     `json:"heard"`  // the last word on each other node, in the day before
	// Before and After are the nearest entries on both sides; Now are those of the
	// moment itself.
	Before *Event  `json:"before,omitempty"`
	Now    []Event `json:"now"`
	After  *Event  `json:"after,omitempty"`
}

// PastState is one service of the node at a moment.
type PastState struct {
	Service string    `json:"service"`
	State   string    `json:"state"`
	Since   time.Time `json:"since,omitzero"` // zero: for more than a day, or not known
	Reason  string    `json:"reason,omitempty"`
	Detail  string    `json:"detail,omitempty"`
}

// pastWindow is how far before the moment the journal is read.
const pastWindow = 24 * time.Hour

// maxNow bounds Past.Now.
const maxNow = 64

// peerReason begins the reason of an entry about another node.
const peerReason = "node "

// Past says what was at a moment, by this node's journal.
func (s *Server) Past(ctx context.Context, at time.Time) (Past, error) {
	p, err := recall(s.backend.Events(ctx, EventQuery{Since: at.Add(-pastWindow)}), at, s.backend.Snapshot())
	if err != nil {
		return Past{}, err
	}
	for e, err := range s.backend.Events(ctx, EventQuery{}) {
		if err != nil {
			return Past{}, err
		}
		p.Begins = e.Time
		break
	}
	return p, nil
}

// recall finds the state of each instance in what is known of it around a moment: the
// last entry up to then, or else where the first one after it came from, or else what
// it is now.
func recall(events iter.Seq2[Event, error], at time.Time, now Snapshot) (Past, error) {
	m := memory{at: at, states: map[string]PastState{}, later: map[string]PastState{}, heard: map[string]Event{}}
	for e, err := range events {
		if err != nil {
			return Past{}, err
		}
		m.take(e)
	}
	p := Past{Node: now.Node, RouterID: now.RouterID, At: at, Before: m.before, Now: m.now, After: m.after, Heard: []Event{}, States: []PastState{}}
	for i := range now.Services {
		for k := range now.Services[i].Instances {
			if inst := &now.Services[i].Instances[k]; inst.RouterID == now.RouterID {
				m.note(PastState{Service: now.Services[i].Name, State: inst.State, Since: inst.Since, Reason: inst.Reason, Detail: inst.Detail})
			}
		}
	}
	for name, st := range m.later {
		if _, known := m.states[name]; !known {
			m.states[name] = st
		}
	}
	for _, st := range m.states {
		p.States = append(p.States, st)
	}
	for _, e := range m.heard {
		p.Heard = append(p.Heard, e)
	}
	slices.SortFunc(p.States, func(a, b PastState) int { return cmp.Compare(a.Service, b.Service) })
	slices.SortFunc(p.Heard, func(a, b Event) int { return cmp.Compare(a.Reason, b.Reason) })
	return p, nil
}

// memory gathers what entries say of a moment.
type memory struct {
	at            time.Time
	states        map[string]PastState // by the last entry up to then
	later         map[string]PastState // by the first entry after it
	heard         map[string]Event
	before, after *Event
	now           []Event
}

func (m *memory) take(e Event) {
	change := e.Service != "" && e.To != "" && e.From != e.To
	if e.Time.After(m.at) {
		if m.after == nil || e.Time.Before(m.after.Time) { // clocks are set, too
			m.after = &e
		}
		if _, known := m.later[e.Service]; change && !known {
			m.later[e.Service] = PastState{Service: e.Service, State: e.From}
		}
		return
	}
	switch {
	case e.Time.Before(m.at):
		if m.before == nil || !e.Time.Before(m.before.Time) {
			m.before = &e
		}
	case len(m.now) < maxNow:
		m.now = append(m.now, e)
	}
	if change {
		m.states[e.Service] = PastState{Service: e.Service, State: e.To, Since: e.Time, Reason: e.Reason, Detail: e.Detail}
	}
	if strings.HasPrefix(e.Reason, peerReason) {
		m.heard[e.Reason] = e
	}
}

// note takes what an instance is today. It was so then if nothing has changed since.
func (m *memory) note(st PastState) {
	if _, changed := m.later[st.Service]; changed {
		return
	}
	if st.Since.After(m.at) {
		st = PastState{Service: st.Service, State: ""} // it has changed, and the journal has lost it
	}
	m.later[st.Service] = st
}

func (s *Server) past(r *http.Request) (any, error) {
	v, err := query(r, "at")
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339Nano, v.Get("at"))
	if err != nil {
		return nil, invalidf("at: want a time such as %s, got %q", time.RFC3339, cut(v.Get("at"), 32))
	}
	ctx, cancel := context.WithTimeout(r.Context(), inspectTimeout)
	defer cancel()
	p, err := s.Past(ctx, at)
	if p.Now == nil {
		p.Now = []Event{}
	}
	return p, err
}
