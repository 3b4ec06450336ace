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
	wasUp     bool                // it could be reached at any time since it is known
	expect    time.Duration       // longest dead_after of what it is known to run, but for never
	lastFlags discovery.NodeFlags // of the last node record
}

// absence is why an instance without a record may still hold something.
type absence struct {
	since     time.Duration
	deadAfter time.Duration // 0: never by itself
	announced time.Duration // dead_after as its record said; deadAfter can be longer, or shorter
	forever   bool          // maintenance: what can be reached is not touched
	returned  bool          // it had let go of it, and could then not be reached for a while
	released  bool          // its last word was that it does not hold it
	boot      discovery.BootID
	version   discovery.Version // of the last record; zero: none was ever seen
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
			upSince: n.now.Boot, wasUp: n.up(id),
		}
		n.peers[id] = p
		at, _ := slices.BinarySearchFunc(n.everyPeer, id, (*peer).compare)
		n.everyPeer = slices.Insert(n.everyPeer, at, p)
		n.expectMembers(p)
	}
	return p
}

// expectMembers: a persisted member that can be reached may hold what it was
// known to run, until it says otherwise or its dead_after has passed.
func (n *Node) expectMembers(p *peer) {
	for _, m := range n.members {
		if m.Node == p.id && n.instances[m.Service] != nil {
			p.who.boot = m.Boot
			p.last[m.Service] = m.Version
			// Nor does a node record of an earlier life count: it would say that
			// the peer has settled, and holds nothing.
			p.newest.Incarnation = max(p.newest.Incarnation, m.Version.Incarnation)
			p.expect = max(p.expect, m.DeadAfter)
			n.expect(p, m.Service, absence{since: n.now.Boot, deadAfter: n.silence(m.DeadAfter), announced: m.DeadAfter, boot: m.Boot})
		}
	}
}

// silence is how long a member may hold what was once announced with deadAfter:
// unheard by this node, it may have been detached from it since. What it announces itself
// when it is detached is the same.
func (n *Node) silence(deadAfter time.Duration) time.Duration {
	if deadAfter == 0 {
		return 0
	}
	return max(deadAfter, n.opt.DetachFor+deadMargin)
}

// returns: a member can be reached again. What it had let go of it may have
// started since, and fallen silent, or been detached from.
func (n *Node) returns(p *peer) {
	for _, m := range n.members {
		_, here := p.instances[m.Service]
		_, doubted := p.absent[m.Service]
		if m.Node != p.id || here || doubted || n.instances[m.Service] == nil {
			continue
		}
		p.expect = max(p.expect, m.DeadAfter)
		n.expect(p, m.Service, absence{
			since: n.now.Boot, deadAfter: n.silence(m.DeadAfter), announced: m.DeadAfter, returned: true, boot: p.who.boot, version: p.last[m.Service],
		})
	}
}

func (n *Node) expect(p *peer, name string, a absence) {
	p.absent[name] = a
	n.mark(n.instances[name].unit)
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
	n.hearConfirmations(r.Node.Confirmed)
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
	n.unlearnService(p, name)
	if i := n.instances[name]; i != nil {
		n.mark(i.unit)
	}
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
	n.hearConfirmations(r.Instance.Confirmed)
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

// fallSilent begins the time of silence anew when the last record is gone: until
// now the peer lived, and may have renewed what it holds.
func (n *Node) fallSilent(p *peer) {
	if p.talks() {
		return
	}
	for name, a := range p.absent {
		a.since = n.now.Boot
		p.absent[name] = a
	}
	n.markPeer(p)
}

// vanish: the record of an instance is no more. What it held, it may
// still hold.
func (n *Node) vanish(p *peer, name string) {
	r := p.instances[name]
	delete(p.instances, name)
	b := r.Instance
	p.here.remove(b)
	n.indexAddresses(p.id, b, nil)
	fresh := n.inSight(p, name)
	released := !b.Holds() && fresh
	leaving := (p.lastFlags.Has(discovery.NodeLeaving) || b.Flags.Has(discovery.Leaving)) && fresh
	delete(p.heardAt, name)
	a := absence{
		since: n.now.Boot, deadAfter: b.DeadAfter, announced: b.DeadAfter, boot: r.Boot, version: r.Version,
		forever: p.lastFlags.Has(discovery.Maintenance), released: released,
	}
	if n.now.Boot < p.upSince+lateBy { // of before; it may have been detached since
		a.deadAfter = n.silence(b.DeadAfter)
	}
	if released {
		a.deadAfter, a.forever = lateBy, false
	}
	if leaving || !n.concerns(b) && !n.mayConcern(p, b) {
		delete(p.absent, name)
	} else {
		p.absent[name] = a
	}
	n.unlearnService(p, name)
	if i := n.instances[name]; i != nil {
		n.left(i, p.id)
		n.mark(i.unit)
	}
}

// mayConcern: a node that can be reached held a service that is not configured here.
// That counts if a reload configures it. What it never releases by itself counts also if
// the node could be reached before: it may be again.
func (n *Node) mayConcern(p *peer, b *discovery.Instance) bool {
	return (n.up(p.id) || p.wasUp && b.DeadAfter == 0) && b.Holds() && len(p.absent) < maxInstances
}

// inSight reports whether the last word of a peer about a service is the last
// one indeed. What it said before it could not be reached for a while may be out
// of date: it may have started something since, and died. A database that joins
// the others still holds that for a moment.
func (n *Node) inSight(p *peer, name string) bool {
	return n.up(p.id) && p.heardAt[name] >= p.upSince && n.now.Boot >= p.upSince+lateBy
}

// forget: nothing is heard of the peer any more. What it said stays as the
// oldest that counts, and what it may hold is unknown.
func (n *Node) forget(p *peer) {
	for _, name := range slices.Sorted(maps.Keys(p.instances)) {
		n.vanish(p, name)
	}
	for _, name := range slices.Sorted(maps.Keys(p.pending)) {
		n.dropPending(p, name)
	}
	p.node, p.upSince = nil, n.now.Boot
}
