package node

import (
	"slices"

	"srr/internal/routerid"
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

func (v *view) block(b blocker) {
	if !slices.ContainsFunc(v.blockers, func(x blocker) bool { return x.node == b.node }) {
		v.blockers = append(v.blockers, b)
	}
}

// blocked says why nobody else may start; "" if all others released.
func (v *view) blocked() string {
	if len(v.blockers) == 0 {
		return ""
	}
	return v.blockers[0].String()
}

// inTheWay says who besides the holder would keep a node from starting: then
// the holder must not be made to stop.
func (v *view) inTheWay(node routerid.ID) string {
	if b := v.hinders(node); b != nil {
		return b.String()
	}
	return ""
}

// hinders is the blocker that inTheWay names, and of several one that does not pass
// by itself; nil: none.
func (v *view) hinders(node routerid.ID) (first *blocker) {
	for k := range v.blockers {
		b := &v.blockers[k]
		unclear := b.node == v.unclear
		switch {
		case b.node == v.holder && !unclear || b.node == node:
		case first == nil, first.holding.passes() && !b.holding.passes(), first.holding.passes() == b.holding.passes() && b.node < first.node:
			first = b
		}
	}
	return first
}
