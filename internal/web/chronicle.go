package web

import (
	"context"
	"sync"
	"time"

	"srr/internal/api"
)

// chronicle is the newest part of the time line, in memory, since pages that are
// watched look at it often, and reading the journal from its beginning takes
// seconds when it is long. It also counts.
type chronicle struct {
	ready chan struct{} // closed when the past is there

	mu          sync.Mutex
	kept        []api.Event // oldest first, at most 2*maxKept
	last        uint64      // sequence
	transitions map[transition]uint64
	commands    uint64
	events      uint64
}

type transition struct{ service, to string }

const (
	// maxKept is how many events are kept at least, once there are so many.
	maxKept = 2000
	// maxTransitions bounds the memory: names come from other nodes, too.
	maxTransitions = 50_000
)

func newChronicle() *chronicle {
	return &chronicle{ready: make(chan struct{}), transitions: map[transition]uint64{}}
}

// follow reads what was, then what happens until ctx ends.
func (c *chronicle) follow(ctx context.Context, b api.Backend) {
	for e, err := range b.Events(ctx, api.EventQuery{Limit: maxKept}) {
		if err != nil {
			break // a damaged past is told by the journal
		}
		c.keep(e)
	}
	close(c.ready)
	for ctx.Err() == nil {
		for e, err := range b.Events(ctx, api.EventQuery{After: c.last, Follow: true}) {
			if err != nil {
				break
			}
			c.add(e)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second): // the journal cannot be read: try again
		}
	}
}

func (c *chronicle) keep(e api.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = e.Sequence
	c.kept = append(c.kept, e)
	if len(c.kept) >= 2*maxKept {
		c.kept = append([]api.Event(nil), c.kept[maxKept:]...)
	}
}

// add keeps and counts what happens now.
func (c *chronicle) add(e api.Event) {
	c.keep(e)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events++
	if e.Reason == "command" {
		c.commands++
	}
	t := transition{e.Service, e.To}
	if _, known := c.transitions[t]; e.To == "" || e.From == e.To || !known && len(c.transitions) >= maxTransitions {
		return
	}
	c.transitions[t]++
}

// newest returns the newest events that are wanted, newest first, at most so many.
func (c *chronicle) newest(ctx context.Context, limit int, wanted func(*api.Event) bool) ([]api.Event, error) {
	select {
	case <-c.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []api.Event
	for i := len(c.kept) - 1; i >= 0 && len(out) < limit; i-- {
		if wanted(&c.kept[i]) {
			out = append(out, c.kept[i])
		}
	}
	return out, nil
}
