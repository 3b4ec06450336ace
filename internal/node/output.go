package node

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// Output is how the world should look. It is a level: applying it twice or
// late is harmless. One function applies it, in this order:
//
//  1. what TakeSaves gives: it must survive. Records of a new incarnation wait
//     until it is durable, everything else goes on after a short while.
//  2. Routes: withdraw, disown, own, announce.
//  3. Records.
//  4. Calls: what vanished is killed, then the new ones.
//  5. Checks and Watch.
//
// The facts of the routing driver (Routed) come back before anything is
// flooded, and gate the rest: `start` is asked for after the address is owned,
// an address announced after the service has started and been checked, and the
// release flooded after it is withdrawn.
type Output struct {
	Records []discovery.Record
	Routes  map[string]WantRoute
	Calls   map[string]Call
	// Checks are the services whose checks should run.
	Checks map[string]CheckWant
	// Watch are the services whose processes should live: tell when they die.
	Watch map[string]bool
	// Exit: the daemon may end, everything is handed over.
	Exit bool
	// Version changes whenever anything else may have.
	Version uint64
	// Shown changes whenever Routes, Checks or Watch have, Called whenever Calls have:
	// most outputs differ by a record.
	Shown, Called uint64
}

// WantRoute is what routing should do for the addresses of a service.
type WantRoute struct {
	Addresses []netip.Addr
	Announce  bool
	// Inherited: with Announce, only what the last daemon left, for as long as that lives.
	Inherited bool
}

// CheckWant is how checks of a service should run now.
type CheckWant struct {
	// Now asks for an immediate check; a different value asks again.
	Now uint64
	// Every overrides the interval, while the first answer is awaited. 0: the configured one.
	Every time.Duration
}

// Call is a primitive that should run. A call that vanishes from the output
// before its Done is to be killed.
type Call struct {
	ID        uint64
	Service   string
	Primitive service.Primitive
	Timeout   time.Duration
	Reason    service.Reason
	Peer      string // of join and leave
	// Kill asks for no primitive: end what is left of the service, and verify.
	Kill bool
}

// Output returns how the world should look after the last step.
func (n *Node) Output() Output {
	if !n.stale {
		return n.output
	}
	n.stale = false
	o := Output{
		Version: n.output.Version + 1,
		Records: n.records(),
		Routes:  n.output.Routes,
		Calls:   n.calls,
		Checks:  n.output.Checks,
		Watch:   n.output.Watch,
		Exit:    n.leaving && n.allGone(),
		Shown:   n.output.Shown,
		Called:  n.called,
	}
	n.callsGiven = true
	n.show(&o)
	n.output = o
	return o
}

// shown is what the last output says of an instance, beside its record and call.
type shown struct {
	own, announce, inherited, watch, check bool
	want                                   CheckWant
}

// show brings routes, checks and watch up to date. An output keeps its maps for
// ever, so they are made anew, but only when one entry has changed: most outputs
// differ by a record.
func (n *Node) show(o *Output) {
	changed := o.Routes == nil
	for _, i := range n.order {
		runs := i.state == service.Started && !i.recovering // what is restarted is checked anew
		s := shown{watch: runs, check: i.spec.HasCheck && runs}
		s.own, s.announce = n.wantRoute(i)
		s.inherited = s.announce && i.inherited
		if s.check {
			s.want = CheckWant{Now: i.checkNow, Every: i.checkEvery}
		}
		if s != i.shown {
			i.shown, changed = s, true
		}
	}
	if !changed {
		return
	}
	o.Shown++
	o.Routes, o.Checks, o.Watch = map[string]WantRoute{}, map[string]CheckWant{}, map[string]bool{}
	for _, i := range n.order {
		name, s := i.spec.Name, &i.shown
		if s.own {
			o.Routes[name] = WantRoute{Addresses: i.spec.Addresses, Announce: s.announce, Inherited: s.inherited}
		}
		if s.watch {
			o.Watch[name] = true
		}
		if s.check {
			o.Checks[name] = s.want
		}
	}
}

// wantRoute says whether the addresses of an instance should be owned, and announced.
func (n *Node) wantRoute(i *instance) (own, announce bool) {
	if i.spec.Resource() {
		return false, false
	}
	switch i.state {
	case service.Starting:
		return i.own, false
	case service.Started:
		return true, i.ready && n.mayAnnounce(i)
	case service.Stopping:
		return !i.disown, false
	}
	return false, false
}

// EventKind tells what an Event is about.
type EventKind uint8

// The kinds.
const (
	EventState  EventKind = iota // an instance changed its state
	EventNode                    // this node: gate, cut off, medium, drain, …
	EventPeer                    // another node came or went
	EventAlarm                   // an alarm began or, with an empty Detail, ended
	EventIntent                  // an intent changed
	EventCall                    // a primitive ended
)

// Event is what happened, and why. Each change of state makes exactly one.
type Event struct {
	At      Now
	Kind    EventKind
	Subject string // service, node, unit or alarm
	From    service.State
	To      service.State
	Reason  service.Reason
	Detail  string
}

func (n *Node) event(e Event) {
	e.At = n.now
	n.events = append(n.events, e)
}

// TakeEvents returns what happened since the last call.
func (n *Node) TakeEvents() []Event {
	e := n.events
	n.events = nil
	return e
}

// Alarms returns what an operator should know now, sorted by key.
func (n *Node) Alarms() []Alarm {
	as := make([]Alarm, 0, len(n.alarms))
	for k, t := range n.alarms {
		as = append(as, Alarm{k, t})
	}
	slices.SortFunc(as, func(a, b Alarm) int { return cmp.Compare(a.Key, b.Key) })
	return as
}

// Alarm is a lasting condition that somebody should look at.
type Alarm struct{ Key, Text string }
