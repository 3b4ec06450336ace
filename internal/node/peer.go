package node

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// peer is what is known of another node. Records of an incarnation whose node
// record has not arrived wait in pending; what they say that the peer holds is
// not free, and else they influence nothing (decision 30).
type peer struct {
	id        routerid.ID
	node      *discovery.Record // of the current incarnation; nil: gone, or never seen
	who       identity
	newest    discovery.Version // of the node record
	instances map[string]discovery.Record
	here      remaining                    // of instances: asked for at each look at each service
	heardAt   map[string]time.Duration     // when each of instances arrived
	last      map[string]discovery.Version // of each service: what is older never counts
	pending   map[string]discovery.Record
	keys      map[string]string  // of what is saved of each service
	absent    map[string]absence // of services held, or never heard of, while the node is reachable
	upSince   time.Duration
	watches   bool                // it can be reached for lateBy, see hearConfirmations
	wasUp     bool                // it could be reached at any time since it is known
	expect    time.Duration       // longest dead_after of what it is known to run, but for never
	lastFlags discovery.NodeFlags // of the last node record
}

// known is a service that some record names.
type known struct {
	authors []routerid.ID // sorted
	part    map[routerid.ID]part
}

// part is what an author says of a service in its unit: units differ where groups do.
type part struct {
	unit     service.Unit
	critical bool
}

// in reports whether anybody has the service in a unit.
func (k *known) in(u service.Unit) bool {
	for _, m := range k.part {
		if m.unit == u {
			return true
		}
	}
	return false
}

func (p *peer) compare(id routerid.ID) int { return cmp.Compare(p.id, id) }

func (n *Node) peer(id routerid.ID) *peer {
	p := n.peers[id]
	if p == nil {
		p = &peer{
			id: id, instances: map[string]discovery.Record{}, heardAt: map[string]time.Duration{}, last: map[string]discovery.Version{},
			pending: map[string]discovery.Record{}, keys: map[string]string{}, absent: map[string]absence{},
			wasUp: n.up(id),
		}
		n.sights(p)
		n.peers[id] = p
		at, _ := slices.BinarySearchFunc(n.everyPeer, id, (*peer).compare)
		n.everyPeer = slices.Insert(n.everyPeer, at, p)
		n.expectMembers(p)
	}
	return p
}

// seen takes a record, from whomever.
func (n *Node) seen(r discovery.Record) {
	if r.Author == n.opt.RouterID {
		n.echo(r)
		return
	}
	if n.tooMany(&r) {
		return
	}
	p := n.peer(r.Author)
	if p.node != nil && r.Version.Incarnation == p.node.Version.Incarnation && r.Nonce != p.node.Nonce {
		n.keepIfHeld(p, &r)
		n.share(p, never)
		return
	}
	if r.Node != nil {
		n.seenNode(p, r)
	} else if r.Instance != nil {
		n.seenInstance(p, r)
	}
}

func (n *Node) seenNode(p *peer, r discovery.Record) {
	if r.Version.Less(p.newest) || p.node != nil && !p.newest.Less(r.Version) {
		return
	}
	fresh := p.node == nil || p.node.Version.Incarnation != r.Version.Incarnation
	if p.node == nil {
		n.gate.moved(n.now.Boot) // one author more; news of known ones must not keep the gate closed
	}
	p.newest = r.Version
	n.identify(p, &r, fresh)
	old := p.lastFlags
	p.node, p.lastFlags = &r, r.Node.Flags
	if fresh {
		n.newIncarnation(p, r)
	}
	n.believeSettled(p)
	n.hearConfirmations(p, r.Node.Confirmed)
	for _, ui := range r.Node.Intents {
		n.learnIntent(ui.Unit, ui.Intent)
	}
	if fresh || old != r.Node.Flags {
		n.markPeer(p)
	}
}

