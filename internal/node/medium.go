package node

import (
	"fmt"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// mediumUp begins a new incarnation: the node is a fresh one to the others.
func (n *Node) mediumUp(e discovery.Up) {
	n.medium, n.mediumEver, n.mediumSince, n.mediumErr = true, true, n.now.Boot, ""
	n.overtaken = false
	n.begin(e.OwnHighest)
}

// overtake begins again above a record of our own past that came only now: with
// the first adjacency, after the medium was up. Without a state file, and with a
// wall clock that was set back, this incarnation is lower, and nobody would
// listen. Once: who then speaks above it is somebody else with our router ID.
func (n *Node) overtake(incarnation uint64) {
	n.overtaken = true
	n.begin(incarnation)
}

// begin begins an incarnation above all that was ever seen of this node.
func (n *Node) begin(highest uint64) {
	n.renumber(highest)
	n.twin = twin{}
	n.event(Event{Kind: EventNode, Subject: n.opt.Name, Detail: fmt.Sprintf("the medium is up, incarnation %d", n.incarnation)})
	n.alarm("medium", "")
	n.alarm("duplicate", "")
	n.closeGate("joining")
}

// renumber floods everything again, under an incarnation above all others.
func (n *Node) renumber(highest uint64) {
	n.incarnation = 1 + max(n.incarnation, highest)
	n.nonce = mix(n.opt.Seed ^ n.incarnation)
	n.counter, n.hasSettled = 0, false
	n.nodeRecord = ownRecord{}
	for _, i := range n.instances {
		i.record, i.changed, i.sinceCounter = ownRecord{}, true, 0
	}
	n.saveNode()
}

// mediumDown: without the medium nobody hears us, and we hear nobody.
func (n *Node) mediumDown(e discovery.Down) {
	text := "the medium is lost"
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if n.medium {
		n.event(Event{Kind: EventNode, Subject: n.opt.Name, Detail: text})
	}
	n.alarm("medium", text)
	n.medium, n.mediumErr = false, text
	n.reach, n.suspects = map[routerid.ID]discovery.Reach{}, nil
	n.links, n.linksKnown = discovery.Links{}, false
	n.look()
	for _, p := range n.everyPeer {
		n.forget(p)
	}
	for _, i := range n.instances {
		i.peersSeen = nil
	}
	n.unconfirmOthers(func(string) bool { return true })
	for _, u := range n.units {
		u.answered = map[routerid.ID]uint64{}
	}
	n.gate = gate{wake: never, why: "the medium is lost"}
	n.markAll()
}

// firstIncarnation is the least that a new process begins with: the wall
// clock, so that incarnations rise even if the last one was not saved. In
// milliseconds: no two lives begin within one (decision 110).
func (n *Node) firstIncarnation() uint64 { return uint64(max(n.now.Wall.UnixMilli(), 0)) }

// MediumUp reports whether the medium is up, and since when or why not.
func (n *Node) MediumUp() (up bool, since time.Duration, why string) {
	return n.medium, n.mediumSince, n.mediumErr
}
