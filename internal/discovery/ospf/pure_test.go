package ospf

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"srr/internal/discovery"
	"srr/internal/frr/ospfapi"
	"srr/internal/routerid"
	"srr/internal/service"
)

const (
	self  routerid.ID = 0x0a000001
	other routerid.ID = 0x0a000002
)

var start = time.Unix(1790000000, 0)

func record(author routerid.ID, incarnation, counter uint64) discovery.Record {
	return discovery.Record{
		Author: author, Version: discovery.Version{Incarnation: incarnation, Counter: counter}, Nonce: incarnation,
		Instance: &discovery.Instance{Service: "dns", State: service.Started},
	}
}

// lsaOf is the LSA that carries r under an opaque ID.
func lsaOf(t *testing.T, r discovery.Record, id uint32) (lsaKey, *ospfapi.LSA) {
	t.Helper()
	b, err := discovery.Encode("lab", r)
	if err != nil {
		t.Fatal(err)
	}
	l := &ospfapi.LSA{
		Type: ospfapi.OpaqueASLSA, ID: DefaultOpaqueType<<24 | id, AdvRtr: r.Author,
		Raw: append(make([]byte, ospfapi.HeaderSize), b...),
	}
	return keyOf(l, 0, 0), l
}

// say writes events down in a line.
func say(events []discovery.Event) string {
	var out []string
	for _, e := range events {
		switch e := e.(type) {
		case discovery.Seen:
			out = append(out, fmt.Sprintf("seen %d.%d", e.Record.Version.Incarnation, e.Record.Version.Counter))
		case discovery.Gone:
			out = append(out, fmt.Sprintf("gone %d.%d", e.Version.Incarnation, e.Version.Counter))
		case discovery.Rejected:
			out = append(out, "rejected")
		}
	}
	return strings.Join(out, ", ")
}

// Each line is an LSA that comes or goes, by opaque ID, and what is reported.
func TestDatabase(t *testing.T) {
	type step struct {
		id   uint32
		v    [2]uint64 // zero: the LSA is deleted; {9, 9}: garbage
		want string
	}
	garbage := [2]uint64{9, 9}
	for name, steps := range map[string][]step{
		"new ID, then the old one goes": {{1, [2]uint64{1, 1}, "seen 1.1"}, {2, [2]uint64{1, 2}, "seen 1.2"}, {1, [2]uint64{}, ""}, {2, [2]uint64{}, "gone 1.2"}},
		"old one late":                  {{2, [2]uint64{1, 2}, "seen 1.2"}, {1, [2]uint64{1, 1}, ""}, {1, [2]uint64{}, ""}},
		"older incarnation":             {{2, [2]uint64{2, 1}, "seen 2.1"}, {1, [2]uint64{1, 99}, ""}, {2, [2]uint64{}, "gone 2.1"}, {1, [2]uint64{}, ""}},
		"two copies":                    {{1, [2]uint64{1, 1}, "seen 1.1"}, {2, [2]uint64{1, 1}, ""}, {1, [2]uint64{}, ""}, {2, [2]uint64{}, "gone 1.1"}},
		"gone and back":                 {{1, [2]uint64{1, 1}, "seen 1.1"}, {1, [2]uint64{}, "gone 1.1"}, {3, [2]uint64{1, 1}, "seen 1.1"}},
		"gone, then older":              {{1, [2]uint64{1, 2}, "seen 1.2"}, {1, [2]uint64{}, "gone 1.2"}, {3, [2]uint64{1, 1}, ""}},
		"in place":                      {{1, [2]uint64{1, 1}, "seen 1.1"}, {1, [2]uint64{1, 2}, "seen 1.2"}, {1, [2]uint64{}, "gone 1.2"}},
		"in place, older":               {{1, [2]uint64{1, 2}, "seen 1.2"}, {1, [2]uint64{1, 1}, "gone 1.2"}},
		"refresh":                       {{1, [2]uint64{1, 1}, "seen 1.1"}, {1, [2]uint64{1, 1}, ""}},
		"garbage":                       {{1, garbage, "rejected"}, {1, garbage, ""}, {1, [2]uint64{}, ""}},
		"becomes garbage":               {{1, [2]uint64{1, 1}, "seen 1.1"}, {1, garbage, "gone 1.1, rejected"}},
	} {
		d := newDatabase("lab")
		now := start
		for i, s := range steps {
			k, l := lsaOf(t, record(other, 1, 1), s.id)
			var got string
			switch s.v {
			case [2]uint64{}:
				d.remove(k, now)
				now = d.deadlineOr(now)
				_, events := d.expire(now)
				got = say(events)
			case garbage:
				l.Raw = l.Raw[:len(l.Raw)-4]
				_, events := d.update(k, l, now)
				got = say(events)
			default:
				k, l = lsaOf(t, record(other, s.v[0], s.v[1]), s.id)
				_, events := d.update(k, l, now)
				got = say(events)
			}
			if got != s.want {
				t.Errorf("%s, step %d: %q, want %q", name, i+1, got, s.want)
			}
		}
	}
}

