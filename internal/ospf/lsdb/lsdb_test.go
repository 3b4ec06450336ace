package lsdb

import (
	"errors"
	"testing"
	"time"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// opaque returns a sealed opaque LSA of a router.
func opaque(t testing.TB, typ packet.Type, id uint32, seq int32, data string) packet.LSA {
	t.Helper()
	l := packet.LSA{
		Header: packet.Header{Type: typ, ID: packet.OpaqueLinkStateID(222, id), AdvRouter: 0x0a000001, Seq: seq},
		Body:   &packet.Opaque{Data: []byte(data)},
	}
	if _, err := l.Seal(); err != nil {
		t.Fatal(err)
	}
	return l
}

func aged(l packet.LSA, age time.Duration) packet.LSA {
	l.Header.Age = uint16(age / time.Second)
	return l
}

func install(t testing.TB, d *DB, now time.Duration, l packet.LSA) Change {
	t.Helper()
	c, err := d.Install(now, Where{}, l)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// check compares the counters with what is really there.
func check(t testing.TB, d *DB) {
	t.Helper()
	n, bytes := 0, 0
	routers := map[routerid.ID]int{}
	var last *Entry
	for e := range d.All() {
		n++
		bytes += e.LSA.Size()
		routers[e.Key.AdvRouter]++
		if last != nil && last.Key.Compare(e.Key) >= 0 {
			t.Errorf("%s is before %s", last.Key, e.Key)
		}
		last = e
		if got, ok := d.Get(e.Key); !ok || got != e {
			t.Errorf("Get(%s) = %v, %v", e.Key, got, ok)
		}
	}
	if n != d.Len() || bytes != d.Bytes() || len(routers) != len(d.routers) {
		t.Errorf("counted %d LSAs, %d bytes, %d routers; the database says %d, %d, %d",
			n, bytes, len(routers), d.Len(), d.Bytes(), len(d.routers))
	}
	for r, n := range routers {
		if d.routers[r] != n {
			t.Errorf("%s has %d LSAs, the database says %d", r, n, d.routers[r])
		}
	}
	for k, b := range d.buckets {
		if b.key != k || len(b.byID) == 0 {
			t.Errorf("the list of %v says that it is of %v, and has %d LSAs", k, b.key, len(b.byID))
		}
	}
	if b := d.lately; b != nil && d.buckets[b.key] != b {
		t.Errorf("the list of %v is kept although it has gone", b.key)
	}
}

// TestInstallNewest: what an instance does to the one that is stored (RFC 2328,
// sections 13.1 and 13.2).
func TestInstallNewest(t *testing.T) {
	stored := opaque(t, packet.TypeOpaqueAS, 1, 5, "old.")
	for name, c := range map[string]struct {
		l    packet.LSA
		want Kind
	}{
		"the same":              {stored, Unchanged},
		"older":                 {opaque(t, packet.TypeOpaqueAS, 1, 4, "new."), Unchanged},
		"refresh":               {opaque(t, packet.TypeOpaqueAS, 1, 6, "old."), Refreshed},
		"other content":         {opaque(t, packet.TypeOpaqueAS, 1, 6, "new."), Changed},
		"flush":                 {aged(stored, packet.MaxAge), Flushed},
		"older flush":           {aged(opaque(t, packet.TypeOpaqueAS, 1, 4, "old."), packet.MaxAge), Unchanged},
		"another link-state ID": {opaque(t, packet.TypeOpaqueAS, 2, 1, "old."), Added},
		"another scope":         {opaque(t, packet.TypeOpaqueArea, 1, 1, "old."), Added},
	} {
		d := New(Limits{})
		install(t, d, 0, stored)
		got := install(t, d, time.Second, c.l)
		if got.Kind != c.want {
			t.Errorf("%s: %s, want %s", name, got.Kind, c.want)
		}
		if e, ok := d.Get(got.New.Key); !ok || e != got.New {
			t.Errorf("%s: stored %v, change says %v", name, e, got.New)
		}
		if got.Matters() != (c.want != Unchanged && c.want != Refreshed) {
			t.Errorf("%s: matters %v", name, got.Matters())
		}
		check(t, d)
	}
}

// TestStoredAgeCounts: the stored instance ages while it lies there, so that
// after 15 minutes a young copy of the same instance is newer.
func TestStoredAgeCounts(t *testing.T) {
	l := opaque(t, packet.TypeOpaqueAS, 1, 5, "data")
	d := New(Limits{})
	install(t, d, 0, l)
	if c := install(t, d, packet.MaxAgeDiff, l); c.Kind != Unchanged {
		t.Errorf("after 15 min: %s", c.Kind)
	}
	if c := install(t, d, packet.MaxAgeDiff+time.Second, l); c.Kind != Refreshed {
		t.Errorf("after more than 15 min: %s", c.Kind)
	}
}

// TestRemoveInAnyOrder: a replacement is reported as DELETE of the old and
// UPDATE with the new instance; whichever comes first, the new one stays.
func TestRemoveInAnyOrder(t *testing.T) {
	old := opaque(t, packet.TypeOpaqueAS, 1, 5, "old.")
	now := opaque(t, packet.TypeOpaqueAS, 1, 6, "new.")
	for _, deleteFirst := range []bool{true, false} {
		d := New(Limits{})
		install(t, d, 0, old)
		if deleteFirst {
			if c := d.Remove(Where{}, old.Header); c.Kind != Removed || d.Len() != 0 {
				t.Errorf("remove: %s, %d left", c.Kind, d.Len())
			}
		}
		install(t, d, 0, now)
		if !deleteFirst {
			if c := d.Remove(Where{}, old.Header); c.Kind != Unchanged {
				t.Errorf("late removal of the old: %s", c.Kind)
			}
		}
		if d.Len() != 1 {
			t.Errorf("delete first %v: %d LSAs", deleteFirst, d.Len())
		}
		if c := d.Remove(Where{}, now.Header); c.Kind != Removed || c.Old == nil || d.Len() != 0 {
			t.Errorf("removal of the new: %+v", c)
		}
		if c := d.Remove(Where{}, now.Header); c.Kind != Unchanged || c.New != nil {
			t.Errorf("removal of nothing: %+v", c)
		}
		check(t, d)
	}
}

func TestKeyUsesTheScope(t *testing.T) {
	d := New(Limits{})
	for _, typ := range []packet.Type{packet.TypeOpaqueLink, packet.TypeOpaqueArea, packet.TypeOpaqueAS} {
		for area := range packet.AreaID(2) {
			for link := range packet.Quad(2) {
				if _, err := d.Install(0, Where{Area: area, Link: link}, opaque(t, typ, 1, 1, "data")); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if d.Len() != 2+2+1 {
		t.Errorf("%d LSAs, want one per link, one per area and one of the AS", d.Len())
	}
	if got := d.Areas(); len(got) != 2 || got[0] != 0 || got[1] != 1 {
		t.Errorf("areas %v", got)
	}
	n := 0
	for range d.Of(Where{Area: 1, Link: 1}, packet.TypeOpaqueArea) {
		n++
	}
	if n != 1 {
		t.Errorf("%d LSAs of type 10 in area 1", n)
	}
	check(t, d)
}

func TestLimits(t *testing.T) {
	lsa := func(id uint32, seq int32, size int) packet.LSA {
		return opaque(t, packet.TypeOpaqueAS, id, seq, string(make([]byte, size)))
	}
	for name, l := range map[string]Limits{
		"entries":    {Entries: 2},
		"bytes":      {Bytes: 50},
		"per router": {PerRouter: 2},
	} {
		d := New(l)
		install(t, d, 0, lsa(1, 1, 4))
		install(t, d, 0, lsa(2, 1, 4))
		if c, err := d.Install(0, Where{}, lsa(3, 1, 4)); !errors.Is(err, ErrFull) || c.Kind != Unchanged || c.Matters() {
			t.Errorf("%s: one too many: %s, %v", name, c.Kind, err)
		}
		if d.Dropped() != 1 || d.Len() != 2 {
			t.Errorf("%s: dropped %d, %d stored", name, d.Dropped(), d.Len())
		}
		if c := install(t, d, 0, lsa(2, 2, 4)); c.Kind != Refreshed {
			t.Errorf("%s: a refresh must fit: %s", name, c.Kind)
		}
		check(t, d)
	}
	d := New(Limits{Bytes: 50})
	install(t, d, 0, lsa(1, 1, 4))
	if c, err := d.Install(0, Where{}, lsa(1, 2, 400)); !errors.Is(err, ErrFull) || c.Kind != Removed || d.Len() != 0 {
		t.Errorf("an instance that grew too large: %s, %v, %d stored", c.Kind, err, d.Len())
	}
	check(t, d)
}

func TestCloneIsIndependent(t *testing.T) {
	d := New(Limits{})
	install(t, d, 0, opaque(t, packet.TypeOpaqueAS, 1, 1, "data"))
	c := d.Clone()
	install(t, d, 0, opaque(t, packet.TypeOpaqueAS, 2, 1, "data"))
	d.Remove(Where{}, opaque(t, packet.TypeOpaqueAS, 1, 9, "data").Header)
	if c.Len() != 1 || d.Len() != 1 {
		t.Errorf("clone has %d, original %d", c.Len(), d.Len())
	}
	check(t, c)
	check(t, d)
}
