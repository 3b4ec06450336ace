package node

import (
	"cmp"
	"slices"

	"srr/internal/discovery"
	"srr/internal/selection"
	"srr/internal/service"
)

// stuck lists the units that run here and could not leave, and why, sorted.
func (n *Node) stuck() (names []string) {
	for _, u := range n.units {
		if n.judge(u); !holdsAny(u) {
			continue
		}
		if why := n.whyStays(u); why != "" {
			names = append(names, u.key.String()+" ("+why+")")
		}
	}
	slices.Sort(names)
	return names
}

// couldLeave: another node can take the unit, perhaps a little later.
func (n *Node) couldLeave(u *unit) bool { return n.whyStays(u) == "" }

// whyStays says what keeps the best of the other nodes from taking the unit; "" if one can.
func (n *Node) whyStays(u *unit) string {
	best := ""
	for k := range u.view.order {
		c := &u.view.order[k]
		if c.Node == n.opt.RouterID {
			continue
		}
		why := n.cannotTake(u, c)
		if why == "" {
			return ""
		}
		best = cmp.Or(best, c.Node.String()+": "+why)
	}
	return cmp.Or(best, "no other node has it")
}

// stays says why an instance runs on although the node is drained; "" if another node may
// take it any moment, or if it need not leave.
func (n *Node) stays(i *instance) string {
	if !n.flags.Has(discovery.Drained) || i.state != service.Starting && i.state != service.Started {
		return ""
	}
	if n.maintenance() && !n.givesWay(i.unit) {
		return "this node is in maintenance"
	}
	if why := n.whyStays(i.unit); why != "" {
		return "no other node can take it: " + why
	}
	return ""
}

// cannotTake says what keeps a node from taking the unit; "" if it can.
func (n *Node) cannotTake(u *unit, c *selection.Candidate) string {
	switch {
	case !c.Eligible():
		return c.Bar.String()
	case c.Drained:
		return "drained"
	case c.Maintained:
		return "in maintenance"
	case c.HeldOff:
		return "held off after a failure"
	case n.flags.Has(discovery.DrainHard) && c.Node == u.view.awaited:
		return "in its join gate"
	}
	if b := n.hinders(u, c.Node); b != nil && !b.passes() {
		return b.String()
	}
	return ""
}
