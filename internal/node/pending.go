package node

import (
	"srr/internal/discovery"
)

// pendingHolds: an instance record whose node record is not here says that the
// peer holds the service. Nobody ranks by it, but the service is not free. The
// node record may be late (a lost update is sent again after 5 s, and may be lost
// again) while the holder runs.
func (n *Node) pendingHolds(p *peer, r *discovery.Record) bool {
	name := r.Instance.Service
	return r.Instance.Holds() && !r.Version.Less(p.last[name]) && !n.isConfirmed(p.id, name, r.Boot, r.Version.Incarnation)
}

// dropPending: a record that waited for its node record is no more, or nobody
// will count it any more. What it said last that the peer holds, it may still hold.
func (n *Node) dropPending(p *peer, name string) {
	r := p.pending[name]
	delete(p.pending, name)
	n.markConcerned(r.Instance)
	if a, doubted := p.absent[name]; !n.pendingHolds(p, &r) || !n.concerns(r.Instance) || doubted && !a.version.Less(r.Version) {
		return
	}
	p.absent[name] = n.absenceOf(p, &r)
}

// markConcerned marks the units that a record is about.
func (n *Node) markConcerned(b *discovery.Instance) {
	n.mark(n.units[unitOf(b)])
	if i := n.instances[b.Service]; i != nil {
		n.mark(i.unit)
	}
}
