package address_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"srr/internal/routing"
	"srr/internal/routing/address"
	"srr/internal/routing/announcetest"
)

var (
	a1 = netip.MustParseAddr("10.71.100.1")
	a2 = netip.MustParseAddr("10.71.100.2")
	a6 = netip.MustParseAddr("2001:db8::1")
)

func announce(all ...netip.Addr) (w []routing.Want) {
	for _, a := range all {
		w = append(w, routing.Want{Addr: a, Announce: true})
	}
	return w
}

func own(all ...netip.Addr) (w []routing.Want) {
	for _, a := range all {
		w = append(w, routing.Want{Addr: a})
	}
	return w
}

func start() (*fakeKernel, *address.Driver) {
	k := newFake()
	return k, address.New(k, address.Options{Now: k.now})
}

func TestConformance(t *testing.T) {
	announcetest.Run(t, func(*testing.T) announcetest.Harness {
		k := newFake()
		return announcetest.Harness{
			Open:      func(*testing.T) routing.Announcer { return address.New(k, address.Options{Now: k.now}) },
			Owned:     func(a netip.Addr) bool { return k.routes[a] },
			Announced: func(a netip.Addr) bool { _, ok := k.ours[a]; return ok },
			Advance:   k.advance,
			A:         a1, B: a6,
		}
	})
}

func TestOrder(t *testing.T) {
	k, d := start()
	d.Set(announce(a1, a2))
	want(t, "first", k.done(), "own 10.71.100.1\nown 10.71.100.2\nannounce 10.71.100.1\nannounce 10.71.100.2")
	d.Set(append(own(a1), announce(a6)...))
	want(t, "second", k.done(), `withdraw 10.71.100.1
		withdraw 10.71.100.2
		disown 10.71.100.2
		own 2001:db8::1
		announce 2001:db8::1`)
	want(t, "kernel", k.String(), "addr 2001:db8::1 5s\nlocal 10.71.100.1\nlocal 2001:db8::1")
	d.Set(append(own(a1), announce(a6)...))
	want(t, "third", k.done(), "")
}

func TestHold(t *testing.T) {
	k, d := start()
	d.Set(announce(a1))
	k.advance(time.Second)
	d.Set(own(a1))
	k.advance(time.Second)
	s := d.Set(announce(a1))[a1]
	if s.Announced || s.Err != nil || d.Deadline() != 2100*time.Millisecond {
		t.Fatalf("within the hold: %+v, deadline %v", s, d.Deadline())
	}
	k.advance(100 * time.Millisecond)
	if s := d.Set(announce(a1))[a1]; !s.Announced || d.Deadline() != 0 {
		t.Fatalf("after the hold: %+v, deadline %v", s, d.Deadline())
	}
	d.Set(nil)
	d.SetHold(address.HoldFor(0))
	if s := d.Set(announce(a1))[a1]; !s.Announced {
		t.Fatalf("min-arrival 0: %+v", s)
	}
	d.SetHold(address.HoldFor(address.MinLSArrival))
	d.Set(nil)
	if s := d.Set(announce(a1))[a1]; s.Announced {
		t.Fatalf("min-arrival no longer 0: %+v", s)
	}
}

func TestRenewExtendsAndRestores(t *testing.T) {
	k, d := start()
	d.Set(announce(a1, a2))
	k.advance(4 * time.Second)
	if err := d.Renew(); err != nil {
		t.Fatal(err)
	}
	want(t, "renewed", k.String(), "addr 10.71.100.1 5s\naddr 10.71.100.2 5s\nlocal 10.71.100.1\nlocal 10.71.100.2")
	delete(k.ours, a1)
	delete(k.routes, a2)
	k.changed = true
	if err := d.Renew(); err != nil {
		t.Fatal(err)
	}
	want(t, "the route at once, the address after the hold", k.String(), "addr 10.71.100.2 5s\nlocal 10.71.100.1\nlocal 10.71.100.2")
	s := d.Set(announce(a1, a2))
	if !errors.Is(s[a1].Err, address.ErrRemoved) || s[a1].Announced || s[a2].Err != nil {
		t.Errorf("after the removal: %+v", s)
	}
	k.advance(1100 * time.Millisecond)
	if err := d.Renew(); err != nil {
		t.Fatal(err)
	}
	if s := d.Set(announce(a1, a2))[a1]; !s.Announced || s.Err != nil {
		t.Errorf("restored: %+v", s)
	}
}

func TestFrozen(t *testing.T) {
	k, d := start()
	d.Set(announce(a1))
	k.advance(6 * time.Second)
	for range 2 {
		if err := d.Renew(); !errors.Is(err, address.ErrExpired) {
			t.Fatalf("late renewal: %v", err)
		}
	}
	want(t, "not announced again unasked", k.String(), "local 10.71.100.1")
	if s := d.Set(announce(a1))[a1]; s.Announced || !errors.Is(s.Err, address.ErrExpired) {
		t.Errorf("state: %+v", s)
	}
	k.advance(1100 * time.Millisecond)
	if s := d.Set(announce(a1))[a1]; !s.Announced || s.Err != nil {
		t.Errorf("asked again: %+v", s)
	}
	if err := d.Renew(); err != nil {
		t.Error(err)
	}
}

