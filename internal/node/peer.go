package node

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// peer is what is known of another node. Records of an incarnation whose node
// record has not arrived wait in pending and influence nothing.
type peer struct {
	id          routerid.ID
	node        *discovery.Record // of the current incarnation; nil: gone, or never seen
	boot        discovery.BootID
	newest      discovery.Version // of the node record
	instances   map[string]discovery.Record
	heardAt     map[string]time.Duration     // when each of instances arrived
	last        map[string]discovery.Version // of each service: what is older never counts
	pending     map[string]discovery.Record
	absent      map[string]absence // of services held, or never heard of, while the node is reachable
	upSince     time.Duration
	expect      time.Duration // longest dead_after of what it is known to run, but for never
	duplicate   bool
	duplicateAt time.Duration
	lastFlags   discovery.NodeFlags // of the last node record
}

// absence is why an instance without a record may still hold something.
type absence struct {
	since     time.Duration
	deadAfter time.Duration // 0: never by itself
	forever   bool          // maintenance: what can be reached is not touched
	boot      discovery.BootID
	version   discovery.Version // of the last record; zero: none was ever seen
}

// known is a service that some record names.
type known struct {
	unit     service.Unit
	authors  map[routerid.ID]struct{}
	critical map[routerid.ID]bool
}

func (n *Node) peer(id routerid.ID) *peer {
	p := n.peers[id]
	if p == nil {
		p = &peer{
			id: id, instances: map[string]discovery.Record{}, heardAt: map[string]time.Duration{}, last: map[string]discovery.Version{},
			pending: map[string]discovery.Record{}, absent: map[string]absence{},
			upSince: n.now.Boot,
		}
		n.peers[id] = p
		n.expectMembers(p)
	}
	return p
}

// expectMembers: a persisted member that can be reached may hold what it was
// known to run, until it says otherwise or its dead_after has passed.
func (n *Node) expectMembers(p *peer) {
	for _, m := range n.members {
		if m.Node == p.id && n.instances[m.Service] != nil {
			p.absent[m.Service] = absence{since: n.now.Boot, deadAfter: m.DeadAfter}
			p.last[m.Service] = m.Version
			p.expect = max(p.expect, m.DeadAfter)
			n.mark(n.instances[m.Service].unit)
		}
	}
}

// seen takes a record, from whomever.
func (n *Node) seen(r discovery.Record) {
	if r.Author == n.opt.RouterID {
		n.echo(r)
		return
	}
	p := n.peer(r.Author)
	if p.node != nil && r.Version.Incarnation == p.node.Version.Incarnation && r.Nonce != p.node.Nonce {
		n.markDuplicate(p)
		return
	}
	if r.Node != nil {
		n.seenNode(p, r)
	} else if r.Instance != nil {
		n.seenInstance(p, r)
	}
}

func (n *Node) markDuplicate(p *peer) {
	if !p.duplicate {
		p.duplicate, p.duplicateAt = true, n.now.Boot
		n.alarm("duplicate "+p.id.String(), "two nodes use router ID "+p.id.String()+": neither counts until one of them is changed")
		n.markPeer(p)
	}
}

func (n *Node) seenNode(p *peer, r discovery.Record) {
	if r.Version.Less(p.newest) || p.node != nil && !p.newest.Less(r.Version) {
		return
	}
	fresh := p.node == nil || p.node.Version.Incarnation != r.Version.Incarnation
	p.newest = r.Version
	old := p.lastFlags
	p.node, p.lastFlags = &r, r.Node.Flags
	if fresh {
		n.newIncarnation(p, r)
		p.duplicate = false
		n.alarm("duplicate "+p.id.String(), "")
	}
	n.believeSettled(p)
	for _, c := range r.Node.Confirmed {
		n.learnConfirmation(c)
	}
	for _, ui := range r.Node.Intents {
		n.learnIntent(ui.Unit, ui.Intent)
	}
	if fresh || old != r.Node.Flags {
		n.markPeer(p)
	}
	n.gate.moved(n.now.Boot)
}

