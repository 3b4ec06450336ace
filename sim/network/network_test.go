package network

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
	"srr/sim/event"
)

// client notes what ospfd tells.
type client struct {
	here  map[packet.Quad]string
	reach []routerid.ID
	ports map[packet.Quad]bool // that are Waiting
	full  map[routerid.ID]bool
	ended bool
}

func newClient() client {
	return client{here: map[packet.Quad]string{}, ports: map[packet.Quad]bool{}, full: map[routerid.ID]bool{}}
}

func (c *client) Update(l *packet.LSA, age uint16) {
	if age < packet.MaxAgeSeconds {
		c.here[l.Header.ID] = string(l.Body.(*packet.Opaque).Data)
	}
}
func (c *client) Delete(l *packet.LSA)                { delete(c.here, l.Header.ID) }
func (c *client) Reach(routers []routerid.ID)         { c.reach = routers }
func (c *client) Port(addr packet.Quad, waiting bool) { c.ports[addr] = waiting }
func (c *client) Neighbor(n Neighbor)                 { c.full[n.ID] = n.State == Full }
func (c *client) Frozen()                             {}
func (c *client) Ended()                              { c.ended = true }

func (c *client) waiting() int   { return count(maps.Values(c.ports)) }
func (c *client) neighbors() int { return count(maps.Values(c.full)) }

func count(of iter.Seq[bool]) (n int) {
	for yes := range of {
		if yes {
			n++
		}
	}
	return n
}

// listen connects a client and shows it everything.
func listen(r *Router, c Client) {
	r.Connect(c)
	r.Listen(c)
	r.ShowDatabase()
	r.ShowLinks()
	r.ShowReach()
}

type lab struct {
	*Network
	queue   event.Queue
	clients map[string]*client
}

// square is two routers, each with a LAN of two hosts, and a link between them.
func square() *lab {
	l := &lab{clients: map[string]*client{}}
	l.Network = New(&l.queue, rand.New(rand.NewPCG(1, 2)), Timers{
		Hello: time.Second, Dead: 4 * time.Second, Retransmit: 5 * time.Second, BFD: 350 * time.Millisecond, LSInterval: 5 * time.Second,
	})
	r1, r2 := l.AddRouter("r1", 101, false), l.AddRouter("r2", 102, false)
	h := []*Router{nil, l.AddRouter("n1", 1, true), l.AddRouter("n2", 2, true), l.AddRouter("n3", 3, true), l.AddRouter("n4", 4, true)}
	l.AddLink("lan1", true, r1, h[1], h[2])
	l.AddLink("lan2", true, r2, h[3], h[4])
	l.AddLink("core", false, r1, r2)
	for _, r := range l.Routers() {
		l.start(r.Name)
	}
	return l
}

func (l *lab) start(name string) {
	r := l.Router(name)
	r.Start()
	if r.host {
		c := newClient()
		l.clients[name] = &c
		listen(r, &c)
	}
}

func (l *lab) run(d time.Duration) { l.queue.Run(l.queue.Now()+d, func() bool { return false }) }

func (l *lab) reaches(t *testing.T, name string, want ...routerid.ID) {
	t.Helper()
	if got := l.clients[name].reach; !slices.Equal(got, want) {
		t.Errorf("%v %s reaches %v, want %v", l.queue.Now(), name, got, want)
	}
}

func (l *lab) has(t *testing.T, name string, id packet.Quad, want string) {
	t.Helper()
	if got := l.clients[name].here[id]; got != want {
		t.Errorf("%v %s has %q as %v, want %q", l.queue.Now(), name, got, id, want)
	}
}

func TestReachabilityComesAndGoes(t *testing.T) {
	l := square()
	l.run(2 * time.Second)
	if c := l.clients["n1"]; c.waiting() != 1 || c.neighbors() != 0 {
		t.Errorf("n1 should be in Waiting: %+v", c)
	}
	l.run(20 * time.Second)
	l.reaches(t, "n1", 2, 3, 4, 101, 102)
	l.Router("n3").Stop()
	l.run(time.Second)
	l.reaches(t, "n1", 2, 4, 101, 102)
	l.start("n3")
	l.run(3 * time.Second)
	l.reaches(t, "n1", 2, 4, 101, 102) // r2 originates a network LSA once in 5 s
	l.run(5 * time.Second)
	l.reaches(t, "n1", 2, 3, 4, 101, 102)
	l.Router("n3").Stop()
	l.run(8 * time.Second)
	l.Link("core").SetCarrier(l.Router("r1"), false)
	l.run(6 * time.Second)
	l.reaches(t, "n1", 2, 101)
	l.reaches(t, "n4", 102)
	l.Link("core").SetCarrier(l.Router("r1"), true)
	l.run(10 * time.Second)
	l.reaches(t, "n1", 2, 4, 101, 102)
}

