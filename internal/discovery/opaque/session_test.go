package opaque

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

func options() Options {
	return Options{
		RouterID: self, OpaqueType: opaqueType, Timeout: 3 * time.Second, Ping: time.Second, Audit: 30 * time.Second,
		Codec: Cluster("lab"), Place: func() uint16 { return 0 },
	}
}

// opened is a core whose connection has just been opened.
func opened(t *testing.T) *Core {
	t.Helper()
	c := New(options(), &Signatures{})
	if err := c.Open(start); err != nil {
		t.Fatal(err)
	}
	return c
}

// What this node's own past left is flushed. What another node with its router ID
// says is not, once both know of each other: they would do so for ever.
func TestSharedRouterID(t *testing.T) {
	for _, s := range []struct {
		name        string
		flags       discovery.NodeFlags
		incarnation uint64
		want        int
	}{
		{"the past", 0, 4, 1},
		{"a higher incarnation", 0, 7, 0},
		{"below, and known", discovery.Duplicate, 4, 0},
		{"ours, purged, and back", discovery.Duplicate, 5, 1},
	} {
		c := opened(t)
		mine := record(self, 5, 1)
		mine.Instance, mine.Node = nil, &discovery.Node{Name: "n1", Flags: s.flags}
		c.outbox.set([]discovery.Record{mine}, start)
		c.flooded = 5
		r := record(self, s.incarnation, 1)
		if !strings.HasPrefix(s.name, "ours") {
			r.Nonce = 99
		}
		c.ownUpdate(lsaOf(t, r, 1).Name, &r, start)
		if n := len(c.outbox.flushes); n != s.want {
			t.Errorf("%s: flushes %d, want %d", s.name, n, s.want)
		}
	}
}

// Of two nodes with one router ID and one incarnation, each is shown the other,
// whoever has the higher counter.
func TestSameIncarnation(t *testing.T) {
	c := opened(t)
	var seen []uint64
	for id, counter := range []uint64{9, 3} {
		r := record(self, 5, counter)
		r.Nonce = uint64(id)
		_, events := c.db.update(lsaOf(t, r, uint32(id)), start)
		for _, e := range events {
			seen = append(seen, e.(discovery.Seen).Record.Nonce)
		}
	}
	if !slices.Equal(seen, []uint64{0, 1}) {
		t.Errorf("shown: nonces %v", seen)
	}
}

// A version that comes while the last one is under way has to wait for the answer.
func TestNextVersionAfterTheAnswer(t *testing.T) {
	c := opened(t)
	first, second := record(self, 1, 1), record(self, 1, 2)
	for _, wanted := range []discovery.Record{first, second} {
		k := c.place(&first)
		k.ID = uint32(wanted.Version.Counter)
		c.ask(Request{Kind: Originate, LSA: k}, &first, start)
		c.outbox.ask(&first, k)
		c.outbox.set([]discovery.Record{wanted}, start)
		if n := len(missing(c.outbox, start, c.place)); n != 0 {
			t.Errorf("version %d is wanted: %d missing before the answer", wanted.Version.Counter, n)
		}
		c.Answered(start, Answer{})
		if n := len(missing(c.outbox, start, c.place)); (n == 1) != (wanted.Version != first.Version) {
			t.Errorf("version %d is wanted: %d missing after the answer", wanted.Version.Counter, n)
		}
	}
}

// ospfd is slow with its answers, and quick with what it tells: the connection is up
// when both are there, not when the last notification is.
func TestUpWaitsForAnswers(t *testing.T) {
	c := opened(t)
	kinds := func() (ks []Kind) {
		o, err := c.Step(start)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range o.Requests {
			ks = append(ks, r.Kind)
		}
		return ks
	}
	if ks := kinds(); len(ks) != 1 || ks[0] != RouterID {
		t.Fatalf("first %v", ks)
	}
	c.Answered(start, Answer{})
	c.Take(start, RouterIs{ID: self, Asked: true})
	n := len(kinds())
	c.Take(start, RouterIs{ID: self, Asked: true})
	if kinds(); c.up {
		t.Fatal("up before the opaque types are registered")
	}
	for range n {
		c.Answered(start, Answer{})
	}
	if kinds(); !c.up {
		t.Error("not up")
	}
}

// What stands behind an LSA that is too large may get lost: the fence is asked for
// again.
func TestFenceIsRepeated(t *testing.T) {
	c := opened(t)
	if _, err := c.Step(start); err != nil {
		t.Fatal(err)
	}
	c.Answered(start, Answer{})
	at := start.Add(fenceRetry)
	if d := c.Deadline(start); !d.Equal(at) {
		t.Errorf("deadline after %s", d.Sub(start))
	}
	o, err := c.Step(at)
	if err != nil || len(o.Requests) != 1 || o.Requests[0].Kind != RouterID {
		t.Errorf("%v, %v", o.Requests, err)
	}
	if _, err = c.Step(at.Add(c.o.Timeout)); err == nil {
		t.Error("a frozen ospfd is waited for")
	}
}