func TestForeign(t *testing.T) {
	k, d := start()
	k.foreign[a1] = "eth0"
	s := d.Set(announce(a1, a2))
	if !errors.Is(s[a1].Err, address.ErrForeign) || s[a1].Owned || s[a1].Announced || s[a2].Err != nil {
		t.Errorf("state: %+v", s)
	}
	want(t, "untouched", k.done(), "own 10.71.100.2\nannounce 10.71.100.2")
	k.foreign[a2], k.changed = "eth1", true
	s = d.Set(announce(a1, a2))
	if !errors.Is(s[a2].Err, address.ErrForeign) || !s[a2].Announced {
		t.Errorf("came later: %+v", s[a2])
	}
	k.log = nil
	if err := d.Renew(); !errors.Is(err, address.ErrForeign) {
		t.Errorf("renew: %v", err)
	}
	want(t, "still renewed", k.done(), "announce 10.71.100.2")
	if s := d.Set(nil); len(s) != 0 {
		t.Errorf("none of ours is left: %+v", s)
	}
}

func TestUnknown(t *testing.T) {
	k, d := start()
	d.Set(announce(a1, a2))
	k.dumpErr, k.changed = errRefused, true
	k.log = nil
	s := d.Set(announce(a2))
	if !errors.Is(s[a2].Err, errRefused) || !s[a2].Announced {
		t.Errorf("state: %+v", s)
	}
	want(t, "withdrawals only", k.done(), "withdraw 10.71.100.1")
	if err := d.Renew(); !errors.Is(err, errRefused) {
		t.Errorf("renew: %v", err)
	}
	want(t, "renewed all the same", k.done(), "announce 10.71.100.2")
	if _, err := d.Present(); err == nil {
		t.Error("present: no error")
	}
	if err := d.CleanUp(nil); err == nil {
		t.Error("clean up: no error")
	}
	k.dumpErr = nil
	d.Set(announce(a2))
	want(t, "known again", k.String(), "addr 10.71.100.2 5s\nlocal 10.71.100.2")
}

// TestUnknownAfterHold: while the kernel cannot be read, the end of a hold does not
// ask for one reading after the other.
func TestUnknownAfterHold(t *testing.T) {
	k, d := start()
	d.Set(announce(a1))
	d.Set(own(a1))
	d.Set(announce(a1))
	k.advance(1100 * time.Millisecond)
	k.dumpErr, k.changed = errRefused, true
	d.Set(announce(a1))
	if pause := d.Deadline() - k.clock; pause < 100*time.Millisecond || pause > time.Second {
		t.Errorf("again after %v", pause)
	}
	k.dumpErr = nil
	k.clock = d.Deadline()
	if s := d.Set(announce(a1))[a1]; !s.Announced || d.Deadline() != 0 {
		t.Errorf("read again: %+v, deadline %v", s, d.Deadline())
	}
}

func TestRefused(t *testing.T) {
	k, d := start()
	k.refuse[address.Op{Action: address.Withdraw, Addr: a1}] = errRefused
	d.Set(announce(a1))
	s := d.Set(nil)
	if !errors.Is(s[a1].Err, errRefused) || !s[a1].Announced {
		t.Errorf("not withdrawn: %+v", s)
	}
	clear(k.refuse)
	if s := d.Set(nil); len(s) != 0 || k.String() != "" {
		t.Errorf("tried again: %+v\n%s", s, k)
	}
	k.refuse[address.Op{Action: address.Own, Addr: a2}] = errRefused
	if s := d.Set(announce(a2))[a2]; s.Owned || s.Announced || !errors.Is(s.Err, errRefused) {
		t.Errorf("not owned: %+v", s)
	}
}