// deadlineOr is the time at which something is due, or now.
func (d *database) deadlineOr(now time.Time) time.Time {
	if at := d.deadline(); !at.IsZero() {
		return at
	}
	return now
}

// A deletion with the update right behind it is a replacement.
func TestDeletionBeforeReplacement(t *testing.T) {
	d := newDatabase("lab")
	k, l := lsaOf(t, record(other, 1, 1), 1)
	d.update(k, l, start)
	d.remove(k, start)
	if left, events := d.expire(start.Add(replaceGrace / 2)); len(left)+len(events) != 0 {
		t.Errorf("at once: %v, %s", left, say(events))
	}
	if _, events := d.update(k, l, start.Add(replaceGrace/2)); len(events) != 0 {
		t.Errorf("refresh: %s", say(events))
	}
	if left, events := d.expire(start.Add(time.Hour)); len(left)+len(events) != 0 {
		t.Errorf("after the refresh: %v, %s", left, say(events))
	}
}

func TestDatabaseOutlivesTheConnection(t *testing.T) {
	d := newDatabase("lab")
	k1, l1 := lsaOf(t, record(other, 1, 1), 1)
	r2 := record(other, 1, 2)
	r2.Instance.Service = "web"
	k2, l2 := lsaOf(t, r2, 2)
	d.update(k1, l1, start)
	d.update(k2, l2, start)
	d.reset(start)
	if _, events := d.update(k1, l1, start); say(events) != "seen 1.1" {
		t.Errorf("still there: %q", say(events))
	}
	if got := say(d.settle()); got != "gone 1.2" {
		t.Errorf("vanished meanwhile: %q", got)
	}
	if got := say(d.settle()); got != "" {
		t.Errorf("a second time: %q", got)
	}
	d.prune(start.Add(forgetAfter + 1))
	if len(d.newest) != 1 {
		t.Errorf("%d remembered, want the one that is there", len(d.newest))
	}
}

func TestForeignIsSilent(t *testing.T) {
	d := newDatabase("another")
	k, l := lsaOf(t, record(other, 1, 1), 1)
	if r, events := d.update(k, l, start); r != nil || len(events) != 0 || len(d.lsas) != 0 {
		t.Errorf("%v, %s", r, say(events))
	}
}

