package node

import (
	"fmt"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// gate is the join gate: after a start or a regained medium the node starts
// nothing until its view has settled (docs/operating.md, Joining).
type gate struct {
	open     bool
	openedAt time.Duration
	since    time.Duration // when waiting began
	movedAt  time.Duration // last change of what must be unchanged
	wake     time.Duration
	why      string // why it is closed
	refused  bool   // for shutOutAfter now, as addresses cannot be announced: see shutOut
}

// moved notes that a fact changed which the gate wants to be still.
func (g *gate) moved(at time.Duration) { g.movedAt = at }

func (n *Node) closeGate(why string) {
	n.gate = gate{since: n.now.Boot, movedAt: n.now.Boot, wake: never, why: why}
	n.markAll()
}

func (n *Node) linksChanged(l discovery.Links) {
	was := n.cutOff()
	before := n.links.Full
	n.links, n.linksKnown = l, true
	if len(before) == 0 {
		n.fullSince = n.now.Boot
	}
	n.fresh = n.fresh && !n.cutOff()
	n.partings(before)
	n.gate.moved(n.now.Boot)
	if n.gate.open && n.cutOff() && !was {
		n.closeGate("no router can be reached")
		n.event(Event{Kind: EventNode, Subject: n.opt.Name, Detail: "cut off: no Full neighbor; announcements are withdrawn, what runs goes on, nothing starts"})
		n.alarm("cut off", "no OSPF neighbor is Full: this node withdrew its announcements and starts nothing")
	}
}

// cutOff: without any Full neighbor this node cannot know who else is alive.
func (n *Node) cutOff() bool {
	return n.linksKnown && len(n.links.Full) == 0 && !n.opt.StartCutOff
}

// checkGate opens the gate when its conditions hold.
func (n *Node) checkGate() {
	g := &n.gate
	if refused := n.shutOut(); refused != g.refused {
		g.refused, n.stale = refused, true
		n.markAll()
	}
	if g.open || !n.medium {
		g.wake = never
		return
	}
	why, wake := n.gateClosedBecause()
	g.why, g.wake = why, wake
	if why != "" {
		if wake <= n.now.Boot {
			g.wake = never // only a fact can help any more
		}
		return
	}
	g.open, g.openedAt, g.wake, n.fresh, n.stale = true, n.now.Boot, never, false, true
	n.alarm("cut off", "")
	n.event(Event{Kind: EventNode, Subject: n.opt.Name, Detail: fmt.Sprintf("joined: the view has settled after %s", (n.now.Boot - g.since).Round(time.Millisecond))})
	n.markAll()
}

// shutOut: what this node has started is announced only when its gate opens, and its router
// has refused to announce addresses for a while. Then it is better off elsewhere, as if the
// node were drained.
func (n *Node) shutOut() bool {
	g := &n.gate
	return n.medium && !g.open && !n.fresh && n.notReady != "" && n.now.Boot >= max(g.since, n.notReadyAt)+shutOutAfter
}

// gateClosedBecause says why the gate stays closed, and when to look again.
func (n *Node) gateClosedBecause() (string, time.Duration) {
	g := &n.gate
	alone := n.aloneSince() + n.opt.AloneAfter
	if why := n.cannotAnnounce(); why != "" {
		return why, max(g.since, n.notReadyAt) + shutOutAfter
	}
	if why, until := n.membersExpected(); why != "" {
		return why, until
	}
	if n.now.Boot >= alone && (len(n.links.Full) > 0 || n.opt.StartCutOff) {
		return "", never
	}
	still := g.movedAt + gateQuiet
	switch {
	case n.links.Waiting > 0:
		return "an OSPF interface is in Waiting", alone
	case n.links.Exchanging > 0:
		return "a neighbor exchanges its database", alone
	case len(n.links.Full) == 0:
		return "no neighbor is Full", alone
	}
	for _, id := range n.links.Full {
		if !n.up(id) {
			return "neighbor " + id.String() + " is Full, but cannot be reached yet", alone
		}
	}
	if n.now.Boot < still {
		return "the view is still moving", min(still, alone)
	}
	return "", never
}

// aloneSince is since when nobody else has shown himself to a node that joins and
// could be heard. A node that was cut off for a while hears nobody; what it missed
// comes after the first neighbor is Full, not at once (decision 76).
func (n *Node) aloneSince() time.Duration {
	if n.opt.StartCutOff {
		return n.gate.since
	}
	return max(n.gate.since, n.fullSince)
}

// membersExpected: a member that can be reached and has said nothing may run
// what it is known for, for as long as it once announced.
func (n *Node) membersExpected() (string, time.Duration) {
	for _, p := range n.everyPeer {
		if p.node != nil || !n.up(p.id) || p.expect == 0 {
			continue
		}
		if end := max(n.gate.since, p.upSince) + p.expect; end > n.now.Boot {
			return "srrd on " + p.id.String() + " has not spoken yet", end
		}
	}
	return "", never
}

// quietUntil is when this node may start something after a change of its own
// rank or after joining; jitter keeps nodes that join together apart.
func (n *Node) quietUntil(u *unit) time.Duration {
	q := u.rankMoved + rankQuiet
	if n.gate.open && n.gate.openedAt > 0 {
		q = max(q, n.gate.openedAt+joinQuiet+n.jitter(joinQuiet))
	}
	return q
}

// jitter is a fixed random share of d for this incarnation.
func (n *Node) jitter(d time.Duration) time.Duration {
	return time.Duration(mix(n.opt.Seed^n.incarnation^uint64(n.opt.RouterID)) % uint64(d))
}

// mix is the finalizer of splitmix64: a good hash of one word.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// returnedAt is when this node and a holder began to see each other.
func (n *Node) returnedAt(holder routerid.ID) time.Duration {
	at := n.gate.openedAt
	if p := n.peers[holder]; p != nil {
		at = max(at, p.upSince)
	}
	return at
}
