package mediumtest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// Bounds of the suite. They are generous but where a promise is tested.
const (
	settle   = 30 * time.Second       // until a network has converged
	quick    = 5 * time.Second        // until something small has spread
	promised = 100 * time.Millisecond // the last of a burst is visible
)

// incarnations grow over all tests of a process, as a state file makes them.
var incarnations atomic.Uint64

// writer makes the records of one incarnation of a node.
type writer struct {
	id          routerid.ID
	incarnation uint64
	counter     uint64
}

func newWriter(i int, own uint64) *writer {
	incarnation := incarnations.Add(1)
	if incarnation <= own {
		incarnation = own + 1
		incarnations.Store(incarnation)
	}
	return &writer{id: ID(i), incarnation: incarnation}
}

// instance returns a new version of a service's record.
func (w *writer) instance(name string) discovery.Record {
	w.counter++
	return discovery.Record{
		Author: w.id, Nonce: w.incarnation, Version: discovery.Version{Incarnation: w.incarnation, Counter: w.counter},
		Instance: &discovery.Instance{Service: name, State: service.Stopped, DeadAfter: 7 * time.Second},
	}
}

// Run runs the suite on a network.
func Run(t *testing.T, n Network) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Network)
	}{
		{"flood to others and back", testFlood},
		{"newest wins", testNewest},
		{"flush", testFlush},
		{"burst of updates", testBurst},
		{"thousand records", testThousand},
		{"links", testLinks},
		{"end of the client", testClientEnds},
		{"higher incarnation", testIncarnation},
		{"end of the router", testRouterEnds},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, n) })
	}
}

// start runs all nodes until each is up and reaches the others.
func start(t *testing.T, n Network) []*Observer {
	t.Helper()
	var all []*Observer
	for i := range Nodes {
		all = append(all, Observe(t, n, i))
	}
	for i, o := range all {
		o.Wait("up and connected", settle, func(v *View) bool {
			for k := range Nodes {
				if k != i && !v.Reaches(ID(k)) {
					return false
				}
			}
			return v.Up && len(v.Links.Full) > 0 && v.Links.Exchanging == 0
		})
	}
	return all
}

func has(r discovery.Record) func(*View) bool {
	return func(v *View) bool { return v.Has(r.Key(), r.Version) }
}

func testFlood(t *testing.T, n Network) {
	all := start(t, n)
	w := newWriter(0, all[0].Own)
	r := w.instance("dns")
	at := time.Now()
	all[0].Set(r)
	for _, o := range all {
		o.Wait("the record", quick, has(r))
	}
	t.Logf("one record, to all: %s", time.Since(at))
	other := newWriter(1, all[1].Own).instance("dns")
	all[1].Set(other)
	for _, o := range all {
		o.Wait("both records", quick, func(v *View) bool { return has(r)(v) && has(other)(v) })
	}
}

func testNewest(t *testing.T, n Network) {
	all := start(t, n)
	w := newWriter(0, all[0].Own)
	marker := w.instance("marker")
	for range 5 {
		r := w.instance("dns")
		all[0].Set(r, marker)
		for _, o := range all {
			o.Wait("the newest", quick, has(r))
		}
	}
	// What was replaced is flushed in the background; nobody must take that
	// for the end of the record. The marker goes last.
	last := w.instance("dns")
	all[0].Set(last)
	for _, o := range all {
		o.Wait("the marker to go", quick, func(v *View) bool { _, ok := v.Records[marker.Key()]; return !ok })
		o.Wait("the newest", quick, func(v *View) bool {
			for _, e := range v.Events {
				if g, ok := e.(discovery.Gone); ok && g.Key == last.Key() && g.Version.Incarnation == w.incarnation {
					t.Fatalf("%s: %+v", o.id, g)
				}
			}
			return has(last)(v)
		})
	}
}

func testFlush(t *testing.T, n Network) {
	all := start(t, n)
	w := newWriter(0, all[0].Own)
	keep, drop := w.instance("keep"), w.instance("drop")
	all[0].Set(keep, drop)
	for _, o := range all {
		o.Wait("both", quick, func(v *View) bool { return has(keep)(v) && has(drop)(v) })
	}
	all[0].Set(keep)
	for _, o := range all {
		o.Wait("one gone", quick, func(v *View) bool { return has(keep)(v) && !has(drop)(v) })
	}
	again := w.instance("drop")
	all[0].Set(keep, again)
	for _, o := range all {
		o.Wait("back", quick, has(again))
	}
}

func testBurst(t *testing.T, n Network) {
	all := start(t, n)
	w := newWriter(0, all[0].Own)
	for round := range 3 {
		var r discovery.Record
		tick := time.NewTicker(5 * time.Millisecond)
		for range 20 {
			r = w.instance("dns")
			all[0].Set(r)
			<-tick.C
		}
		tick.Stop()
		took := all[2].Wait("the last of 20 updates", quick, has(r))
		if took > promised {
			t.Errorf("round %d: the last update was visible after %s", round, took)
		}
	}
}

