package node

import (
	"fmt"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// Bounds of what others can make this node remember: anybody who can flood LSAs
// can do so in any name (S20).
const (
	maxPeers     = 1024
	maxInstances = 4096 // records of one peer, and what its earlier boots may hold
	maxConfirmed = 4096 // words of operators that others pass on
)

// tooMany reports whether a record is one more than this node keeps.
func (n *Node) tooMany(r *discovery.Record) bool {
	p := n.peers[r.Author]
	switch {
	case p == nil && len(n.peers) >= maxPeers:
		n.alarm("peers", fmt.Sprintf("more than %d nodes flood records in this cluster's name; the others count for nothing", maxPeers))
	case p != nil && r.Instance != nil && len(p.instances)+len(p.pending) >= maxInstances && !p.tells(r.Instance.Service):
		n.alarm("peers", fmt.Sprintf("%s floods records of more than %d services; the others count for nothing", p.id, maxInstances))
	default:
		return false
	}
	return true
}

func (p *peer) tells(name string) bool {
	_, here := p.instances[name]
	_, waits := p.pending[name]
	return here || waits
}

// concerns reports whether a service or its unit is configured here.
func (n *Node) concerns(b *discovery.Instance) bool {
	return n.instances[b.Service] != nil || n.units[unitOf(b)] != nil
}

// counts is the same of a service of which a peer has no record any more.
func (n *Node) counts(p *peer, name string) bool {
	k := n.services[name]
	return n.instances[name] != nil || k != nil && n.units[k.part[p.id].unit] != nil
}

// unlearnService ends a peer's part in a service of which it has no record any
// more, and holds nothing.
func (n *Node) unlearnService(p *peer, name string) {
	k := n.services[name]
	_, here := p.instances[name]
	if _, doubted := p.absent[name]; k == nil || here || doubted {
		return
	}
	if at, here := slices.BinarySearch(k.authors, p.id); here {
		k.authors = slices.Delete(k.authors, at, at+1)
	}
	was := k.part[p.id].unit
	delete(k.part, p.id)
	n.quit(was, name)
	if n.instances[name] != nil {
		return // the floor in last counts, whatever comes back
	}
	delete(p.last, name)
	if len(k.authors) == 0 {
		delete(n.services, name)
	}
}

// strangerFor is how long it is kept what a node held that could not be reached yet.
const strangerFor = time.Minute

// checkStrangers forgets who has not come within reach.
func (n *Node) checkStrangers() {
	if n.tidyWake > n.now.Boot {
		return
	}
	n.tidyWake = never
	for _, p := range slices.Clone(n.everyPeer) {
		n.tidy(p)
		for _, a := range p.absent {
			if end := a.since + strangerFor; !p.wasUp && end > n.now.Boot {
				n.tidyWake = min(n.tidyWake, end)
			}
		}
	}
}

// tidy forgets a peer of whom nothing is left that counts.
func (n *Node) tidy(p *peer) {
	if p.node != nil || len(p.instances)+len(p.pending) > 0 || n.up(p.id) {
		return
	}
	for name, a := range p.absent {
		if !n.counts(p, name) && (a.deadAfter > 0 || !p.wasUp && n.now.Boot >= a.since+strangerFor) {
			n.unexpect(p, name)
		}
	}
	if len(p.absent) == 0 && !n.remembered(p.id) {
		delete(n.peers, p.id)
		n.everyPeer = slices.DeleteFunc(n.everyPeer, func(x *peer) bool { return x == p })
	}
}

// pruneMembers drops what was persisted of services that are not configured here any more,
// but for who holds one and never releases it by himself: it may be configured again.
func (n *Node) pruneMembers() {
	for key, m := range n.members {
		if n.instances[m.Service] == nil && !foreverHeld(m) {
			delete(n.members, key)
			n.forgetSaved(key)
		}
	}
}

// remembered reports whether a node was known to have a service that is configured here.
func (n *Node) remembered(id routerid.ID) bool {
	for _, m := range n.members {
		if m.Node == id {
			return true
		}
	}
	return false
}
