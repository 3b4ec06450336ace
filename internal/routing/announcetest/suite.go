// Package announcetest is the conformance suite for routing.Announcer: what the
// daemon relies on, whatever carries the announcement.
package announcetest

import (
	"net/netip"
	"testing"
	"time"

	"srr/internal/routing"
)

// Harness is a driver's world, empty, as an outsider sees it.
type Harness struct {
	// Open returns a new driver on the same world; a second one is the successor of the first.
	Open func(t *testing.T) routing.Announcer
	// Owned tells whether the node receives for the address. Nil: the driver
	// only announces, and owning is not its business.
	Owned func(netip.Addr) bool
	// Announced tells whether routers are told of the address.
	Announced func(netip.Addr) bool
	// Advance lets time pass for the driver, such as a hold after a withdrawal.
	Advance func(time.Duration)
	// A and B are addresses that may be announced.
	A, B netip.Addr
}

// patience is more than any driver holds an announcement back.
const patience = 2 * time.Second

// Run runs the suite. setup makes an empty world for each test.
func Run(t *testing.T, setup func(t *testing.T) Harness) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *world)
	}{
		{"own, announce, withdraw, disown", testLife},
		{"twice is once", testIdempotent},
		{"others are left alone", testOthers},
		{"announced again", testBounce},
		{"close withdraws", testClose},
		{"leave stays for the successor", testLeave},
		{"inherited is left as it is", testInherited},
		{"clean up but keep", testCleanUp},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := setup(t)
			c.test(t, &world{Harness: h, t: t, driver: h.Open(t)})
		})
	}
}

type world struct {
	Harness
	t      *testing.T
	driver routing.Announcer
}

func (w *world) set(want ...routing.Want) map[netip.Addr]routing.State {
	w.t.Helper()
	states := w.driver.Set(want)
	for a, s := range states {
		if s.Err != nil {
			w.t.Errorf("set %s: %v", a, s.Err)
		}
	}
	for _, x := range want {
		if _, ok := states[x.Addr]; !ok {
			w.t.Errorf("no state for %s", x.Addr)
		}
	}
	return states
}

func (w *world) expect(a netip.Addr, owned, announced bool) {
	w.t.Helper()
	if w.Owned != nil && w.Owned(a) != owned {
		w.t.Errorf("%s owned: %v, want %v", a, !owned, owned)
	}
	if w.Announced(a) != announced {
		w.t.Errorf("%s announced: %v, want %v", a, !announced, announced)
	}
}

func own(a netip.Addr) routing.Want { return routing.Want{Addr: a, Service: "s"} }

func announce(a netip.Addr) routing.Want { return routing.Want{Addr: a, Service: "s", Announce: true} }

func testLife(t *testing.T, w *world) {
	w.expect(w.A, false, false)
	if s := w.set(own(w.A))[w.A]; s.Announced {
		t.Errorf("own: %+v", s)
	}
	w.expect(w.A, true, false)
	if s := w.set(announce(w.A))[w.A]; !s.Owned || !s.Announced {
		t.Errorf("announce: %+v", s)
	}
	w.expect(w.A, true, true)
	if s := w.set(own(w.A))[w.A]; s.Announced {
		t.Errorf("withdraw: %+v", s)
	}
	w.expect(w.A, true, false)
	if s := w.set(); len(s) != 0 {
		t.Errorf("disown: %+v", s)
	}
	w.expect(w.A, false, false)
}

func testIdempotent(t *testing.T, w *world) {
	for range 3 {
		w.set(announce(w.A), own(w.B))
		w.expect(w.A, true, true)
		w.expect(w.B, true, false)
		if err := w.driver.Renew(); err != nil {
			t.Error(err)
		}
		w.Advance(time.Second)
	}
	for range 2 {
		w.set()
		w.expect(w.A, false, false)
		w.expect(w.B, false, false)
	}
}

func testOthers(_ *testing.T, w *world) {
	w.set(announce(w.A))
	w.set(announce(w.A), announce(w.B))
	w.set(announce(w.B))
	w.expect(w.A, false, false)
	w.expect(w.B, true, true)
}

func testBounce(t *testing.T, w *world) {
	w.set(announce(w.A))
	w.set(own(w.A))
	w.set(announce(w.A)) // now or after a hold
	w.Advance(patience)
	if s := w.set(announce(w.A))[w.A]; !s.Announced {
		t.Errorf("after the hold: %+v", s)
	}
	w.expect(w.A, true, true)
}

func testClose(t *testing.T, w *world) {
	w.set(announce(w.A), own(w.B))
	if err := w.driver.Close(0); err != nil {
		t.Error(err)
	}
	w.expect(w.A, false, false)
	w.expect(w.B, false, false)
}

func testLeave(t *testing.T, w *world) {
	w.set(announce(w.A), own(w.B))
	if err := w.driver.Close(5 * time.Second); err != nil {
		t.Error(err)
	}
	w.expect(w.A, true, true)
	w.driver = w.Open(t)
	w.set(announce(w.A), own(w.B))
	w.expect(w.A, true, true)
	w.expect(w.B, true, false)
}

func inherited(a netip.Addr) routing.Want {
	return routing.Want{Addr: a, Service: "s", Announce: true, Inherited: true}
}

func testInherited(t *testing.T, w *world) {
	w.set(announce(w.A))
	if err := w.driver.Close(5 * time.Second); err != nil {
		t.Error(err)
	}
	w.driver = w.Open(t)
	states := w.driver.Set([]routing.Want{inherited(w.A), inherited(w.B)})
	if s := states[w.A]; !s.Announced || s.Err != nil {
		t.Errorf("left by the predecessor: %+v", s)
	}
	if s := states[w.B]; s.Announced {
		t.Errorf("never announced: %+v", s)
	}
	if err := w.driver.Renew(); err != nil {
		t.Error(err)
	}
	w.expect(w.A, true, true)
	w.expect(w.B, true, false)
	if s := w.set(announce(w.A), own(w.B))[w.A]; !s.Announced {
		t.Errorf("its own: %+v", s)
	}
	w.expect(w.A, true, true)
	if s := w.set(own(w.A), own(w.B))[w.A]; s.Announced {
		t.Errorf("withdrawn: %+v", s)
	}
	w.expect(w.A, true, false)
}

func testCleanUp(t *testing.T, w *world) {
	w.set(announce(w.A), announce(w.B))
	if err := w.driver.Close(5 * time.Second); err != nil {
		t.Error(err)
	}
	w.driver = w.Open(t)
	if err := w.driver.CleanUp([]netip.Addr{w.A}); err != nil {
		t.Error(err)
	}
	w.expect(w.A, true, true)
	w.expect(w.B, false, false)
	if err := w.driver.CleanUp(nil); err != nil {
		t.Error(err)
	}
	w.expect(w.A, false, false)
}