// up is a core whose connection is up, in one area.
func up(t *testing.T) *Core {
	t.Helper()
	c := opened(t)
	for range 2 {
		for range requests(t, c, start) {
			c.Answered(start, Answer{})
		}
		c.Take(start, Interface{Addr: 1, State: InterfaceOther})
		c.Take(start, RouterIs{ID: self, Asked: true})
	}
	if requests(t, c, start); !c.up {
		t.Fatal("not up")
	}
	return c
}

// requests are those of a step.
func requests(t *testing.T, c *Core, now time.Time) []Request {
	t.Helper()
	o, err := c.Step(now)
	if err != nil {
		t.Fatal(err)
	}
	return o.Requests
}

// The areas change between the answer and the echo: the record moves with the echo.
// TestRandomOspfd found it (seed 215).
func TestAreasChangeBeforeTheEcho(t *testing.T) {
	c := up(t)
	c.Set(start, []discovery.Record{record(self, 1, 1)})
	asked := requests(t, c, start)
	if len(asked) != 1 || asked[0].LSA.Type != OfArea {
		t.Fatalf("%v", asked)
	}
	c.Answered(start, Answer{})
	c.Take(start, Interface{Addr: 2, Area: 7})
	if again := requests(t, c, start); len(again) != 0 {
		t.Fatalf("before the echo: %v", again)
	}
	c.Take(start, Update{LSA{Name: asked[0].LSA, Payload: asked[0].Payload}})
	if again := requests(t, c, start); len(again) != 1 || again[0].LSA.Type != OfAS {
		t.Errorf("%v", again)
	}
}

// What is overdue and waits for the end of a rush does not ask to be looked at all
// the time. TestRandomOspfd found it (seed 102).
func TestOverdueInARush(t *testing.T) {
	c := up(t)
	c.Set(start, []discovery.Record{record(self, 1, 1)})
	requests(t, c, start)
	c.Answered(start, Answer{Verdict: Refused, Err: errors.New("not ready")})
	now := start.Add(retryRefused)
	c.nextPing, c.rush = now.Add(time.Minute), rush{since: now, count: 500}
	if asked := requests(t, c, now); len(asked) != 0 {
		t.Fatalf("in a rush: %v", asked)
	}
	if d := c.Deadline(now); !d.Equal(c.rush.over()) {
		t.Errorf("deadline after %s, want %s", d.Sub(now), c.rush.over().Sub(now))
	}
	if asked := requests(t, c, c.rush.over()); len(asked) != 1 || asked[0].Kind != Originate {
		t.Errorf("after the rush: %v", asked)
	}
}

// An LSA that does not age on its way (RFC 1793) is there like any other, until it is flushed.
func TestDoNotAge(t *testing.T) {
	const abr, far routerid.ID = 7, 8
	for age, there := range map[uint16]bool{0: true, doNotAge | 1: true, doNotAge | 3599: true, doNotAge | maxAge: false, maxAge: false} {
		c := up(t)
		record, border := lsaOf(t, record(other, 1, 1), 1), summary(abr, far, 1)
		record.Age, border.Age = age, age
		c.Take(start, Reachable{All: true, Add: []routerid.ID{abr}})
		c.Take(start, Update{*record})
		c.Take(start, Update{*border})
		o, err := c.Step(start)
		if err != nil {
			t.Fatal(err)
		}
		if seen := say(o.Events) != ""; seen != there {
			t.Errorf("age %#x: a record is seen: %t", age, seen)
		}
		if _, reached := c.reach.level().Routers[far]; reached != there {
			t.Errorf("age %#x: a router of another area is reached: %t", age, reached)
		}
	}
}

// The host is busy: what replaces a type-4 LSA comes long after the deletion. Nobody is
// unreachable for that. What is really gone is so as soon as ospfd has nothing to add, also
// if what it told first was dropped.
func TestReplacedLate(t *testing.T) {
	const abr, far routerid.ID = 7, 8
	c := up(t)
	now := start
	reached := func() bool {
		_, there := c.reach.level().Routers[far]
		return there
	}
	// fences passes time until the core asks for a fence, and returns for how long.
	fences := func() time.Duration {
		t.Helper()
		for began := now; now.Sub(began) < time.Second; now = c.Deadline(now) {
			for _, r := range requests(t, c, now) {
				c.Answered(now, Answer{})
				if r.Kind == RouterID {
					return now.Sub(began)
				}
			}
		}
		t.Fatal("no fence")
		return 0
	}
	c.Take(now, Reachable{All: true, Add: []routerid.ID{abr}})
	c.Take(now, Update{*summary(abr, far, 1)})
	requests(t, c, now)
	c.Take(now, Delete{summary(abr, far, 1).Name})
	fences()
	now = now.Add(10 * replaceGrace)
	if requests(t, c, now); !reached() {
		t.Error("unreachable in the middle of a refresh")
	}
	c.Take(now, Update{*summary(abr, far, 1)})
	c.Take(now, RouterIs{ID: self, Asked: true})
	if requests(t, c, now.Add(replaceGrace)); !reached() {
		t.Error("unreachable after a refresh")
	}
	c.Take(now, Delete{summary(abr, far, 1).Name})
	fences() // dropped
	if after := fences(); after != fenceRetry {
		t.Errorf("asked again after %s", after)
	}
	if !reached() {
		t.Error("unreachable before ospfd has told everything")
	}
	c.Take(now, RouterIs{ID: self, Asked: true})
	if requests(t, c, now); reached() {
		t.Error("still reached")
	}
}

