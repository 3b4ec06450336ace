// Package mediumtest is the conformance suite of discovery.Medium: what a node
// may rely on, whatever carries the records.
package mediumtest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// Nodes is the number of nodes that the suite needs.
const Nodes = 3

// ID is the router ID of node i, 0 to Nodes-1.
func ID(i int) routerid.ID { return routerid.ID(0x0a000001 + i) }

// Network is a medium that joins Nodes nodes. All of them are up.
type Network interface {
	// Medium makes a new medium for node i.
	Medium(i int) discovery.Medium
	// Go runs f where node i lives, in a goroutine of its own.
	Go(i int, f func())
	// Crash ends what carries the medium on node i, without a word to anybody.
	Crash(i int)
	// Restore brings it back.
	Restore(i int)
}

// Observer runs a medium and remembers what it said.
type Observer struct {
	t    testing.TB
	id   routerid.ID
	m    discovery.Medium
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	changed chan struct{} // closed and replaced with every event
	View
}

// View is what an observer knows.
type View struct {
	Up        bool
	Ups       int
	Own       uint64 // OwnHighest of the last Up
	Records   map[discovery.Key]discovery.Record
	Reachable map[routerid.ID]discovery.Reach
	Links     discovery.Links
	Events    []discovery.Event
	At        []time.Time // of Events
}

// Observe starts a medium on node i. It is stopped at the end of the test.
func Observe(t testing.TB, n Network, i int) *Observer {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	o := &Observer{
		t: t, id: ID(i), m: n.Medium(i), stop: cancel, done: make(chan struct{}),
		changed: make(chan struct{}), View: View{Records: map[discovery.Key]discovery.Record{}},
	}
	n.Go(i, func() {
		defer close(o.done)
		if err := o.m.Run(ctx, o.take); err != nil {
			t.Errorf("run medium of %s: %v", o.id, err)
		}
	})
	t.Cleanup(o.Stop)
	return o
}

// Stop ends the medium without flushing anything first, as a crash of the
// daemon would.
func (o *Observer) Stop() {
	o.stop()
	select {
	case <-o.done:
	case <-time.After(10 * time.Second):
		o.t.Errorf("the medium of %s does not end with its context", o.id)
	}
}

func (o *Observer) take(e discovery.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.Events = append(o.Events, e)
	o.At = append(o.At, time.Now())
	switch e := e.(type) {
	case discovery.Up:
		o.Up, o.Own = true, e.OwnHighest
		o.Ups++
	case discovery.Down:
		o.Up = false
	case discovery.Seen:
		o.seen(e.Record)
	case discovery.Gone:
		if r, ok := o.Records[e.Key]; ok && e.Version == r.Version {
			delete(o.Records, e.Key)
		} else if !ok || r.Version.Less(e.Version) {
			o.t.Errorf("%s: %+v is gone, was not there", o.id, e)
		}
	case discovery.Reachable:
		o.Reachable = e.Routers
	case discovery.Links:
		o.Links = e
	}
	close(o.changed)
	o.changed = make(chan struct{})
}

func (o *Observer) seen(r discovery.Record) {
	if old, ok := o.Records[r.Key()]; ok && r.Version.Less(old.Version) {
		o.t.Errorf("%s: %+v was seen after %+v", o.id, r.Version, old.Version)
	}
	o.Records[r.Key()] = r
}

// Set hands records to the medium.
func (o *Observer) Set(records ...discovery.Record) { o.m.Set(records) }

// Wait waits until ok is true of the view and returns how long that took, or
// fails the test.
func (o *Observer) Wait(what string, limit time.Duration, ok func(v *View) bool) time.Duration {
	o.t.Helper()
	start := time.Now()
	end := time.NewTimer(limit)
	defer end.Stop()
	for {
		o.mu.Lock()
		met, changed := ok(&o.View), o.changed
		o.mu.Unlock()
		if met {
			return time.Since(start)
		}
		select {
		case <-changed:
		case <-end.C:
			o.t.Fatalf("%s: %s: not within %s; last events:%s", o.id, what, limit, o.tail())
		}
	}
}

func (o *Observer) tail() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var s string
	for _, e := range o.Events[max(0, len(o.Events)-12):] {
		if seen, ok := e.(discovery.Seen); ok {
			s += fmt.Sprintf("\n\tSeen %+v %+v", seen.Record.Key(), seen.Record.Version)
			continue
		}
		s += fmt.Sprintf("\n\t%T %+v", e, e)
	}
	return s
}

// Has reports whether the view holds exactly this version of a record.
func (v *View) Has(k discovery.Key, version discovery.Version) bool {
	r, ok := v.Records[k]
	return ok && r.Version == version
}

// Reaches reports whether a router is up.
func (v *View) Reaches(id routerid.ID) bool { return v.Reachable[id].State == discovery.ReachUp }