// newIncarnation drops what an earlier life of the peer said. Of the same boot
// it may still hold that; a rebooted host holds only what it claims again.
func (n *Node) newIncarnation(p *peer, r discovery.Record) {
	same := p.boot == r.Boot
	p.boot = r.Boot
	for name, old := range p.instances {
		if old.Version.Incarnation != r.Version.Incarnation {
			n.vanish(p, name, same)
		}
	}
	if !same {
		for name, a := range p.absent {
			if a.version != (discovery.Version{}) {
				n.unexpect(p, name)
			}
		}
	}
	for name, rec := range p.pending {
		if rec.Version.Incarnation == r.Version.Incarnation {
			delete(p.pending, name)
			n.seenInstance(p, rec)
		} else if rec.Version.Incarnation < r.Version.Incarnation {
			delete(p.pending, name)
		}
	}
	n.event(Event{Kind: EventPeer, Subject: p.id.String(), Detail: fmt.Sprintf("%s runs srrd, incarnation %d", r.Node.Name, r.Version.Incarnation)})
}

// believeSettled: the peer says that every instance that it holds has a record.
// That counts when as many records are here as it flooded; until then, the one
// that tells of a started service may still be on its way.
func (n *Node) believeSettled(p *peer) {
	if len(p.absent) == 0 || p.node == nil || !p.node.Node.Flags.Has(discovery.Settled) {
		return
	}
	here := 0
	for _, r := range p.instances {
		if !r.Instance.Flags.Has(discovery.Leaving) {
			here++
		}
	}
	if here < p.node.Node.Instances {
		return
	}
	for name, a := range p.absent {
		if a.version.Incarnation < p.node.Version.Incarnation {
			n.unexpect(p, name)
		}
	}
}

func (n *Node) unexpect(p *peer, name string) {
	delete(p.absent, name)
	if i := n.instances[name]; i != nil {
		n.mark(i.unit)
	}
}

func (n *Node) seenInstance(p *peer, r discovery.Record) {
	name := r.Instance.Service
	if p.node == nil || r.Version.Incarnation != p.node.Version.Incarnation {
		if old, ok := p.pending[name]; (!ok || old.Version.Less(r.Version)) && p.newest.Incarnation <= r.Version.Incarnation {
			p.pending[name] = r
		}
		return
	}
	old, had := p.instances[name]
	if r.Version.Less(p.last[name]) || had && !old.Version.Less(r.Version) {
		return
	}
	p.last[name] = r.Version
	p.instances[name], p.heardAt[name] = r, n.now.Boot
	delete(p.absent, name)
	if r.Instance.State != service.FailedHeld {
		n.unconfirm(p.id, name)
	}
	n.believeSettled(p)
	n.learnService(p, r)
	n.learnIntent(unitOf(r.Instance), r.Instance.Intent)
	if i := n.instances[name]; i != nil {
		n.remember(p.id, &r)
		p.expect = max(p.expect, r.Instance.DeadAfter)
		if !had {
			n.joined(i, p.id)
		}
	}
	if !had {
		n.gate.moved(n.now.Boot)
	}
}

func unitOf(b *discovery.Instance) service.Unit {
	if b.Group != "" {
		return service.Unit{Name: b.Group, Group: true}
	}
	return service.Unit{Name: b.Service}
}

// learnService keeps the index of services and marks the unit.
func (n *Node) learnService(p *peer, r discovery.Record) {
	k := n.services[r.Instance.Service]
	if k == nil {
		k = &known{authors: map[routerid.ID]struct{}{}, critical: map[routerid.ID]bool{}}
		n.services[r.Instance.Service] = k
	}
	k.unit = unitOf(r.Instance)
	k.authors[p.id] = struct{}{}
	k.critical[p.id] = r.Instance.Critical
	u := unitOf(r.Instance)
	if own := n.units[u]; own != nil {
		own.services[r.Instance.Service] = struct{}{}
		n.mark(own)
	}
	if i := n.instances[r.Instance.Service]; i != nil {
		n.mark(i.unit)
	}
}