func TestRing(t *testing.T) {
	r := newRing(222)
	r.start(0x1ff, 0xfffe)
	take := func() uint32 {
		id, err := r.next(start)
		if err != nil {
			t.Fatal(err)
		}
		r.appeared(lsaKey{kind: 11, id: id, author: self})
		return id
	}
	r.appeared(lsaKey{kind: 10, area: 5, id: 0xdeff0000, author: self}) // another type, another area
	got := []uint32{take(), take(), take()}
	if d := cmp.Diff([]uint32{0xdeffffff, 0xdeff0001, 0xdeff0002}, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	first := lsaKey{kind: 11, id: 0xdeffffff, author: self}
	r.left(first, start)
	r.start(0x1ff, 0xfffe)
	if id, _ := r.next(start.Add(quarantine - 1)); id == first.id {
		t.Error("an ID was used again at once")
	}
	r.start(0x1ff, 0xfffe)
	if id, _ := r.next(start.Add(quarantine)); id != first.id {
		t.Errorf("%#x, want the first again", id)
	}
}

func TestRingFull(t *testing.T) {
	r := newRing(222)
	r.start(1, 0)
	for range 1 << 16 {
		id, err := r.next(start)
		if err != nil {
			t.Fatal(err)
		}
		r.appeared(lsaKey{kind: 11, id: id})
	}
	if _, err := r.next(start); err != errRingFull {
		t.Error(err)
	}
}

func anywhere(*discovery.Record) lsaKey { return lsaKey{kind: 11} }

func TestOutboxReplaces(t *testing.T) {
	o := newOutbox()
	now := start
	k := func(id uint32) lsaKey { return lsaKey{kind: 11, id: id, author: self} }
	r1, r2 := record(self, 1, 1), record(self, 1, 2)
	o.set([]discovery.Record{r1})
	if got := o.missing(now, anywhere); len(got) != 1 {
		t.Fatalf("%v", got)
	}
	o.originated(&r1, k(1), now)
	o.heard(k(1), &r1, now)
	if got := o.missing(now.Add(time.Hour), anywhere); len(got) != 0 {
		t.Errorf("settled, but wanted again: %v", got)
	}
	now = now.Add(500 * time.Millisecond)
	o.set([]discovery.Record{r2})
	o.originated(&r2, k(2), now)
	if got := o.ripe(start.Add(minArrival - 1)); len(got) != 0 {
		t.Errorf("flushed too young: %v", got)
	}
	if got := o.ripe(start.Add(minArrival)); len(got) != 0 {
		t.Errorf("flushed before the successor came back: %v", got)
	}
	if got := o.deadline(start.Add(minArrival)); !got.Equal(now.Add(retryEcho)) {
		t.Errorf("deadline %s after the start", got.Sub(start))
	}
	o.heard(k(2), &r2, now)
	if got := o.ripe(start.Add(minArrival)); len(got) != 1 || got[0] != k(1) {
		t.Errorf("to flush: %v", got)
	}
	o.set(nil)
	if got := o.ripe(now.Add(minArrival - 1)); len(got) != 0 {
		t.Errorf("flushed too young: %v", got)
	}
	if got := o.ripe(now.Add(minArrival)); len(got) != 1 || got[0] != k(2) {
		t.Errorf("to flush: %v", got)
	}
	if got := o.deadline(now); !got.IsZero() {
		t.Errorf("still something to do at %s", got)
	}
}

func TestOutboxWithoutEcho(t *testing.T) {
	o := newOutbox()
	k := func(id uint32) lsaKey { return lsaKey{kind: 11, id: id, author: self} }
	r := record(self, 1, 1)
	o.set([]discovery.Record{r})
	o.originated(&r, k(1), start)
	if len(o.missing(start.Add(retryEcho-1), anywhere)) != 0 || len(o.missing(start.Add(retryEcho), anywhere)) != 1 {
		t.Error("an LSA without an echo is not originated again after 2 s")
	}
	again := start.Add(retryEcho)
	o.originated(&r, k(2), again)
	if len(o.missing(again.Add(2*retryEcho-1), anywhere)) != 0 {
		t.Error("no back-off")
	}
	if got := o.ripe(again.Add(echoBound)); len(got) != 1 || got[0] != k(1) {
		t.Errorf("to flush at the bound: %v", got)
	}
}

func TestOutboxPurged(t *testing.T) {
	o := newOutbox()
	k := func(id uint32) lsaKey { return lsaKey{kind: 11, id: id, author: self} }
	r := record(self, 1, 1)
	o.set([]discovery.Record{r})
	now := start
	for i := range uint32(3) {
		o.originated(&r, k(i), now)
		o.heard(k(i), &r, now)
		if !o.left(k(i), now) {
			t.Fatal("the purge was not noticed")
		}
		wait := purgePace
		if i == 0 {
			wait = 0 // the first is answered at once
		}
		if wait > 0 && len(o.missing(now.Add(wait-1), anywhere)) != 0 {
			t.Errorf("purge %d was answered too early", i)
		}
		now = now.Add(wait)
		if len(o.missing(now, anywhere)) != 1 {
			t.Errorf("purge %d was not answered", i)
		}
	}
}

// A restarted ospfd gives out an old payload under a current ID, as ours.
func TestOutboxOverwritten(t *testing.T) {
	o := newOutbox()
	k := lsaKey{kind: 11, id: 1, author: self}
	r, old := record(self, 2, 1), record(self, 1, 7)
	o.set([]discovery.Record{r})
	o.originated(&r, k, start)
	o.heard(k, &r, start)
	if o.heard(k, &old, start) {
		t.Error("the old payload passes for ours")
	}
	if len(o.missing(start, anywhere)) != 1 {
		t.Error("not flooded again")
	}
}

func TestOutboxScopeChanges(t *testing.T) {
	o := newOutbox()
	k := lsaKey{kind: 11, id: 1, author: self}
	r := record(self, 1, 1)
	o.set([]discovery.Record{r})
	o.originated(&r, k, start)
	o.heard(k, &r, start)
	area := func(*discovery.Record) lsaKey { return lsaKey{kind: 10, area: 3} }
	if len(o.missing(start, area)) != 1 {
		t.Error("the record stays in the old scope")
	}
}

func summary(from, to routerid.ID, metric byte) *ospfapi.LSA {
	raw := append(make([]byte, ospfapi.HeaderSize), 0, 0, 0, 0, 0, metric, metric, metric)
	return &ospfapi.LSA{Type: 4, ID: uint32(to), AdvRtr: from, Raw: raw}
}

func TestReach(t *testing.T) {
	const abr, far routerid.ID = 7, 8
	r := newReach(self)
	r.change(ospfapi.ReachableChange{Add: []routerid.ID{other}})
	r.summary(summary(abr, far, 1), 0)
	if _, ok := r.level().Routers[far]; ok {
		t.Error("reachable through a border router that is not")
	}
	r.change(ospfapi.ReachableChange{Add: []routerid.ID{abr}})
	if got := r.level().Routers[far]; got.State != discovery.ReachUp || got.Source != "type-4" {
		t.Errorf("%+v", got)
	}
	r.withdrawn(summary(abr, far, 1), 0, start)
	r.expire(start.Add(replaceGrace / 2))
	if _, ok := r.level().Routers[far]; !ok {
		t.Error("not reachable in the middle of a refresh")
	}
	r.summary(summary(abr, far, 1), 0)
	r.expire(start.Add(replaceGrace * 2))
	if _, ok := r.level().Routers[far]; !ok {
		t.Error("a refresh counts as the end")
	}
	r.withdrawn(summary(abr, far, 1), 0, start)
	r.expire(start.Add(replaceGrace))
	if _, ok := r.level().Routers[far]; ok {
		t.Error("still reachable")
	}
	r.summary(summary(abr, far, 0xff), 0)
	if _, ok := r.level().Routers[far]; ok {
		t.Error("reachable at infinite cost")
	}
	r.change(ospfapi.ReachableChange{Seq: 5, Add: []routerid.ID{abr}})
	if got := r.level().Routers; len(got) != 1 {
		t.Errorf("a snapshot is the whole: %v", got)
	}
	r.change(ospfapi.ReachableChange{Remove: []routerid.ID{abr}})
	if got := r.level().Routers; len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestLinks(t *testing.T) {
	l := newLinks(self)
	l.ism(ospfapi.ISMChange{IfAddr: 1, Area: 0, State: ospfapi.ISMWaiting})
	l.ism(ospfapi.ISMChange{IfAddr: 2, Area: 0, State: ospfapi.ISMDR})
	for i, state := range []ospfapi.NSMState{ospfapi.NSMFull, ospfapi.NSMExStart, ospfapi.NSMLoading, ospfapi.NSMTwoWay, ospfapi.NSMFull} {
		l.nsm(ospfapi.NSMChange{IfAddr: 2, NbrAddr: uint32(9 - i), RouterID: routerid.ID(30 - i), State: state})
	}
	l.nsm(ospfapi.NSMChange{IfAddr: 2, NbrAddr: 99, RouterID: self, State: ospfapi.NSMTwoWay})
	if d := cmp.Diff(discovery.Links{Waiting: 1, Exchanging: 2, Full: []routerid.ID{26, 30}}, l.level()); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if area, ok := l.onlyArea(); !ok || area != 0 {
		t.Errorf("area %d, %v", area, ok)
	}
	l.newIf(ospfapi.NewIf{IfAddr: 3, Area: 1})
	if _, ok := l.onlyArea(); ok {
		t.Error("two areas count as one")
	}
	l.delIf(ospfapi.DelIf{IfAddr: 3})
	if _, ok := l.onlyArea(); !ok {
		t.Error("one area, but not taken")
	}
	l.delIf(ospfapi.DelIf{IfAddr: 1})
	l.delIf(ospfapi.DelIf{IfAddr: 2})
	if d := cmp.Diff(discovery.Links{}, l.level()); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if _, ok := l.onlyArea(); !ok {
		t.Error("the area is forgotten with the last interface")
	}
}
