package node

import (
	"slices"

	"srr/internal/routerid"
	"srr/internal/service"
)

// blocker is a node of which a service is not free.
type blocker struct {
	node    routerid.ID
	service string
	holding holding
	says    routerid.ID // another node that says so of it; 0: this one knows
}

func (b *blocker) String() string {
	if b.says != 0 {
		return b.service + " is unknown on " + b.node.String() + ", says " + b.says.String()
	}
	return b.service + " is " + b.holding.String()
}

// passes reports whether it ends by itself. What a node fell silent with, as another one
// says, does not: those that end are not told of.
func (b *blocker) passes() bool { return b.says == 0 && b.holding.passes() }

// block keeps of each node one blocker, rather one that does not pass by itself.
func (v *view) block(b blocker) {
	k := slices.IndexFunc(v.blockers, func(x blocker) bool { return x.node == b.node })
	switch {
	case k < 0:
		v.blockers = append(v.blockers, b)
	case v.blockers[k].passes() && !b.passes():
		v.blockers[k] = b
	}
}

// blocked says why nobody else may start; "" if all others released.
func (v *view) blocked() string {
	if len(v.blockers) == 0 {
		return ""
	}
	return v.blockers[0].String()
}

// inTheWay says what would keep a node from starting though the holder stopped: then
// it must not be made to stop.
func (v *view) inTheWay(node routerid.ID) string {
	if b := v.hinders(node); b != nil {
		return b.String()
	}
	return ""
}

// hinders is the blocker that inTheWay names, and of several one that does not pass
// by itself; nil: none. What the holder runs, it stops for a better node, but not a
// member of the unit that could not be stopped there.
func (v *view) hinders(node routerid.ID) (first *blocker) {
	for k := range v.blockers {
		b := &v.blockers[k]
		unclear := b.node == v.unclear
		switch {
		case b.node == v.holder && !unclear && b.passes() || b.node == node:
		case first == nil, first.passes() && !b.passes(), first.passes() == b.passes() && b.node < first.node:
			first = b
		}
	}
	return first
}

// hinders is the same for any node, and counts what could not be stopped on this one, too.
func (n *Node) hinders(u *unit, node routerid.ID) *blocker {
	for _, i := range u.members {
		if i.state == service.FailedHeld && node != n.opt.RouterID {
			return &blocker{n.opt.RouterID, i.spec.Name, holding{n.opt.RouterID, toldSo, i.state, never}, 0}
		}
	}
	for _, b := range n.abandonedIn(u) {
		if b.State == service.FailedHeld && node != n.opt.RouterID {
			return &blocker{n.opt.RouterID, b.Service, holding{n.opt.RouterID, toldSo, b.State, never}, 0}
		}
	}
	return u.view.hinders(node)
}
