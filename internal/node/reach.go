package node

import (
	"maps"
	"slices"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// reachable takes the level of all routers that can be reached.
func (n *Node) reachable(e discovery.Reachable) {
	before := n.reach
	n.reach, n.suspects = e.Routers, suspects(e.Routers)
	n.losses(before)
	for _, id := range slices.Sorted(maps.Keys(e.Routers)) {
		r := e.Routers[id]
		if id == n.opt.RouterID {
			continue
		}
		if n.isMember(id) {
			n.peer(id)
		}
		if was := before[id]; (was.State == discovery.ReachDown) != (r.State == discovery.ReachDown) {
			n.reachChanged(id, r.State != discovery.ReachDown)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if _, ok := e.Routers[id]; !ok && before[id].State != discovery.ReachDown {
			n.reachChanged(id, false)
		}
	}
}

// suspects are the routers that the medium suspects, in order, as many as a record
// holds.
func suspects(routers map[routerid.ID]discovery.Reach) (ids []routerid.ID) {
	for id, r := range routers {
		if r.State == discovery.ReachSuspect {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids[:min(len(ids), discovery.MaxSuspects)]
}

// PeerLost is the detail of the event that the network has lost a node.
const PeerLost = "cannot be reached any more"

func (n *Node) reachChanged(id routerid.ID, up bool) {
	n.gate.moved(n.now.Boot)
	if !up {
		n.unconfirmAll(id)
	}
	p := n.peers[id]
	if p == nil {
		return
	}
	word := PeerLost
	if up {
		word = "can be reached"
		p.wasUp = true
		n.sights(p)
		for name, a := range p.absent { // nobody watched it meanwhile
			if a.released {
				n.unexpect(p, name) // it may have started that since: see returns
				continue
			}
			a.since, a.deadAfter = n.now.Boot, n.silence(a.deadAfter)
			p.absent[name] = a
		}
		n.returns(p)
	} else {
		p.watches = false
		n.outOfSight(p)
	}
	n.event(Event{Kind: EventPeer, Subject: id.String(), Detail: word})
	for _, name := range slices.Sorted(maps.Keys(p.instances)) {
		if i := n.instances[name]; i != nil && !up {
			n.left(i, id)
		} else if i != nil {
			n.joined(i, id)
		}
	}
	n.markPeer(p)
	n.tidy(p)
}

func (n *Node) isMember(id routerid.ID) bool {
	return n.peers[id] != nil || n.remembered(id)
}

func (n *Node) up(id routerid.ID) bool { return n.reach[id].State != discovery.ReachDown }

// markPeer marks every unit that the peer has, or may have, a part in.
func (n *Node) markPeer(p *peer) {
	for name := range p.instances {
		n.markPart(p, name)
	}
	for name := range p.absent {
		n.markPart(p, name)
	}
	for g := range p.who.held {
		n.markPart(p, g.service)
	}
}

// markPart marks the unit in which a service is here, and that in which the peer has it, where
// this node may have other members.
func (n *Node) markPart(p *peer, name string) {
	if i := n.instances[name]; i != nil {
		n.mark(i.unit)
	}
	if k := n.services[name]; k != nil {
		n.mark(n.units[k.part[p.id].unit])
	}
}