// ospfd dropped what it had to tell of a flush. The next audit shows what is left of the LSA.
func TestFlushedUntold(t *testing.T) {
	c := up(t)
	l := lsaOf(t, record(other, 1, 1), 1)
	var told []discovery.Event
	step := func(now time.Time) {
		t.Helper()
		o, err := c.Step(now)
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, o.Events...)
	}
	c.Take(start, Update{*l})
	step(start)
	l.Age = maxAge
	c.Take(start, Update{*l})
	step(start)
	step(start.Add(replaceGrace))
	c.Take(start.Add(replaceGrace), Update{*l})
	step(start.Add(time.Second))
	if got := say(told); got != "seen 1.1, gone 1.1" {
		t.Errorf("%s", got)
	}
}

// In ospfd's queue, what waits before an LSA that is too large is lost as soon as something
// comes behind it (msg_fifo_push). However slowly ospfd writes, the connection is not up
// without the routers that are reached, the neighbors and the areas.
func TestLargeLSA(t *testing.T) {
	c := opened(t)
	var queue []Notification
	cut := false
	push := func(n Notification) {
		if cut {
			queue = nil
		}
		queue, cut = append(queue, n), false
	}
	var last discovery.Reachable
	for range 9 {
		o, err := c.Step(start)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range o.Events {
			if r, ok := e.(discovery.Reachable); ok {
				last = r
			}
		}
		if c.up {
			break
		}
		for _, r := range o.Requests {
			switch r.Kind {
			case RouterID:
				push(RouterIs{ID: self, Asked: true})
			case SyncInterfaces:
				push(Interface{Addr: 1, State: InterfaceOther})
			case SyncNeighbors:
				push(Neighbor{IfAddr: 1, Addr: 2, ID: other, State: NeighborFull})
			case SyncReachable:
				push(Reachable{All: true, Add: []routerid.ID{other}})
			case SyncLSDB:
				cut = true // of another opaque type
				push(Update{*lsaOf(t, record(other, 1, 1), 1)})
			}
			c.Answered(start, Answer{})
		}
		for _, n := range queue {
			c.Take(start, n)
		}
		queue, cut = nil, false
	}
	if !c.up || len(last.Routers) != 1 || len(c.links.level().Full) != 1 || c.links.onlyArea == nil || len(c.db.lsas) != 1 {
		t.Errorf("up %t, reached %v, neighbors %v, %d LSAs", c.up, last.Routers, c.links.level(), len(c.db.lsas))
	}
}

// The node record goes where the instances go, also from a node of several areas: one of
// AS scope does not get into an NSSA in which all its services are.
func TestNodeRecordFollows(t *testing.T) {
	in := func(name string, scope service.Scope) discovery.Record {
		r := record(self, 1, 1)
		r.Instance.Service, r.Instance.Scope = name, scope
		return r
	}
	area := func(a uint32) service.Scope { return service.Scope{Kind: service.ScopeArea, Area: a} }
	all := service.Scope{Kind: service.ScopeAS}
	ofAS := Name{Author: self, Type: OfAS}
	ofArea := func(a uint32) Name { return Name{Author: self, Type: OfArea, Area: a} }
	for name, c := range map[string]struct {
		more   bool // a second area
		scopes []service.Scope
		want   Name
	}{
		"no service":                {false, nil, ofArea(0)},
		"no service, two areas":     {true, nil, ofAS},
		"the only area":             {false, []service.Scope{area(0), {}}, ofArea(0)},
		"one of two areas":          {true, []service.Scope{area(7), area(7)}, ofArea(7)},
		"both areas":                {true, []service.Scope{area(7), area(0)}, ofAS},
		"an area and default":       {true, []service.Scope{area(7), {}}, ofAS},
		"default":                   {true, []service.Scope{{}}, ofAS},
		"the AS, from the only one": {false, []service.Scope{all}, ofAS},
		"an area that is not there": {false, []service.Scope{area(7)}, ofArea(0)},
		"the AS and an area":        {true, []service.Scope{all, area(7)}, ofAS},
	} {
		core := up(t)
		if c.more {
			core.Take(start, Interface{Addr: 2, Area: 7, State: InterfaceOther})
		}
		node := record(self, 1, 1)
		node.Instance, node.Node = nil, &discovery.Node{Name: "n"}
		wanted := []discovery.Record{node}
		for i, s := range c.scopes {
			wanted = append(wanted, in(string(rune('a'+i)), s))
		}
		core.Set(start, wanted)
		if got := core.place(&node); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
