package node

import (
	"fmt"
	"slices"

	"srr/internal/routerid"
	"srr/internal/selection"
	"srr/internal/service"
)

// failed reports whether a critical member of a unit has failed on a peer.
func (p *peer) failed(u service.Unit) bool {
	for _, r := range p.instances {
		s := r.Instance.State
		if r.Instance.Critical && (s == service.FailedReleased || s == service.FailedHeld) && unitOf(r.Instance) == u {
			return true
		}
	}
	return false
}

// differs tells about services that are configured differently on other nodes.
func (n *Node) differs(u *unit) {
	for _, i := range u.members {
		if text := u.view.difference(i); i.differs != text {
			i.differs = text
			n.alarm("differs "+i.spec.Name, text)
		}
	}
}

// noteDiffering notes who is not configured as the reference. With another reference, or
// none, ranks change, and who has begun by those of before is not heard yet: this node
// waits a moment before it begins (decision 116).
func (n *Node) noteDiffering(u *unit) {
	same := func(id routerid.ID) bool {
		return slices.ContainsFunc(u.view.order, func(c selection.Candidate) bool { return c.Node == id && c.SameConfig })
	}
	before := len(u.differing)
	u.differing = slices.DeleteFunc(u.differing, same)
	moved := len(u.differing) < before
	for i := range u.view.order {
		if c := &u.view.order[i]; !c.SameConfig && !slices.Contains(u.differing, c.Node) {
			u.differing, moved = append(u.differing, c.Node), true
		}
	}
	if moved {
		u.rankMoved = n.now.Boot
	}
}

// difference says who has a service configured differently; "" if nobody has.
func (v *view) difference(i *instance) (text string) {
	for _, e := range v.unit.Elsewhere {
		if e.Instance.Service == i.spec.Name {
			return fmt.Sprintf("%s on %s, %s here: only one of them can run it", inUnit(unitOf(e.Instance)), e.Node, inUnit(i.unit.key))
		}
	}
	for k := range v.facts {
		for _, m := range v.facts[k].Members {
			if m.Service == i.spec.Name && m.Digest != i.spec.Digest && v.facts[k].Reachable {
				text = "configured differently on " + v.facts[k].Node.String() + "; whoever differs from the node that runs it ranks lower"
			}
		}
	}
	return text
}

func inUnit(u service.Unit) string {
	if u.Group {
		return "in group " + u.Name
	}
	return "in no group"
}
