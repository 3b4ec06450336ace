package host

import (
	"errors"
	"time"

	"srr/internal/discovery/opaque"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
	"srr/sim/network"
)

// api is a client's two connections to ospfd: one for what it asks and the answers,
// one for what it is told. There is no order between the two.
type api struct {
	m       *medium
	router  *network.Router
	open    bool             // both are there
	closed  bool             // by the client
	ended   bool             // by ospfd
	asked   []opaque.Request // not yet served
	fences  int              // those among them
	answers []opaque.Answer  // not yet read
	late    time.Duration    // they do not arrive before
	notes   []opaque.Notification
	// names are those of the client's own LSAs. There is one area, and in it all of
	// them are flooded, whatever their scope is.
	names map[packet.Quad]opaque.Name
}

func newAPI(m *medium) *api {
	return &api{m: m, router: m.d.host.Router, names: map[packet.Quad]opaque.Name{}}
}

// connect lets ospfd connect back, as soon as it runs.
func (a *api) connect() {
	a.router.Later(a.m.d.host.env.between(100*time.Microsecond, 2*time.Millisecond), func() {
		if !a.closed {
			a.open = true
			a.router.Connect(a)
			a.tell()
		}
	})
}

// close ends both connections; ospfd flushes what it was asked to originate.
func (a *api) close() {
	a.closed = true
	a.router.Forsake(a)
}

// tell lets the client find what has come.
func (a *api) tell() {
	if !a.closed && !a.m.turning {
		a.m.turnSoon(a.m.d.host.env.between(20*time.Microsecond, 200*time.Microsecond))
	}
}

// read hands over what has come on one connection, then on the other.
func (a *api) read(now time.Time) {
	if a.m.d.host.env.Random.IntN(2) == 0 {
		a.readNotes(now)
		a.readAnswers(now)
	} else {
		a.readAnswers(now)
		a.readNotes(now)
	}
}

func (a *api) readNotes(now time.Time) {
	for _, n := range a.notes {
		a.m.core.Take(now, n)
	}
	clear(a.notes)
	a.notes = a.notes[:0]
}

func (a *api) readAnswers(now time.Time) {
	if wait := a.late - a.m.d.host.now(); wait > 0 && len(a.answers) > 0 {
		a.m.turnSoon(wait)
		return
	}
	for _, n := range a.answers {
		a.m.core.Answered(now, n)
	}
	a.answers = a.answers[:0]
}

// post asks ospfd, which works on one request at a time.
func (a *api) post(requests []opaque.Request) {
	idle := len(a.asked) == 0
	a.asked = append(a.asked, requests...)
	for i := range requests {
		if requests[i].Kind == opaque.RouterID {
			a.fences++
		}
	}
	if idle && len(a.asked) > 0 {
		a.serveSoon()
	}
}

func (a *api) serveSoon() {
	a.router.Later(a.m.d.host.env.between(50*time.Microsecond, 250*time.Microsecond), a.serve)
}

func (a *api) serve() {
	if a.closed {
		return
	}
	r := a.asked[0]
	a.asked = append(a.asked[:0], a.asked[1:]...)
	env := a.m.d.host.env
	if env.Random.IntN(8) == 0 {
		a.late = env.Queue.Now() + env.between(0, 3*time.Millisecond)
	}
	a.m.d.guarded(func() { // a database that is full is the fault of who floods
		a.answers = append(a.answers, a.carryOut(&r))
	})
	a.tell()
	if len(a.asked) > 0 {
		a.serveSoon()
	}
}

var (
	errInUse  = errors.New("the opaque type has another owner")
	errNoSuch = errors.New("no such LSA")
)

func (a *api) carryOut(r *opaque.Request) opaque.Answer {
	switch r.Kind {
	case opaque.RouterID:
		a.fences--
		a.notes = append(a.notes, opaque.RouterIs{ID: a.router.ID, Asked: a.fences == 0})
	case opaque.RegisterType:
		if !a.router.Listen(a) {
			return opaque.Answer{Verdict: opaque.TypeInUse, Err: errInUse}
		}
	case opaque.SyncInterfaces: // and neighbors
		a.router.ShowLinks()
	case opaque.SyncReachable:
		a.router.ShowReach()
	case opaque.SyncLSDB:
		a.router.ShowDatabase()
	case opaque.Originate:
		a.names[packet.Quad(r.LSA.ID)] = r.LSA
		a.router.OriginateOpaque(packet.Quad(r.LSA.ID), r.Payload)
	case opaque.Flush:
		if !a.router.FlushOpaque(packet.Quad(r.LSA.ID)) {
			return opaque.Answer{Verdict: opaque.NoSuchLSA, Err: errNoSuch}
		}
	}
	return opaque.Answer{}
}

func (a *api) note(n opaque.Notification) {
	a.notes = append(a.notes, n)
	a.tell()
}

func (a *api) nameOf(l *packet.LSA) opaque.Name {
	if n, ok := a.names[l.Header.ID]; ok && l.Header.AdvRouter == a.router.ID {
		return n
	}
	return opaque.Name{Type: opaque.OfArea, ID: uint32(l.Header.ID), Author: l.Header.AdvRouter}
}

// Update implements network.Client.
func (a *api) Update(l *packet.LSA, age uint16) {
	a.note(opaque.Update{LSA: opaque.LSA{Name: a.nameOf(l), Age: age, Payload: l.Body.(*packet.Opaque).Data}})
}

// Delete implements network.Client.
func (a *api) Delete(l *packet.LSA) { a.note(opaque.Delete{Name: a.nameOf(l)}) }

// Reach implements network.Client.
func (a *api) Reach(routers []routerid.ID) { a.note(opaque.Reachable{All: true, Add: routers}) }

// Port implements network.Client.
func (a *api) Port(addr packet.Quad, waiting bool) {
	state := opaque.InterfaceOther
	if waiting {
		state = opaque.InterfaceWaiting
	}
	a.note(opaque.Interface{Addr: uint32(addr), State: state})
}

// Neighbor implements network.Client.
func (a *api) Neighbor(n network.Neighbor) {
	state := [...]opaque.NeighborState{
		network.Down: opaque.NeighborDown, network.Exchange: opaque.NeighborExchanging, network.Full: opaque.NeighborFull,
	}[n.State]
	a.note(opaque.Neighbor{IfAddr: uint32(n.At), Addr: uint32(n.Addr), ID: n.ID, State: state})
}

// Frozen implements network.Client.
func (a *api) Frozen() {
	if !a.closed {
		a.m.pingSoon()
	}
}

// Ended implements network.Client.
func (a *api) Ended() {
	a.ended = true
	a.tell()
}