func testThousand(t *testing.T, n Network) {
	all := start(t, n)
	w := newWriter(0, all[0].Own)
	var records []discovery.Record
	for i := range 1000 {
		records = append(records, w.instance(fmt.Sprintf("s%d", i)))
	}
	count := func(want int) func(v *View) bool {
		return func(v *View) bool {
			n := 0
			for k := range v.Records {
				if k.Author == w.id {
					n++
				}
			}
			return n == want
		}
	}
	at := time.Now()
	all[0].Set(records...)
	all[2].Wait("1,000 records", settle, count(1000))
	t.Logf("1,000 records, at another node: %s", time.Since(at))
	all[0].Wait("1,000 echoes", settle, count(1000))
	t.Logf("1,000 records, echoed: %s", time.Since(at))
	changed := w.instance("s500")
	records[500] = changed
	at = time.Now()
	all[0].Set(records...)
	all[2].Wait("one update of 1,000", quick, has(changed))
	t.Logf("one update of 1,000 records: %s", time.Since(at))
	at = time.Now()
	all[0].Set()
	all[2].Wait("1,000 flushes", settle, count(0))
	t.Logf("1,000 flushes, at another node: %s", time.Since(at))
}

func testLinks(t *testing.T, n Network) {
	for i, o := range start(t, n) {
		o.Wait("full neighbors", settle, func(v *View) bool {
			for k, id := range v.Links.Full {
				if id == ID(i) || k > 0 && id <= v.Links.Full[k-1] {
					t.Fatalf("full neighbors of %s: %v", ID(i), v.Links.Full)
				}
			}
			return v.Links.Waiting == 0 && v.Links.Exchanging == 0 && len(v.Links.Full) > 0
		})
		o.Wait("no route to itself", 0, func(v *View) bool { return !v.Reaches(ID(i)) })
	}
}

func testClientEnds(t *testing.T, n Network) {
	all := start(t, n)
	w := newWriter(0, all[0].Own)
	r := w.instance("dns")
	all[0].Set(r)
	all[2].Wait("the record", quick, has(r))
	marker := newWriter(1, all[1].Own).instance("marker")
	<-time.After(1100 * time.Millisecond) // routers hold back the flush of what is younger
	at := time.Now()
	all[0].Stop()
	all[1].Set(marker)
	all[2].Wait("the end of the record", quick, func(v *View) bool { return !has(r)(v) })
	t.Logf("record gone after the client: %s", time.Since(at))
	all[2].Wait("others' records", quick, has(marker))
	all[2].Wait("the node itself", quick, func(v *View) bool { return v.Reaches(ID(0)) })
}

func testIncarnation(t *testing.T, n Network) {
	all := start(t, n)
	first := newWriter(0, all[0].Own)
	old := first.instance("dns")
	all[0].Set(old, first.instance("only-then"))
	all[1].Wait("the first incarnation", quick, has(old))
	all[0].Stop()
	again := Observe(t, n, 0)
	again.Wait("up", settle, func(v *View) bool { return v.Up })
	second := newWriter(0, max(again.Own, first.incarnation))
	r := second.instance("dns")
	again.Set(r)
	for _, o := range append(all[1:], again) {
		o.Wait("only the second incarnation", quick, func(v *View) bool {
			for k, x := range v.Records {
				if k.Author == ID(0) && x.Version.Incarnation != second.incarnation {
					return false
				}
			}
			return has(r)(v)
		})
	}
	// A higher counter does not make up for an older incarnation.
	first.counter += 1000
	again.Set(first.instance("dns"))
	r = second.instance("dns")
	again.Set(r)
	all[1].Wait("the second incarnation", quick, has(r))
}

func testRouterEnds(t *testing.T, n Network) {
	all := start(t, n)
	w := newWriter(2, all[2].Own)
	r := w.instance("dns")
	all[2].Set(r)
	all[0].Wait("the record", quick, has(r))
	at := time.Now()
	n.Crash(2)
	all[2].Wait("down", quick, func(v *View) bool { return !v.Up })
	t.Logf("down after the router: %s", time.Since(at))
	all[0].Wait("not reachable", settle, func(v *View) bool { return !v.Reaches(ID(2)) })
	all[0].Wait("the record of the dead", 0, has(r))
	// What the node floods from here on is of another incarnation: this one
	// must not come back with the router.
	stale := w.instance("stale")
	all[2].Set(stale)
	at = time.Now()
	n.Restore(2)
	all[2].Wait("up again", settle, func(v *View) bool { return v.Up && v.Ups == 2 })
	t.Logf("up again after the router: %s", time.Since(at))
	again := newWriter(2, max(all[2].Own, w.incarnation))
	next := again.instance("dns")
	all[2].Set(next)
	all[0].Wait("reachable, with the next incarnation only", settle, func(v *View) bool {
		_, revived := v.Records[stale.Key()]
		return v.Reaches(ID(2)) && has(next)(v) && !revived
	})
	all[2].Wait("the echo", quick, has(next))
}