func TestAdoption(t *testing.T) {
	k, d := start()
	d.Set(announce(a1, a2))
	if err := d.Close(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	k.advance(3 * time.Second)
	next := address.New(k, address.Options{Now: k.now})
	there, err := next.Present()
	if err != nil || len(there) != 2 || there[0] != a1 {
		t.Fatalf("present: %v, %v", there, err)
	}
	k.log = nil
	if s := next.Set(announce(a1))[a1]; !s.Announced {
		t.Errorf("adopted: %+v", s)
	}
	want(t, "renewed at once, the other removed", k.done(), "withdraw 10.71.100.2\ndisown 10.71.100.2\nannounce 10.71.100.1")
}

// TestInherited: what a predecessor announced lives as long as that said, unless it
// becomes our own before.
func TestInherited(t *testing.T) {
	inherit := func(all ...netip.Addr) []routing.Want {
		w := announce(all...)
		for i := range w {
			w[i].Inherited = true
		}
		return w
	}
	left := func(t *testing.T) (*fakeKernel, *address.Driver) {
		k, d := start()
		d.Set(announce(a1))
		if err := d.Close(5 * time.Second); err != nil {
			t.Fatal(err)
		}
		k.advance(2 * time.Second)
		k.log = nil
		return k, address.New(k, address.Options{Now: k.now})
	}

	k, d := left(t)
	d.Set(inherit(a1))
	k.advance(2 * time.Second)
	if err := d.Renew(); err != nil {
		t.Error(err)
	}
	if s := d.Set(inherit(a1))[a1]; !s.Announced || s.Err != nil {
		t.Errorf("inherited: %+v", s)
	}
	want(t, "not renewed", k.done(), "")
	d.Set(announce(a1))
	want(t, "renewed at once", k.String(), "addr 10.71.100.1 5s\nlocal 10.71.100.1")

	k, d = left(t)
	d.Set(inherit(a1))
	k.advance(3 * time.Second)
	if err := d.Renew(); err != nil {
		t.Error(err)
	}
	if s := d.Set(inherit(a1))[a1]; s.Announced || !errors.Is(s.Err, address.ErrExpired) {
		t.Errorf("run out: %+v", s)
	}
	if s := d.Set(inherit(a1))[a1]; s.Announced || s.Err != nil {
		t.Errorf("told once: %+v", s)
	}
	d.Set(announce(a1))
	want(t, "neither restored nor announced within the hold", k.String(), "local 10.71.100.1")
	k.advance(1100 * time.Millisecond)
	if s := d.Set(announce(a1))[a1]; !s.Announced {
		t.Errorf("after the hold: %+v", s)
	}

	k, d = left(t)
	d.Set(inherit(a1))
	if err := d.Close(time.Minute); err != nil {
		t.Error(err)
	}
	want(t, "left once more, as it was", k.String(), "addr 10.71.100.1 3s\nlocal 10.71.100.1")
}

// TestInheritedUnknown: it is there until the kernel can be read and says otherwise.
func TestInheritedUnknown(t *testing.T) {
	k, d := start()
	k.ours[a1], k.dumpErr, k.changed = 5*time.Second, errRefused, true
	w := routing.Want{Addr: a1, Announce: true, Inherited: true}
	if s := d.Set([]routing.Want{w})[a1]; !s.Announced || !errors.Is(s.Err, errRefused) {
		t.Errorf("state: %+v", s)
	}
	if err := d.Renew(); !errors.Is(err, errRefused) {
		t.Errorf("renew: %v", err)
	}
	want(t, "not renewed", k.done(), "")
	d.Set(nil)
	want(t, "withdrawn all the same", k.done(), "withdraw 10.71.100.1")
	if s := d.Set([]routing.Want{w})[a1]; !s.Announced {
		t.Errorf("wanted again: %+v", s)
	}
	k.dumpErr = nil
	if s := d.Set([]routing.Want{w})[a1]; s.Announced {
		t.Errorf("known again: %+v", s)
	}
}

// TestLeave: what stays for a successor is what is there, and not what may be
// elsewhere by now.
func TestLeave(t *testing.T) {
	k, d := start()
	d.Set(announce(a1, a2))
	delete(k.ours, a2)
	k.changed, k.log = true, nil
	if err := d.Close(time.Minute); err != nil {
		t.Error(err)
	}
	want(t, "without what was removed", k.done(), "announce 10.71.100.1")

	k, d = start()
	d.Set(announce(a1))
	k.dumpErr, k.changed = errRefused, true
	k.log = nil
	if err := d.Close(time.Minute); !errors.Is(err, errRefused) {
		t.Errorf("unknown: %v", err)
	}
	want(t, "unknown", k.done(), "announce 10.71.100.1")

	k, d = start()
	d.Set(announce(a1))
	k.advance(6 * time.Second)
	k.log = nil
	if err := d.Close(time.Minute); !errors.Is(err, address.ErrExpired) {
		t.Errorf("late: %v", err)
	}
	want(t, "late", k.done(), "")
}

func TestInadmissible(t *testing.T) {
	k, d := start()
	for _, bad := range []string{"127.0.0.1", "0.0.0.0", "224.0.0.5", "255.255.255.255", "::1", "fe80::1", "fe80::1%lo", "::ffff:10.0.0.1"} {
		a := netip.MustParseAddr(bad)
		if s := d.Set(announce(a))[a]; s.Err == nil || s.Owned || s.Announced {
			t.Errorf("%s: %+v", bad, s)
		}
	}
	if got := k.done(); got != "" {
		t.Errorf("done: %s", got)
	}
}

// A late Set may find the address still there, as after a suspend, in which
// lifetimes stand still: it must be renewed at once.
func TestLateButThere(t *testing.T) {
	k, d := start()
	d.Set(announce(a1))
	k.log = nil
	k.clock += 6 * time.Second
	if s := d.Set(announce(a1))[a1]; !s.Announced || s.Err != nil {
		t.Errorf("state: %+v", s)
	}
	want(t, "done", k.done(), "announce 10.71.100.1")
	if err := d.Renew(); err != nil {
		t.Error(err)
	}
}