// newIncarnation drops what an earlier life of the peer said. It may still hold
// that, or, if its host was rebooted, hold it again, until all its records are here.
func (n *Node) newIncarnation(p *peer, r discovery.Record) {
	for _, name := range slices.Sorted(maps.Keys(p.instances)) {
		if p.instances[name].Version.Incarnation != r.Version.Incarnation {
			n.vanish(p, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.pending)) {
		rec := p.pending[name]
		if rec.Version.Incarnation == r.Version.Incarnation {
			delete(p.pending, name)
			n.seenInstance(p, rec)
		} else if rec.Version.Incarnation < r.Version.Incarnation {
			n.dropPending(p, name)
		}
	}
	n.event(Event{Kind: EventPeer, Subject: p.id.String(), Detail: fmt.Sprintf("%s runs srrd, incarnation %d", r.Node.Name, r.Version.Incarnation)})
}

// believeSettled: the peer says that every instance that it holds has a record.
// That counts when all records are here that it flooded; until then, the one
// that tells of a started service may still be on its way.
func (n *Node) believeSettled(p *peer) {
	if len(p.absent) == 0 || !p.complete() {
		return
	}
	for name, a := range p.absent {
		if a.version.Incarnation < p.node.Version.Incarnation {
			n.unexpect(p, name)
		} else {
			n.markPart(p, name) // see holdAbsent
		}
	}
}

// complete reports whether the peer has settled, and all its records are here:
// of the same services, not just as many (decision 20).
func (p *peer) complete() bool {
	if p.node == nil || !p.node.Node.Flags.Has(discovery.Settled) {
		return false
	}
	return p.here == remaining{p.node.Node.Instances, p.node.Node.InstanceSet}
}

func (n *Node) unexpect(p *peer, name string) {
	delete(p.absent, name)
	n.markPart(p, name)
	n.unlearnService(p, name)
}

func (n *Node) seenInstance(p *peer, r discovery.Record) {
	name := r.Instance.Service
	if p.node == nil || r.Version.Incarnation != p.node.Version.Incarnation {
		if old, ok := p.pending[name]; (!ok || old.Version.Less(r.Version)) && p.newest.Incarnation <= r.Version.Incarnation {
			p.pending[name] = r
			n.markConcerned(r.Instance)
		}
		return
	}
	old, had := p.instances[name]
	if r.Version.Less(p.last[name]) || had && !old.Version.Less(r.Version) {
		return
	}
	p.last[name] = r.Version
	n.indexAddresses(p.id, old.Instance, r.Instance)
	if had {
		p.here.remove(old.Instance)
	}
	p.here.add(r.Instance)
	p.instances[name], p.heardAt[name] = r, n.now.Boot
	delete(p.absent, name)
	if _, gainsaid := p.gainsays(name); gainsaid {
		n.unconfirm(p.id, name)
	}
	n.believeSettled(p)
	n.learnService(p, r)
	n.learnIntent(unitOf(r.Instance), r.Instance.Intent)
	n.hearConfirmations(p, r.Instance.Confirmed)
	i := n.instances[name]
	if i == nil {
		n.correct(p, &r)
		return
	}
	n.remember(p, member(&r))
	p.expect = max(p.expect, r.Instance.DeadAfter)
	if !had {
		n.joined(i, p.id)
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
		k = &known{part: map[routerid.ID]part{}}
		n.services[r.Instance.Service] = k
	}
	if at, here := slices.BinarySearch(k.authors, p.id); !here {
		k.authors = slices.Insert(k.authors, at, p.id)
	}
	u, was := unitOf(r.Instance), k.part[p.id].unit
	k.part[p.id] = part{u, r.Instance.Critical}
	if was != u {
		n.quit(was, r.Instance.Service)
	}
	if own := n.units[u]; own != nil {
		own.takes(r.Instance.Service)
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
	defer n.tidy(p)
	if e.Key.Service != "" {
		if r, ok := p.instances[e.Key.Service]; ok && !e.Version.Less(r.Version) {
			n.vanish(p, e.Key.Service)
		}
		if r, ok := p.pending[e.Key.Service]; ok && !e.Version.Less(r.Version) {
			n.dropPending(p, e.Key.Service)
			n.fallSilent(p)
		}
		return
	}
	if p.node == nil || e.Version.Less(p.node.Version) {
		return
	}
	n.event(Event{Kind: EventPeer, Subject: p.id.String(), Detail: "its node record is gone"})
	for _, name := range slices.Sorted(maps.Keys(p.instances)) {
		r := p.instances[name]
		n.vanish(p, name)
		if next, waits := p.pending[name]; !waits || next.Version.Less(r.Version) {
			p.pending[name] = r // counts again if the node record comes back
		}
	}
	p.node = nil
	n.fallSilent(p)
	n.markPeer(p)
	n.gate.moved(n.now.Boot)
}

// talks reports whether any record of the peer is there: ospfd flushes all of
// them when srrd ends, so until the last one is gone it lives (decision 21).
func (p *peer) talks() bool { return p.node != nil || len(p.pending) > 0 }
