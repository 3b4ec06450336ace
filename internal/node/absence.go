package node

import (
	"maps"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// absence is why an instance without a record may still hold something.
type absence struct {
	since     time.Duration
	deadAfter time.Duration // 0: never by itself
	announced time.Duration // dead_after as its record said; deadAfter can be longer, or shorter
	forever   bool          // maintenance: what can be reached is not touched
	returned  bool          // it had let go of it, and could then not be reached for a while
	uncounted bool          // of link scope: the node record does not tell whether it is among the others
	released  bool          // its last word was that it does not hold it
	boot      discovery.BootID
	version   discovery.Version // of the last record; zero: none was ever seen
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
	a := n.absenceOf(p, &r)
	if n.now.Boot < p.upSince+lateBy { // of before; it may have been detached since
		a.deadAfter = n.silence(b.DeadAfter)
	}
	if released {
		a.released, a.deadAfter, a.forever = true, lateBy, false
	}
	if leaving || !n.concerns(b) && !n.mayConcern(p, b) {
		delete(p.absent, name)
	} else {
		p.absent[name] = a
	}
	n.markConcerned(b)
	n.unlearnService(p, name)
	if i := n.instances[name]; i != nil {
		n.left(i, p.id)
	}
}

// absenceOf is that of a record which said last that the peer holds the service.
func (n *Node) absenceOf(p *peer, r *discovery.Record) absence {
	b := r.Instance
	return absence{
		since: n.now.Boot, deadAfter: b.DeadAfter, announced: b.DeadAfter, boot: r.Boot, version: r.Version,
		forever: p.lastFlags.Has(discovery.Maintenance), uncounted: b.Scope.Kind == service.ScopeLink,
	}
}

// mayConcern: a node that can be reached held a service that is not configured here.
// That counts if a reload configures it. What it never releases by itself counts also if
// the node could be reached before, or can be within a minute: routers exchange what they
// hold before there is a way (10 s, measured).
func (n *Node) mayConcern(p *peer, b *discovery.Instance) bool {
	if !n.up(p.id) && !p.wasUp {
		n.tidyWake = min(n.tidyWake, n.now.Boot+strangerFor)
	}
	return (n.up(p.id) || b.DeadAfter == 0) && b.Holds() && len(p.absent) < maxInstances
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
	p.node = nil
	n.sights(p)
}
