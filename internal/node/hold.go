package node

import (
	"fmt"
	"time"

	"srr/internal/discovery"
	"srr/internal/selection"
	"srr/internal/service"
)

// hold says what a peer holds of a service: nothing to wait for, or why to
// wait and until when it may change by itself.
func (n *Node) hold(p *peer, name string) (blocked bool, why string, until time.Duration) {
	if !n.up(p.id) {
		return false, "", never // unreachable: released, in convergent mode
	}
	if r, ok := p.instances[name]; ok {
		if p.duplicate {
			return n.holdDuplicate(p, r)
		}
		return n.holdOf(p, r)
	}
	a, ok := p.absent[name]
	if !ok || n.isConfirmed(p.id, name, a.boot, a.version.Incarnation) {
		return false, "", never
	}
	who := p.id.String()
	if a.forever || a.deadAfter == 0 {
		return true, "unknown on " + who + ": srrd there is silent, and it never releases this by itself (srrctl confirm-stopped)", never
	}
	if end := a.since + a.deadAfter; end > n.now.Boot {
		return true, "unknown on " + who + ": srrd there is silent", end
	}
	return false, "", never
}

// holdDuplicate: of two nodes with one router ID nobody knows what either
// holds, until what was announced last has run out.
func (n *Node) holdDuplicate(p *peer, r discovery.Record) (blocked bool, why string, until time.Duration) {
	end := p.duplicateAt + r.Instance.DeadAfter
	if r.Instance.DeadAfter != 0 && end <= n.now.Boot {
		return false, "", never
	}
	if r.Instance.DeadAfter == 0 {
		end = never
	}
	return true, "unknown on " + p.id.String() + ": its router ID is used twice", end
}

func (n *Node) holdOf(p *peer, r discovery.Record) (blocked bool, why string, until time.Duration) {
	b := r.Instance
	switch {
	case !b.Holds():
		return false, "", never
	case b.State == service.FailedHeld && n.isConfirmed(p.id, b.Service, r.Boot, r.Version.Incarnation):
		return false, "", never
	}
	return true, fmt.Sprintf("%s on %s", b.State, p.id), never
}

// facts collects what selection wants to know of a peer for a unit.
func (n *Node) peerFacts(p *peer, u *unit) selection.Facts {
	f := selection.Facts{
		Node: p.id, Reachable: n.up(p.id), Known: p.node != nil,
		Duplicate: p.duplicate, Flags: p.lastFlags,
	}
	for name := range u.services {
		if r, ok := p.instances[name]; ok && unitOf(r.Instance) == u.key {
			f.Members = append(f.Members, r.Instance)
		} else if blocked, _, _ := n.hold(p, name); blocked {
			f.Unknown = true
		}
	}
	return f
}