// gone takes the flush of a record.
func (n *Node) gone(e discovery.Gone) {
	if e.Key.Author == n.opt.RouterID {
		return
	}
	p := n.peers[e.Key.Author]
	if p == nil {
		return
	}
	if e.Key.Service != "" {
		delete(p.pending, e.Key.Service)
		if r, ok := p.instances[e.Key.Service]; ok && !e.Version.Less(r.Version) {
			n.vanish(p, e.Key.Service, true)
		}
		return
	}
	if p.node == nil || e.Version.Less(p.node.Version) {
		return
	}
	n.event(Event{Kind: EventPeer, Subject: p.id.String(), Detail: "its node record is gone"})
	for _, name := range slices.Sorted(maps.Keys(p.instances)) {
		r := p.instances[name]
		n.vanish(p, name, true)
		p.pending[name] = r // counts again if the node record comes back
	}
	p.node = nil
	n.markPeer(p)
	n.gate.moved(n.now.Boot)
}

// vanish: the record of an instance is no more. sameBoot: what it held, it may
// still hold.
func (n *Node) vanish(p *peer, name string, sameBoot bool) {
	r := p.instances[name]
	delete(p.instances, name)
	b := r.Instance
	released := !b.Holds()
	// What was said before the node could not be reached for a while may be
	// out of date: it may have started something since, and died.
	released = released && n.up(p.id) && p.heardAt[name] >= p.upSince
	delete(p.heardAt, name)
	if p.lastFlags.Has(discovery.NodeLeaving) || b.Flags.Has(discovery.Leaving) || released || !sameBoot {
		delete(p.absent, name)
	} else {
		p.absent[name] = absence{
			since: n.now.Boot, deadAfter: b.DeadAfter, boot: r.Boot, version: r.Version,
			forever: p.lastFlags.Has(discovery.Maintenance),
		}
	}
	if i := n.instances[name]; i != nil {
		n.left(i, p.id)
		n.mark(i.unit)
	}
}

// forget: nothing is heard of the peer any more. What it said stays as the
// oldest that counts, and what it may hold is unknown.
func (n *Node) forget(p *peer) {
	for _, name := range slices.Sorted(maps.Keys(p.instances)) {
		n.vanish(p, name, true)
	}
	p.node, p.upSince = nil, n.now.Boot
	clear(p.pending)
}

// reachable takes the level of all routers that can be reached.
func (n *Node) reachable(e discovery.Reachable) {
	before := n.reach
	n.reach = e.Routers
	for id, r := range e.Routers {
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
	for id := range before {
		if _, ok := e.Routers[id]; !ok && before[id].State != discovery.ReachDown {
			n.reachChanged(id, false)
		}
	}
}

func (n *Node) reachChanged(id routerid.ID, up bool) {
	n.gate.moved(n.now.Boot)
	p := n.peers[id]
	if p == nil {
		return
	}
	word := "cannot be reached any more"
	if up {
		word = "can be reached"
		p.upSince = n.now.Boot
		for name, a := range p.absent { // nobody watched it meanwhile
			a.since = n.now.Boot
			p.absent[name] = a
		}
	}
	n.event(Event{Kind: EventPeer, Subject: id.String(), Detail: word})
	for name := range p.instances {
		if i := n.instances[name]; i != nil && !up {
			n.left(i, id)
		} else if i != nil {
			n.joined(i, id)
		}
	}
	n.markPeer(p)
}

func (n *Node) isMember(id routerid.ID) bool {
	if n.peers[id] != nil {
		return true
	}
	for _, m := range n.members {
		if m.Node == id {
			return true
		}
	}
	return false
}

func (n *Node) up(id routerid.ID) bool { return n.reach[id].State != discovery.ReachDown }

// markPeer marks every unit that the peer has, or may have, a part in.
func (n *Node) markPeer(p *peer) {
	for name := range p.instances {
		if i := n.instances[name]; i != nil {
			n.mark(i.unit)
		}
	}
	for name := range p.absent {
		if i := n.instances[name]; i != nil {
			n.mark(i.unit)
		}
	}
}
