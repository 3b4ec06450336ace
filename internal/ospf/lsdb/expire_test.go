package lsdb

import (
	"testing"
	"time"

	"srr/internal/ospf/packet"
)

func TestAge(t *testing.T) {
	d := New(Limits{})
	c := install(t, d, 10*time.Second, aged(opaque(t, packet.TypeOpaqueAS, 1, 1, "data"), 100*time.Second))
	for now, want := range map[time.Duration]time.Duration{
		0:                        100 * time.Second, // a clock that went back
		10 * time.Second:         100 * time.Second,
		11500 * time.Millisecond: 101500 * time.Millisecond,
		3510 * time.Second:       packet.MaxAge,
		99999 * time.Second:      packet.MaxAge,
	} {
		if got := c.New.Age(now); got != want {
			t.Errorf("at %v: age %v, want %v", now, got, want)
		}
		if got := c.New.Header(now).Age; got != uint16(want/time.Second) {
			t.Errorf("at %v: header says %d", now, got)
		}
	}
	l := opaque(t, packet.TypeOpaqueAS, 2, 1, "data")
	l.Header.Age = 0x8000 | 7
	e := install(t, d, 0, l).New
	if e.Age(9999*time.Second) != 7*time.Second || e.Header(9999*time.Second).Age != 0x8007 {
		t.Errorf("do not age: %v, %#x", e.Age(9999*time.Second), e.Header(9999*time.Second).Age)
	}
}

// TestExpire follows one LSA that nobody refreshes, one that is flushed and one
// that never ages, by the deadlines that NextExpiry gives.
func TestExpire(t *testing.T) {
	d := New(Limits{})
	forever := opaque(t, packet.TypeOpaqueAS, 3, 1, "data")
	forever.Header.Age = 0x8000
	install(t, d, 0, opaque(t, packet.TypeOpaqueAS, 1, 1, "data"))
	install(t, d, 0, aged(opaque(t, packet.TypeOpaqueAS, 2, 1, "data"), packet.MaxAge))
	install(t, d, 0, forever)
	if got := d.Expire(0, Linger); len(got) != 0 {
		t.Errorf("at once: %+v", got)
	}
	type step struct {
		at   time.Duration
		kind Kind
		id   uint32
	}
	for _, want := range []step{
		{Linger, Removed, 2},
		{packet.MaxAge, Expired, 1},
		{packet.MaxAge + Linger, Removed, 1},
	} {
		at, ok := d.NextExpiry(Linger)
		if !ok || at != want.at {
			t.Fatalf("next expiry at %v, %v; want %v", at, ok, want.at)
		}
		if got := d.Expire(at-1, Linger); len(got) != 0 {
			t.Errorf("just before %v: %+v", at, got)
		}
		got := d.Expire(at, Linger)
		if len(got) != 1 || got[0].Kind != want.kind || got[0].Old.LSA.Header.OpaqueID() != want.id {
			t.Errorf("at %v: %+v, want %s of %d", at, got, want.kind, want.id)
		}
		if again := d.Expire(at, Linger); len(again) != 0 {
			t.Errorf("at %v, again: %+v", at, again)
		}
		check(t, d)
	}
	if at, ok := d.NextExpiry(Linger); ok || d.Len() != 1 {
		t.Errorf("next expiry at %v, %d LSAs left", at, d.Len())
	}
}

func TestStats(t *testing.T) {
	d := New(Limits{})
	install(t, d, 0, opaque(t, packet.TypeOpaqueAS, 1, 1, "data"))
	install(t, d, 0, aged(opaque(t, packet.TypeOpaqueAS, 2, 1, "data"), packet.MaxAge))
	s := d.Stats(0)
	if s.Entries != 2 || s.Bytes != 48 || s.MaxAge != 1 || s.ByType[packet.TypeOpaqueAS] != 2 {
		t.Errorf("%+v", s)
	}
}

// TestRefreshEndsExpiry: an LSA that comes back after it expired expires again.
func TestRefreshEndsExpiry(t *testing.T) {
	d := New(Limits{})
	install(t, d, 0, opaque(t, packet.TypeOpaqueAS, 1, 1, "data"))
	d.Expire(packet.MaxAge, Linger)
	if c := install(t, d, packet.MaxAge, opaque(t, packet.TypeOpaqueAS, 1, 2, "data")); c.Kind != Changed {
		t.Errorf("back from MaxAge: %s", c.Kind)
	}
	if got := d.Expire(2*packet.MaxAge, Linger); len(got) != 1 || got[0].Kind != Expired {
		t.Errorf("second expiry: %+v", got)
	}
}