func TestOneWayLossEndsTheAdjacency(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	l.Link("lan1").SetDeaf(l.Router("n1"), true)
	l.run(8 * time.Second)
	l.reaches(t, "n1")
	l.reaches(t, "n2", 3, 4, 101, 102)
}

func TestOpaqueIsFloodedAndFlushed(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	l.Router("n1").OriginateOpaque(7, []byte("said"))
	l.run(50 * time.Millisecond)
	l.has(t, "n4", 7, "said")
	l.Router("n1").FlushOpaque(7)
	l.run(50 * time.Millisecond)
	l.has(t, "n4", 7, "said") // MinLSArrival: dropped, and not acknowledged
	l.run(6 * time.Second)
	l.has(t, "n4", 7, "")
	l.Router("n1").OriginateOpaque(8, []byte("left"))
	l.run(2 * time.Second)
	l.Router("n1").Forsake(l.clients["n1"])
	l.run(50 * time.Millisecond)
	l.has(t, "n4", 8, "")
}

// TestUpdateInPlaceWaits: an LSA is updated when it is 5 s old, unless its client has
// gone by then.
func TestUpdateInPlaceWaits(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	l.Router("n1").OriginateOpaque(7, []byte("once"))
	l.Router("n1").OriginateOpaque(7, []byte("more"))
	l.run(4 * time.Second)
	l.has(t, "n4", 7, "once")
	l.run(2 * time.Second)
	l.has(t, "n4", 7, "more")
	l.Router("n1").OriginateOpaque(7, []byte("late"))
	l.run(time.Second)
	l.Router("n1").Forsake(l.clients["n1"])
	l.run(10 * time.Second)
	l.has(t, "n4", 7, "")
}

// TestClients: one of them listens; all are told the end; a daemon that is frozen
// flushes for one that has gone when it goes on.
func TestClients(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	r, first, second := l.Router("n1"), l.clients["n1"], newClient()
	r.Connect(&second)
	if r.Listen(&second) {
		t.Error("two clients listen")
	}
	r.OriginateOpaque(7, []byte("said"))
	l.run(2 * time.Second)
	r.Freeze(true)
	r.Forsake(first)
	l.run(200 * time.Millisecond) // so short that no neighbor is lost
	l.has(t, "n4", 7, "said")
	r.Freeze(false)
	l.run(200 * time.Millisecond)
	l.has(t, "n4", 7, "")
	if !r.Listen(&second) {
		t.Error("nobody listens, and nobody else may")
	}
	r.Stop()
	if first.ended || !second.ended {
		t.Errorf("told the end: the one that had gone %v, the other %v", first.ended, second.ended)
	}
}

// TestDeadNodesLinger: what a dead host flooded stays; when its ospfd comes back
// without it, the old LSA comes back to it and is flushed.
func TestDeadNodesLinger(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	l.Router("n1").OriginateOpaque(7, []byte("old"))
	l.run(2 * time.Second)
	l.Router("n1").Stop()
	l.run(2 * time.Minute)
	l.has(t, "n4", 7, "old")
	l.start("n1")
	l.run(30 * time.Second)
	l.has(t, "n4", 7, "")
}

// TestOldPayloadComesBack: the same ID is used again before the old LSA came
// back: the old payload wins.
func TestOldPayloadComesBack(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	l.Router("n1").OriginateOpaque(7, []byte("first"))
	l.Router("n1").OriginateOpaque(7, []byte("second"))
	l.run(8 * time.Second)
	l.Router("n1").Stop()
	l.run(10 * time.Second)
	l.start("n1")
	l.Router("n1").OriginateOpaque(7, []byte("new"))
	l.run(30 * time.Second)
	l.has(t, "n4", 7, "second")
	l.has(t, "n1", 7, "second")
}

func TestLossOnlyDelays(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	for _, k := range l.Links() {
		k.SetQuality(Quality{Delay: time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 40, Duplicate: 20})
	}
	for id := range packet.Quad(50) {
		l.Router("n1").OriginateOpaque(id, fmt.Append(nil, id))
	}
	l.run(2 * time.Minute)
	for id := range packet.Quad(50) {
		l.has(t, "n4", id, fmt.Sprint(id))
	}
}

