package node

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// mediumUp begins a new incarnation: the node is a fresh one to the others.
func (n *Node) mediumUp(e discovery.Up) {
	n.medium, n.mediumEver, n.mediumSince, n.mediumErr = true, true, n.now.Boot, ""
	n.incarnation = 1 + max(n.incarnation, e.OwnHighest)
	n.nonce = mix(n.opt.Seed ^ n.incarnation)
	n.counter, n.hasSettled = 0, false
	n.duplicate = 0
	n.nodeRecord = ownRecord{}
	for _, i := range n.instances {
		i.record, i.changed, i.sinceCounter = ownRecord{}, true, 0
	}
	n.saveNode()
	n.event(Event{Kind: EventNode, Subject: n.opt.Name, Detail: fmt.Sprintf("the medium is up, incarnation %d", n.incarnation)})
	n.alarm("medium", "")
	n.alarm("duplicate", "")
	n.closeGate("joining")
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
	n.reach = map[routerid.ID]discovery.Reach{}
	n.links, n.linksKnown = discovery.Links{}, false
	for _, id := range slices.Sorted(maps.Keys(n.peers)) {
		n.forget(n.peers[id])
	}
	for _, i := range n.instances {
		i.peersSeen = nil
	}
	for _, u := range n.units {
		u.answered = map[routerid.ID]uint64{}
	}
	n.gate = gate{wake: never, why: "the medium is lost"}
	n.markAll()
}

// firstIncarnation is the least that a new process begins with: the wall
// clock, so that incarnations rise even if the last one was not saved.
func (n *Node) firstIncarnation() uint64 { return uint64(max(n.now.Wall.Unix(), 0)) }

// MediumUp reports whether the medium is up, and since when or why not.
func (n *Node) MediumUp() (up bool, since time.Duration, why string) {
	return n.medium, n.mediumSince, n.mediumErr
}
