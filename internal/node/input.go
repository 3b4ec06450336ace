package node

import (
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// Input is one fact. The events of a discovery.Medium are inputs as they are,
// wrapped in Medium.
type Input interface{ isInput() }

// Medium is an event of the medium.
type Medium struct{ Event discovery.Event }

// Tick is no fact but that time has passed.
type Tick struct{}

// Done is the answer of a primitive that Output.Calls asked for.
type Done struct {
	Service string
	ID      uint64
	Result  service.Result
}

// Died: the main process or unit of a service ended by itself.
type Died struct {
	Service string
	Text    string
}

// Checked is the result of a check.
type Checked struct {
	Service string
	Health  service.Health // after counting
	Last    service.Health // of this check alone
	Text    string
}

// Routed is a level: what the routing driver achieved for a service.
type Routed struct {
	Service string
	Route   Route
}

// Route is the state of all addresses of one service.
type Route struct {
	Owned     bool // every address
	Announced bool // any address
	Err       string
}

// Durable tells whether the state file could be written.
type Durable struct{ Err error }

// Ready tells whether this node could announce an address: until then it
// starts nothing. A node begins ready.
type Ready struct {
	Err     error
	Pending bool // it is not known yet: nothing is wrong so far
}

// Paused: this process did not run for so long. It doubts itself for a while.
type Paused struct{ For time.Duration }

func (Medium) isInput()  {}
func (Tick) isInput()    {}
func (Done) isInput()    {}
func (Died) isInput()    {}
func (Checked) isInput() {}
func (Routed) isInput()  {}
func (Durable) isInput() {}
func (Paused) isInput()  {}
func (Ready) isInput()   {}

// Step takes facts that came together, in their order, and then decides once:
// what the first of them seems to allow may be what the last one forbids.
func (n *Node) Step(now Now, facts ...Input) {
	n.now = now
	for _, in := range facts {
		n.take(in)
	}
	n.settle()
}

func (n *Node) take(in Input) {
	switch in := in.(type) {
	case Medium:
		n.stale = true
		n.stepMedium(in.Event)
	case Done:
		n.stepDone(in)
	case Died:
		n.stepDied(in)
	case Checked:
		n.stepChecked(in)
	case Routed:
		n.stepRouted(in)
	case Durable:
		n.stepDurable(in.Err)
	case Paused:
		n.doubtUntil, n.stale = n.now.Boot+doubtFor, true
	case Ready:
		n.stepReady(in)
	case Tick:
	}
}

func (n *Node) stepMedium(e discovery.Event) {
	switch e := e.(type) {
	case discovery.Up:
		n.mediumUp(e)
	case discovery.Down:
		n.mediumDown(e)
		n.settle() // what that ends must end, even if the medium is back by now
	case discovery.Seen:
		n.seen(e.Record)
	case discovery.Gone:
		n.gone(e)
	case discovery.Reachable:
		n.reachable(e)
	case discovery.Links:
		n.linksChanged(e)
	case discovery.Rejected:
		n.rejected(e)
	case discovery.Refused:
		n.refused(e)
	}
}

func (n *Node) stepDurable(err error) {
	text := ""
	if err != nil {
		text = "the state file cannot be written, failures and claims would be forgotten: " + err.Error()
	}
	n.undurable, n.stale = err != nil, true
	n.alarm("state", text)
}

// stepReady: a node that cannot announce would run services that nobody reaches, so it
// starts nothing, and the others need not wait for it (standingFlags).
func (n *Node) stepReady(in Ready) {
	if in.Pending {
		n.asking = true // what was wrong is so until the router has answered
		return
	}
	why := ""
	if in.Err != nil {
		why = in.Err.Error()
	}
	if why == n.notReady && !n.asking {
		return
	}
	if why == "" && n.notReady != "" {
		for _, u := range n.units {
			u.rankMoved = n.now.Boot // others, too, may start again just now
		}
	}
	if n.notReady == "" {
		n.notReadyAt = n.now.Boot
	}
	n.notReady, n.asking, n.stale = why, false, true
	n.alarm("routing", why)
	n.markAll()
}

// cannotAnnounce says why an address that is started now would not be announced; "" if
// it would.
func (n *Node) cannotAnnounce() string {
	switch {
	case n.notReady != "":
		return "addresses cannot be announced: " + n.notReady
	case n.asking:
		return "addresses cannot be announced: the router is being told of them"
	}
	return ""
}

func (n *Node) stepRouted(in Routed) {
	i := n.instances[in.Service]
	if i == nil || n.routes[in.Service] == in.Route {
		return
	}
	n.routes[in.Service] = in.Route
	i.changed = true // the record says whether it is announced
	n.alarm("address "+in.Service, in.Route.Err)
	n.mark(i.unit)
}