func TestFrozenDesignatedRouter(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	l.Router("r1").Freeze(true)
	l.run(200 * time.Millisecond)
	l.Router("r1").Freeze(false)
	l.run(10 * time.Second)
	l.reaches(t, "n1", 2, 3, 4, 101, 102)
	l.Router("r1").Freeze(true)
	l.run(5 * time.Second)
	if n := l.clients["n1"].neighbors(); n != 0 {
		t.Errorf("n1 has %d neighbors although the router is frozen", n)
	}
	l.Router("r1").Freeze(false)
	l.run(20 * time.Second)
	l.reaches(t, "n1", 2, 3, 4, 101, 102)
}

func TestPartsOfALAN(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	l.Link("lan1").SetPart(l.Router("n1"), 1)
	l.run(10 * time.Second)
	l.reaches(t, "n1")
	l.reaches(t, "n2", 3, 4, 101, 102)
	l.Link("lan1").SetPart(l.Router("n1"), 0)
	l.run(10 * time.Second)
	l.reaches(t, "n2", 1, 3, 4, 101, 102)
}

// TestFlushedOutOfSight: what was flushed while a link was down goes on the other
// side, too, when it is up again before the flushed LSA has left the database.
func TestFlushedOutOfSight(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	l.Router("n1").OriginateOpaque(7, []byte("old"))
	l.run(2 * time.Second)
	l.Link("core").SetCarrier(l.Router("r1"), false)
	l.run(6 * time.Second)
	l.Router("n1").FlushOpaque(7)
	l.run(6 * time.Second)
	l.has(t, "n4", 7, "old")
	l.Link("core").SetCarrier(l.Router("r1"), true)
	l.run(20 * time.Second)
	l.has(t, "n4", 7, "")
}

// TestTooEarlyForTheExchange: an LSA that comes within MinLSArrival of its
// predecessor is refused in the exchange of databases, too, and asked for again.
func TestTooEarlyForTheExchange(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	l.Link("core").SetCarrier(l.Router("r1"), false)
	l.run(6 * time.Second)
	n1, r2 := l.Router("n1"), l.Router("r2")
	n1.OriginateOpaque(7, []byte("first"))
	old, _ := n1.db.Get(lsdb.Key{Type: packet.TypeOpaqueArea, ID: 7, AdvRouter: n1.ID})
	first := old.LSA
	l.run(packet.MinLSInterval)
	n1.OriginateOpaque(7, []byte("second"))
	l.Link("core").SetCarrier(l.Router("r1"), true)
	for r2.linkLevel().Exchanging == 0 {
		l.run(time.Millisecond)
	}
	r2.install(&first, nil) // by another way
	l.run(time.Second)
	if r2.linkLevel().Exchanging == 0 {
		t.Error("r2 is Full although it lacks what it asked for")
	}
	l.run(10 * time.Second)
	l.has(t, "n4", 7, "second")
}

// TestNumbersBeginAnew: a router LSA with the last sequence number is taken back, and
// given out again under the first one when it has left every database (C33b). Who holds
// the old one for a little longer refuses the first one until then, and gets it again.
func TestNumbersBeginAnew(t *testing.T) {
	l := square()
	l.run(30 * time.Second)
	number := func() int32 {
		e, ok := l.Router("n4").db.Get(lsdb.Key{Type: packet.TypeRouter, ID: 1, AdvRouter: 1})
		if !ok {
			return 0
		}
		return e.LSA.Header.Seq
	}
	l.Router("n1").Exhaust()
	l.run(4 * time.Second)
	l.reaches(t, "n4", 1, 2, 3, 101, 102)
	if n := number(); n != packet.MaxSeq {
		t.Errorf("the last number is %#x", n)
	}
	core := l.Link("core")
	core.SetQuality(Quality{Delay: 200 * time.Millisecond})
	l.run(3 * time.Second)
	l.reaches(t, "n4", 2, 3, 101, 102)
	core.SetQuality(Quality{Delay: time.Millisecond})
	l.run(lsdb.Linger + 10*time.Second)
	l.reaches(t, "n4", 1, 2, 3, 101, 102)
	if n := number(); n != packet.InitialSeq {
		t.Errorf("it began anew with %#x", n)
	}
}
