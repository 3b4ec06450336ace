package node

import (
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// reconverge is how long nothing starts after several routers were lost at
// once: longer than neighbors of a designated router differ in noticing its
// death and elect and announce the next one (measured: 50–70 ms; FRR computes
// paths again at most 50 ms later).
const reconverge = 500 * time.Millisecond

// turmoil is what this node saw of a network that changes.
type turmoil struct {
	// lost is when routers could not be reached any more, as far as that is
	// not longer ago than reconverge.
	lost map[routerid.ID]time.Duration
	// parted is when neighbors ceased to be Full, likewise. A neighbor is often
	// lost a little earlier than its router.
	parted map[routerid.ID]time.Duration
	// blindAt is since when there is a Full neighbor, but not even that can be
	// reached: paths are about to be there, or the neighbor is about to be lost,
	// too. never: it is not so.
	blindAt time.Duration
}

// losses notes which routers cannot be reached any more. The death of one node
// is one loss. Several at once are more likely a network that changes its mind:
// the death of a designated router takes everybody behind it away until another
// one has announced the LAN.
func (n *Node) losses(before map[routerid.ID]discovery.Reach) {
	for id, at := range n.turmoil.lost {
		if n.up(id) || n.now.Boot >= at+reconverge {
			delete(n.turmoil.lost, id)
		}
	}
	for id, was := range before {
		if was.State != discovery.ReachDown && !n.up(id) {
			n.turmoil.lost[id] = n.now.Boot
		}
	}
	n.look()
	n.markAll()
}

// partings notes which neighbors are not Full any more.
func (n *Node) partings(before []routerid.ID) {
	for id, at := range n.turmoil.parted {
		if slices.Contains(n.links.Full, id) || n.now.Boot >= at+reconverge {
			delete(n.turmoil.parted, id)
		}
	}
	for _, id := range before {
		if !slices.Contains(n.links.Full, id) {
			n.turmoil.parted[id] = n.now.Boot
		}
	}
	n.look()
	n.markAll()
}

// look notes whether this node is blind now.
func (n *Node) look() {
	blind := len(n.links.Full) > 0 && !n.opt.StartCutOff
	for _, id := range n.links.Full {
		blind = blind && !n.up(id)
	}
	switch {
	case !blind:
		n.turmoil.blindAt = never
	case n.turmoil.blindAt == never:
		n.turmoil.blindAt = n.now.Boot
	}
}

// shaken says why the loss of others is not believed yet, and until when.
func (n *Node) shaken() (why string, until time.Duration) {
	if at := n.turmoil.blindAt; at != never && n.now.Boot < at+n.opt.AloneAfter {
		return "no router can be reached, though one is a neighbor", at + n.opt.AloneAfter
	}
	var last time.Duration
	recent := 0
	for id, at := range n.turmoil.lost {
		at = max(at, n.turmoil.parted[id])
		if n.now.Boot < at+reconverge {
			recent++
			last = max(last, at)
		}
	}
	for id, at := range n.turmoil.parted {
		if _, counted := n.turmoil.lost[id]; !counted && n.now.Boot < at+reconverge {
			recent++
			last = max(last, at)
		}
	}
	if recent < 2 {
		return "", 0
	}
	return "several routers were lost at once; they may be back in a moment", last + reconverge
}
