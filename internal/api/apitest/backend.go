// Package apitest has a Backend, an Inspector and a Simulator with fixed content, for tests
// of what stands in front of them.
package apitest

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"srr/internal/api"
	"srr/internal/service"
)

// Fake answers from what it holds. Set its fields before it is served;
// SetSnapshot and Append may be called at any time.
type Fake struct {
	Reply    api.Reply
	DoErr    error
	Answer   api.Explain
	LSAs     []api.LSA
	Checks   []api.Check
	Kept     []api.Output
	StatusIs api.Output
	Future   api.WhatIf
	Score    api.Survives
	Sums     []api.Served
	MadeOf   api.About
	Checked  []api.CheckRun
	Hold     chan struct{} // nil: WhatIf answers at once

	mu       sync.Mutex
	snap     api.Snapshot
	events   []api.Event
	arrived  chan struct{}
	commands []api.Command
	lastLSDB api.LSDBQuery
	asked    []api.WhatIfQuery
}

// NewFake holds the Shop cluster.
func NewFake() *Fake {
	f := &Fake{snap: Shop(), arrived: make(chan struct{}), Reply: api.Reply{Text: "done"}}
	f.Answer, f.LSAs, f.Checks, f.Kept = ShopExplain(), ShopLSDB(), ShopDoctor(), ShopOutputs()
	f.StatusIs = f.Kept[0]
	f.Future, f.Score = ShopWhatIf(), ShopSurvives()
	f.Sums, f.MadeOf, f.Checked = ShopServed(), ShopAbout(), ShopChecks()
	f.events = ShopEvents()
	return f
}

// Snapshot implements api.Backend.
func (f *Fake) Snapshot() api.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.snap
}

// SetSnapshot replaces the state and counts its sequence up.
func (f *Fake) SetSnapshot(s api.Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.Sequence = f.snap.Sequence + 1
	f.snap = s
}

// Do implements api.Backend.
func (f *Fake) Do(_ context.Context, cmd api.Command) (api.Reply, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commands = append(f.commands, cmd)
	return f.Reply, f.DoErr
}

// Commands returns what was asked of Do.
func (f *Fake) Commands() []api.Command {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.commands
}

// Explain implements api.Backend.
func (f *Fake) Explain(_ context.Context, u service.Unit) (api.Explain, error) {
	e := f.Answer
	e.Unit, e.Group = u.Name, u.Group
	return e, nil
}

// Append makes an event happen.
func (f *Fake) Append(e api.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e.Sequence = uint64(len(f.events) + 1)
	f.events = append(f.events, e)
	close(f.arrived)
	f.arrived = make(chan struct{})
}

// Events implements api.Backend.
func (f *Fake) Events(ctx context.Context, q api.EventQuery) iter.Seq2[api.Event, error] {
	return func(yield func(api.Event, error) bool) {
		next := 0
		for ctx.Err() == nil {
			f.mu.Lock()
			events, arrived := f.events, f.arrived
			f.mu.Unlock()
			for ; next < len(events); next++ {
				e := events[next]
				wanted := e.Sequence > q.After && (q.Service == "" || e.Service == q.Service) && !e.Time.Before(q.Since)
				if wanted && (q.Limit == 0 || next >= len(events)-q.Limit) && !yield(e, nil) {
					return
				}
			}
			if !q.Follow {
				return
			}
			select {
			case <-ctx.Done():
			case <-arrived:
			}
		}
	}
}

// LSDB implements api.Inspector.
func (f *Fake) LSDB(_ context.Context, q api.LSDBQuery) ([]api.LSA, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lastLSDB = q
	return f.LSAs, nil
}

// LastLSDB returns the last query of LSDB.
func (f *Fake) LastLSDB() api.LSDBQuery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lastLSDB
}

// Doctor implements api.Inspector.
func (f *Fake) Doctor(context.Context) ([]api.Check, error) { return f.Checks, nil }

// Outputs implements api.Inspector.
func (f *Fake) Outputs(_ context.Context, name, primitive string) ([]api.Output, error) {
	var out []api.Output
	for _, o := range f.Kept {
		if o.Service == name && (primitive == "" || o.Primitive == primitive) {
			out = append(out, o)
		}
	}
	if out == nil {
		return nil, fmt.Errorf("no output of %s: %w", name, api.ErrNotFound)
	}
	return out, nil
}

// Status implements api.Inspector.
func (f *Fake) Status(context.Context, string) (api.Output, error) { return f.StatusIs, nil }

// Served implements api.Meter.
func (f *Fake) Served() []api.Served { return f.Sums }

// About implements api.Host.
func (f *Fake) About(context.Context) (api.About, error) { return f.MadeOf, nil }

// CheckRuns implements api.Host.
func (f *Fake) CheckRuns(context.Context, string) ([]api.CheckRun, error) { return f.Checked, nil }
