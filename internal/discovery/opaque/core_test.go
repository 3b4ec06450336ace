package opaque

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

const (
	self  routerid.ID = 0x0a000001
	other routerid.ID = 0x0a000002
)

const opaqueType = 222

var start = time.Unix(1790000000, 0)

func record(author routerid.ID, incarnation, counter uint64) discovery.Record {
	return discovery.Record{
		Author: author, Version: discovery.Version{Incarnation: incarnation, Counter: counter}, Nonce: incarnation,
		Instance: &discovery.Instance{Service: "dns", State: service.Started},
	}
}

// lsaOf is the LSA that carries r under an opaque ID.
func lsaOf(t testing.TB, r discovery.Record, id uint32) *LSA {
	t.Helper()
	b, err := discovery.Encode("lab", r)
	if err != nil {
		t.Fatal(err)
	}
	return &LSA{Name: Name{Type: OfAS, ID: opaqueType<<24 | id, Author: r.Author}, Payload: b}
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

// What cannot be used is told of again while it is there, once a minute.
func TestRejectedAgain(t *testing.T) {
	d := newDatabase(Cluster("lab"), newTrust())
	l := lsaOf(t, record(other, 1, 1), 1)
	l.Payload = l.Payload[:len(l.Payload)-4]
	now := start
	var told []bool
	for range 10 { // audits, 30 s apart
		_, events := d.update(l, now)
		for _, e := range events {
			told = append(told, e.(discovery.Rejected).Again)
		}
		now = now.Add(30 * time.Second)
	}
	if !slices.Equal(told, []bool{false, true, true, true, true}) {
		t.Errorf("told, again: %v", told)
	}
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
		d := newDatabase(Cluster("lab"), newTrust())
		now := start
		for i, s := range steps {
			l := lsaOf(t, record(other, 1, 1), s.id)
			var got string
			switch s.v {
			case [2]uint64{}:
				d.remove(l.Name, now)
				now = d.deadlineOr(now)
				_, events := d.expire(now)
				got = say(events)
			case garbage:
				l.Payload = l.Payload[:len(l.Payload)-4]
				_, events := d.update(l, now)
				got = say(events)
			default:
				l = lsaOf(t, record(other, s.v[0], s.v[1]), s.id)
				_, events := d.update(l, now)
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
	d := newDatabase(Cluster("lab"), newTrust())
	l := lsaOf(t, record(other, 1, 1), 1)
	d.update(l, start)
	d.remove(l.Name, start)
	if left, events := d.expire(start.Add(replaceGrace / 2)); len(left)+len(events) != 0 {
		t.Errorf("at once: %v, %s", left, say(events))
	}
	if _, events := d.update(l, start.Add(replaceGrace/2)); len(events) != 0 {
		t.Errorf("refresh: %s", say(events))
	}
	if left, events := d.expire(start.Add(time.Hour)); len(left)+len(events) != 0 {
		t.Errorf("after the refresh: %v, %s", left, say(events))
	}
}

func TestDatabaseOutlivesTheConnection(t *testing.T) {
	d := newDatabase(Cluster("lab"), newTrust())
	l1 := lsaOf(t, record(other, 1, 1), 1)
	r2 := record(other, 1, 2)
	r2.Instance.Service = "web"
	l2 := lsaOf(t, r2, 2)
	d.update(l1, start)
	d.update(l2, start)
	d.reset(start, d.trust.from)
	if _, events := d.update(l1, start); say(events) != "seen 1.1" {
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

// TestAbsentIsBounded: records of ever new services, each flushed at once, fill nobody's
// memory; who was there when the connection was lost is missed all the same.
func TestAbsentIsBounded(t *testing.T) {
	d := newDatabase(Cluster("lab"), newTrust())
	give := func(service string, id uint32) Name {
		r := record(other, 1, 1)
		r.Instance = &discovery.Instance{Service: service, State: r.Instance.State}
		l := lsaOf(t, r, id)
		d.update(l, start)
		return l.Name
	}
	give("stays", 1)
	d.reset(start, nil)
	for k := range maxAbsent + 100 {
		d.flushed(give(strconv.Itoa(k), 2), start)
	}
	if len(d.newest) > maxAbsent+2 || len(d.absent) > maxAbsent {
		t.Errorf("%d versions, %d that left", len(d.newest), len(d.absent))
	}
	if d.newest[discovery.Key{Author: other, Service: "0"}] != nil || d.newest[discovery.Key{Author: other, Service: "200"}] == nil {
		t.Error("it is not the first that was forgotten")
	}
	if gone := d.settle(); len(gone) != 1 {
		t.Errorf("lost with the connection: %v", gone)
	}
}

func TestForeignIsSilent(t *testing.T) {
	d := newDatabase(Cluster("another"), newTrust())
	l := lsaOf(t, record(other, 1, 1), 1)
	if r, events := d.update(l, start); r != nil || len(events) != 0 || len(d.lsas) != 0 {
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
		r.appeared(Name{Type: 11, ID: id, Author: self})
		return id
	}
	r.appeared(Name{Type: 10, Area: 5, ID: 0xdeff0000, Author: self}) // another type, another area
	got := []uint32{take(), take(), take()}
	if d := cmp.Diff([]uint32{0xdeffffff, 0xdeff0001, 0xdeff0002}, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	first := Name{Type: 11, ID: 0xdeffffff, Author: self}
	r.left(first, start)
	r.start(0x1ff, 0xfffe)
	if id, _ := r.next(start.Add(quarantine - 1)); id == first.ID {
		t.Error("an ID was used again at once")
	}
	r.start(0x1ff, 0xfffe)
	if id, _ := r.next(start.Add(quarantine)); id != first.ID {
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
		r.appeared(Name{Type: 11, ID: id})
	}
	if _, err := r.next(start); err != errRingFull {
		t.Error(err)
	}
}

func anywhere(*discovery.Record) Name { return Name{Type: 11} }

// missing are the records that have to be originated.
func missing(o *outbox, now time.Time, target func(*discovery.Record) Name) (rs []*discovery.Record) {
	o.look(now, target)
	todo := o.todo
	for {
		r, ok := o.next(now, true, target)
		if !ok {
			o.todo = todo
			return rs
		}
		rs = append(rs, r)
	}
}

// flooded has ospfd take r as k at once.
func flooded(o *outbox, r *discovery.Record, k Name, now time.Time) {
	o.ask(r, k)
	o.accepted(k, now)
}

func TestOutboxReplaces(t *testing.T) {
	o := newOutbox(self)
	now := start
	k := func(id uint32) Name { return Name{Type: 11, ID: id, Author: self} }
	r1, r2 := record(self, 1, 1), record(self, 1, 2)
	o.set([]discovery.Record{r1}, start)
	if got := missing(o, now, anywhere); len(got) != 1 {
		t.Fatalf("%v", got)
	}
	flooded(o, &r1, k(1), now)
	o.heard(k(1), &r1, now)
	if got := missing(o, now.Add(time.Hour), anywhere); len(got) != 0 {
		t.Errorf("settled, but wanted again: %v", got)
	}
	now = now.Add(500 * time.Millisecond)
	o.set([]discovery.Record{r2}, start)
	flooded(o, &r2, k(2), now)
	if got := o.ripe(now.Add(replacedFor-1), 9); len(got) != 0 {
		t.Errorf("flushed too young: %v", got)
	}
	if got := o.ripe(now.Add(replacedFor), 9); len(got) != 0 {
		t.Errorf("flushed before the successor came back: %v", got)
	}
	if got := missing(o, now, anywhere); len(got) != 0 {
		t.Errorf("on its way, but wanted again: %v", got)
	}
	if got := o.deadline(); !got.Equal(now.Add(retryEcho)) {
		t.Errorf("deadline %s after the start", got.Sub(start))
	}
	now = now.Add(replacedFor)
	o.heard(k(2), &r2, now)
	if got := o.ripe(now, 9); len(got) != 1 || got[0] != k(1) {
		t.Errorf("to flush: %v", got)
	}
	o.flushed(k(1))
	o.set(nil, start)
	if got := o.ripe(now, 9); len(got) != 1 || got[0] != k(2) { // old enough, and nothing follows
		t.Errorf("to flush: %v", got)
	}
	o.flushed(k(2))
	if got := o.deadline(); !got.IsZero() {
		t.Errorf("still something to do at %s", got)
	}
}

func TestOutboxWithoutEcho(t *testing.T) {
	o := newOutbox(self)
	k := func(id uint32) Name { return Name{Type: 11, ID: id, Author: self} }
	r := record(self, 1, 1)
	o.set([]discovery.Record{r}, start)
	flooded(o, &r, k(1), start)
	if len(missing(o, start.Add(retryEcho-1), anywhere)) != 0 || len(missing(o, start.Add(retryEcho), anywhere)) != 1 {
		t.Error("an LSA without an echo is not originated again after 2 s")
	}
	again := start.Add(retryEcho)
	flooded(o, &r, k(2), again)
	if len(missing(o, again.Add(2*retryEcho-1), anywhere)) != 0 {
		t.Error("no back-off")
	}
	if got := o.ripe(again.Add(echoBound), 9); len(got) != 1 || got[0] != k(1) {
		t.Errorf("to flush at the bound: %v", got)
	}
}

// The echo may be faster than the answer.
func TestOutboxEchoBeforeAnswer(t *testing.T) {
	o := newOutbox(self)
	k := Name{Type: 11, ID: 1, Author: self}
	r := record(self, 1, 1)
	o.set([]discovery.Record{r}, start)
	o.ask(&r, k)
	if len(missing(o, start.Add(time.Hour), anywhere)) != 0 || !o.deadline().IsZero() {
		t.Error("asked for again before the answer")
	}
	if !o.heard(k, &r, start) {
		t.Fatal("the echo passes for somebody else's")
	}
	o.accepted(k, start)
	if len(missing(o, start.Add(time.Hour), anywhere)) != 0 {
		t.Error("not settled")
	}
}

// A version that is refused leaves the last one in place, and its echo.
func TestOutboxRefused(t *testing.T) {
	o := newOutbox(self)
	k := func(id uint32) Name { return Name{Type: 11, ID: id, Author: self} }
	r1, r2 := record(self, 1, 1), record(self, 1, 2)
	o.set([]discovery.Record{r1}, start)
	flooded(o, &r1, k(1), start)
	o.heard(k(1), &r1, start)
	o.set([]discovery.Record{r2}, start)
	o.ask(&r2, k(2))
	if !o.refused(&r2, k(2), "no", start) || o.refused(&r2, Name{}, "no", start) {
		t.Error("want news once")
	}
	if !o.heard(k(1), &r1, start) {
		t.Error("a refresh of the last version passes for a foreign payload")
	}
	if len(o.ripe(start.Add(time.Hour), 9)) != 0 {
		t.Error("the last version goes without a successor")
	}
	if len(missing(o, start, anywhere)) != 0 || len(missing(o, start.Add(retryRefused), anywhere)) != 1 {
		t.Error("want another try after a second")
	}
}

func TestOutboxUrgency(t *testing.T) {
	o := newOutbox(self)
	var all []discovery.Record
	for i, state := range []service.State{service.Started, service.Stopped, service.Starting, service.Stopping} {
		r := record(self, 1, uint64(i+1))
		r.Instance.Service, r.Instance.State = fmt.Sprintf("s%d", i), state
		all = append(all, r)
	}
	node := record(self, 1, 9)
	node.Instance, node.Node = nil, &discovery.Node{Name: "n1"}
	due := func(counter uint64, want ...string) {
		t.Helper()
		records := append(slices.Clone(all), node)
		for i := range records {
			records[i].Version.Counter = counter
		}
		o.set(records, start)
		var got []string
		for i, r := range missing(o, start, anywhere) {
			got = append(got, r.Key().Service)
			k := Name{ID: uint32(counter)<<8 + uint32(i) + 1}
			o.ask(r, k)
			o.accepted(k, start)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	}
	due(20, "", "s2", "s0", "s1", "s3") // nobody has heard of any
	due(21, "", "s2", "s1", "s3", "s0")
}

func TestOutboxPurged(t *testing.T) {
	o := newOutbox(self)
	k := func(id uint32) Name { return Name{Type: 11, ID: id, Author: self} }
	r := record(self, 1, 1)
	o.set([]discovery.Record{r}, start)
	now := start
	for i := range uint32(3) {
		flooded(o, &r, k(i), now)
		o.heard(k(i), &r, now)
		if !o.left(k(i), now) {
			t.Fatal("the purge was not noticed")
		}
		wait := purgePace
		if i == 0 {
			wait = 0 // the first is answered at once
		}
		if wait > 0 && len(missing(o, now.Add(wait-1), anywhere)) != 0 {
			t.Errorf("purge %d was answered too early", i)
		}
		now = now.Add(wait)
		if len(missing(o, now, anywhere)) != 1 {
			t.Errorf("purge %d was not answered", i)
		}
	}
}

// A restarted ospfd gives out an old payload under a current ID, as ours.
func TestOutboxOverwritten(t *testing.T) {
	o := newOutbox(self)
	k := Name{Type: 11, ID: 1, Author: self}
	r, old := record(self, 2, 1), record(self, 1, 7)
	o.set([]discovery.Record{r}, start)
	flooded(o, &r, k, start)
	o.heard(k, &r, start)
	if o.heard(k, &old, start) {
		t.Error("the old payload passes for ours")
	}
	if len(missing(o, start, anywhere)) != 1 {
		t.Error("not flooded again")
	}
}

func TestOutboxScopeChanges(t *testing.T) {
	o := newOutbox(self)
	k := Name{Type: 11, ID: 1, Author: self}
	r := record(self, 1, 1)
	o.set([]discovery.Record{r}, start)
	flooded(o, &r, k, start)
	o.heard(k, &r, start)
	area := func(*discovery.Record) Name { return Name{Type: 10, Area: 3} }
	if len(missing(o, start, area)) != 1 {
		t.Error("the record stays in the old scope")
	}
}

func summary(from, to routerid.ID, metric byte) *LSA {
	return &LSA{Name: Name{Type: ASBRSummary, ID: uint32(to), Author: from}, Payload: []byte{0, 0, 0, 0, 0, metric, metric, metric}}
}

func TestReach(t *testing.T) {
	const abr, far routerid.ID = 7, 8
	r := newReach(self)
	r.change(Reachable{Add: []routerid.ID{other}})
	r.summary(summary(abr, far, 1))
	if _, ok := r.level().Routers[far]; ok {
		t.Error("reachable through a border router that is not")
	}
	r.change(Reachable{Add: []routerid.ID{abr}})
	if got := r.level().Routers[far]; got.State != discovery.ReachUp || got.Source != "type-4" {
		t.Errorf("%+v", got)
	}
	r.withdrawn(summary(abr, far, 1).Name, start)
	r.expire(start.Add(replaceGrace / 2))
	if _, ok := r.level().Routers[far]; !ok {
		t.Error("not reachable in the middle of a refresh")
	}
	r.summary(summary(abr, far, 1))
	r.expire(start.Add(replaceGrace * 2))
	if _, ok := r.level().Routers[far]; !ok {
		t.Error("a refresh counts as the end")
	}
	r.withdrawn(summary(abr, far, 1).Name, start)
	r.expire(start.Add(time.Hour))
	if _, ok := r.level().Routers[far]; !ok {
		t.Error("not reachable before ospfd has told everything")
	}
	r.fence()
	r.prove()
	r.expire(start.Add(replaceGrace))
	if _, ok := r.level().Routers[far]; ok {
		t.Error("still reachable")
	}
	r.summary(summary(abr, far, 0xff))
	if _, ok := r.level().Routers[far]; ok {
		t.Error("reachable at infinite cost")
	}
	r.change(Reachable{All: true, Add: []routerid.ID{abr}})
	if got := r.level().Routers; len(got) != 1 {
		t.Errorf("a snapshot is the whole: %v", got)
	}
	r.change(Reachable{Remove: []routerid.ID{abr}})
	if got := r.level().Routers; len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// TestReachMany: what ospfd lists when it reaches more than it can list is the rest of them.
func TestReachMany(t *testing.T) {
	r := newReach(self)
	for id := range routerid.ID(oneAnswer + 1) {
		r.change(Reachable{Add: []routerid.ID{1000 + id}})
	}
	r.change(Reachable{All: true, Add: []routerid.ID{1000, 2000}})
	if n := len(r.level().Routers); n != oneAnswer+2 {
		t.Errorf("%d routers are reached", n)
	}
	r.change(Reachable{Remove: []routerid.ID{1000, 1001}})
	r.change(Reachable{All: true, Add: []routerid.ID{2000}})
	if n := len(r.level().Routers); n != 1 {
		t.Errorf("%d routers are reached, of those that fit into an answer", n)
	}
}

// TestUnnumbered: one of two interfaces with the same address goes down and away, and the
// neighbor on the other one stays.
func TestUnnumbered(t *testing.T) {
	const one, two routerid.ID = 7, 8
	l := newLinks(self)
	for _, id := range []routerid.ID{one, two} {
		l.part(Interface{Addr: 1, State: InterfaceOther})
		l.neighbor(Neighbor{IfAddr: 1, Addr: uint32(id), ID: id, State: NeighborFull}, start)
	}
	l.part(Interface{Addr: 1, State: InterfaceDown})
	l.neighbor(Neighbor{IfAddr: 1, Addr: uint32(one), ID: one, State: NeighborDown}, start)
	l.noPart(NoInterface{Addr: 1})
	if d := cmp.Diff(discovery.Links{Full: []routerid.ID{two}}, l.level()); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestLinks(t *testing.T) {
	l := newLinks(self)
	l.part(Interface{Addr: 1, State: InterfaceWaiting})
	l.part(Interface{Addr: 2, State: InterfaceOther})
	for i, state := range []NeighborState{NeighborFull, NeighborExchanging, NeighborExchanging, NeighborKnown, NeighborFull} {
		l.neighbor(Neighbor{IfAddr: 2, Addr: uint32(9 - i), ID: routerid.ID(30 - i), State: state}, start)
	}
	l.neighbor(Neighbor{IfAddr: 2, Addr: 99, ID: self, State: NeighborKnown}, start)
	if d := cmp.Diff(discovery.Links{Waiting: 1, Exchanging: 2, Full: []routerid.ID{26, 30}}, l.level()); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if area := l.onlyArea; area == nil || *area != 0 {
		t.Errorf("area %v", area)
	}
	l.part(Interface{Addr: 3, Area: 1})
	if l.onlyArea != nil {
		t.Error("two areas count as one")
	}
	l.noPart(NoInterface{Addr: 3})
	if l.onlyArea == nil {
		t.Error("one area, but not taken")
	}
	l.noPart(NoInterface{Addr: 1})
	l.noPart(NoInterface{Addr: 2})
	if d := cmp.Diff(discovery.Links{}, l.level()); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if l.onlyArea == nil {
		t.Error("the area is forgotten with the last interface")
	}
}
