package network

import "time"

// State of a neighbor, as far as others can notice it.
type State uint8

// The states.
const (
	Down     State = iota
	Exchange       // ExStart to Loading: databases are being exchanged
	Full
)

// end is one router's view of a neighbor.
type end struct {
	at, of    *port
	adjacency *adjacency
	state     State
	hears     bool // of the other
	asked     int  // changes whenever hears or wanted does: older plans are void
	inFlight  flights
}

func (e *end) other() *end {
	if e.adjacency.ends[0] == e {
		return e.adjacency.ends[1]
	}
	return e.adjacency.ends[0]
}

// adjacency is what two routers on one link have, or should have.
type adjacency struct {
	network *Network
	link    *Link
	ends    [2]*end
	wanted  bool
}

// want reports whether the two should be adjacent: on a LAN only with the
// designated router and its backup (RFC 2328, section 10.4).
func (a *adjacency) want() bool {
	x, y := a.ends[0].at, a.ends[1].at
	return !a.link.lan || x.dr || y.dr || x.backup || y.backup
}

// look compares what is with what was, and plans what follows.
func (a *adjacency) look() {
	wanted := a.want()
	changed := wanted != a.wanted
	a.wanted = wanted
	for _, e := range a.ends {
		if h := e.at.hears(e.of); h != e.hears {
			e.hears, changed = h, true
		}
		if !e.at.live() && e.state != Down {
			e.set(Down) // its own carrier or process: noticed at once
		}
	}
	if !changed {
		return
	}
	for _, e := range a.ends {
		e.asked++
	}
	switch {
	case wanted && a.ends[0].hears && a.ends[1].hears:
		a.planForming()
	default:
		a.planBreaking(wanted)
	}
}

// planForming: two hellos, then the exchange. What was Full on both ends and
// heard again before it was noticed stays so.
func (a *adjacency) planForming() {
	if a.ends[0].state == Full && a.ends[1].state == Full {
		return
	}
	asked := a.ends[0].asked
	hello := a.network.timers.Hello
	a.network.queue.After(a.network.between(hello/20, hello), func() {
		if asked == a.ends[0].asked {
			a.begin()
		}
	})
}

// planBreaking: who hears nothing notices after the detection time, who is no
// longer heard is told so by the next hello.
func (a *adjacency) planBreaking(wanted bool) {
	t := a.network.timers
	for _, e := range a.ends {
		after := t.Detect()
		switch {
		case e.state == Down:
			continue
		case !wanted:
			after = 0
		case e.hears:
			after += a.network.between(0, t.Hello)
		default:
			after += a.network.between(-min(t.Hello, after/4), 0)
		}
		asked := e.asked
		e.at.router.after(max(after, 0), func() {
			if asked == e.asked {
				e.set(Down)
			}
		})
	}
}

// begin starts the exchange of databases.
func (a *adjacency) begin() {
	for _, e := range a.ends {
		e.set(Exchange)
	}
	a.exchange(a.loading())
}

// exchange ends with both databases equal; what is still missing is asked for again.
func (a *adjacency) exchange(after time.Duration) {
	asked := a.ends[0].asked
	a.network.queue.After(after, func() {
		if asked != a.ends[0].asked || a.ends[0].state != Exchange || a.ends[1].state != Exchange {
			return
		}
		first, second := a.ends[0].load(), a.ends[1].load()
		if !first || !second {
			a.exchange(a.network.timers.Retransmit)
			return
		}
		a.ends[0].set(Full)
		a.ends[1].set(Full)
	})
}

// loading is how long an exchange takes: some round trips, and retransmissions
// where packets are lost.
func (a *adjacency) loading() time.Duration {
	n, q := a.network, a.link.quality
	d := 6*q.Delay + n.between(2*time.Millisecond, 40*time.Millisecond)
	for range 6 {
		if q.Loss > 0 && n.random.IntN(100) < q.Loss {
			d += n.timers.Retransmit
		}
	}
	return d
}

// set changes the state of a neighbor, and what follows from it.
func (e *end) set(s State) {
	if e.state == s {
		return
	}
	wasFull := e.state == Full
	e.state = s
	r := e.at.router
	if wasFull || s == Full {
		r.noteNeighbors()
		r.reoriginate()
	}
	r.tellLinks()
	if s == Down && e.hears && e.other().hears && e.adjacency.wanted {
		e.adjacency.planForming() // the other end gave up for a moment only
	}
}
