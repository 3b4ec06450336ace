package node

import (
	"slices"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/selection"
	"srr/internal/service"
)

// standing finds this node's place, and who of the better and the holders is active.
func (n *Node) standing(u *unit) {
	v := &u.view
	v.self = slices.IndexFunc(v.order, func(c selection.Candidate) bool { return c.Node == n.opt.RouterID })
	for i := range v.order {
		c := &v.order[i]
		if i == v.self || !v.active(c.Node) {
			continue
		}
		switch {
		case i > v.self || v.outranks != 0 || !c.Eligible() || holdsStarted(u) && v.guessed(c.Node):
		case n.serves(u) && v.joins(c.Node):
			v.awaited = c.Node
		default:
			v.outranks = c.Node
		}
		if c.Hold == selection.HoldsUnit && v.holder == 0 {
			v.holder = c.Node
		}
	}
	for i := range v.unit.Elsewhere {
		e := &v.unit.Elsewhere[i]
		if s := e.Instance.State; (s == service.Starting || s == service.Started) && e.Bars(&v.facts[0]) && v.outranks == 0 {
			v.outranks = e.Node
		}
	}
}

// guessed: of what the node has in the unit only a part is known, and nothing of that is
// started. Whether it holds the unit, or only is about to, its missing records will tell;
// what runs here goes on until then.
func (v *view) guessed(id routerid.ID) bool {
	f := v.of(id)
	return f.Unknown && !startedIn(f.Members)
}

// serves reports whether clients reach the unit here, and whether it may run on another
// node meanwhile: it needs no resource, and is released by its addresses.
func (n *Node) serves(u *unit) bool {
	announced := false
	for _, i := range u.members {
		if i.state.Held() && (i.spec.Resource() || i.spec.Release != service.ReleaseAddress) {
			return false
		}
		announced = announced || i.state == service.Started && n.routes[i.spec.Name].Announced
	}
	return announced
}

// joins reports whether a node has started the unit, and announces none of it until its
// join gate opens: it was cut off, or has lost its medium (decision 114).
func (v *view) joins(id routerid.ID) bool {
	f := v.of(id)
	return f.Flags&(discovery.CutOff|discovery.JoinGate) != 0 && !slices.ContainsFunc(f.Members, func(m *discovery.Instance) bool {
		return m.State == service.Starting || m.Flags.Has(discovery.Announced)
	})
}

// of are the facts of a node; none if nothing is known of it in the unit.
func (v *view) of(id routerid.ID) *selection.Facts {
	for i := range v.facts {
		if v.facts[i].Node == id {
			return &v.facts[i]
		}
	}
	return &selection.Facts{}
}
