package spf

import (
	"cmp"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// externalRoutes adds what is outside of the AS: section 16.4 for type 5, RFC
// 3101, section 2.5, for type 7 LSAs of each attached area.
func (b *calculation) externalRoutes() {
	for _, x := range b.topology.externals {
		b.addExternal(x, nil)
	}
	for _, t := range b.trees {
		for _, x := range t.area.nssas {
			b.addExternal(x, t)
		}
	}
}

// takesExternals reports whether the area is no stub area (RFC 2328, section
// 3.6). A type 5 LSA does not get into one, though the view may hold it.
func (t *tree) takesExternals() bool {
	return t.area.nodes[t.root].options.Has(packet.OptionE)
}

// addExternal looks at one LSA: steps 1 to 6 of section 16.4. within is the tree
// of the area that a type 7 LSA belongs to.
func (b *calculation) addExternal(x external, within *tree) {
	if x.from == b.Root || b.distrusts(x) {
		return
	}
	p, ok := b.boundary(x.from, within)
	if !ok {
		return
	}
	r := Route{
		Prefix: x.prefix, Type: External1, Origin: x.from, NSSA: x.nssa,
		Cost: p.Cost, Area: p.Area, NextHops: p.NextHops, Tag: x.metric.Tag,
		intra: p.Source == FromSPF, propagate: x.propagate, forwarding: x.metric.Forwarding,
	}
	if r.forwarding != 0 && !b.forward(&r, within) {
		return
	}
	if x.metric.Type2 {
		r.Type, r.Metric = External2, x.metric.Metric
	} else {
		r.Cost = add(r.Cost, x.metric.Metric)
	}
	b.offerExternal(r)
}

// distrusts: a border router takes a default route from an NSSA only if it is
// meant for others, too (RFC 3101, section 2.5, step 3); two border routers could
// send packets to each other otherwise.
func (b *calculation) distrusts(x external) bool {
	return x.nssa && x.prefix.Bits() == 0 && !x.propagate && b.isBorder()
}

// boundary selects the path to an AS boundary router: step 3 and section
// 16.4.1, without the compatibility to RFC 1583.
func (b *calculation) boundary(id routerid.ID, within *tree) (Path, bool) {
	var best Path
	found := false
	for _, p := range b.routers[id] {
		if !p.Flags.Has(packet.RouterE) || !b.usable(p, within) {
			continue
		}
		if !found || p.toBoundary(best) < 0 {
			best, found = p, true
		}
	}
	return best, found
}

// usable: a type 7 LSA counts within its area, a type 5 LSA across all that are
// no stub areas.
func (b *calculation) usable(p Path, within *tree) bool {
	if within != nil {
		return p.Area == within.area.id && p.Source == FromSPF
	}
	for _, t := range b.trees {
		if t.area.id == p.Area {
			return t.takesExternals()
		}
	}
	return false
}

// preferred paths are intra-area paths outside of the backbone (section 16.4.1).
func (p Path) preferred() bool { return p.Source == FromSPF && p.Area != packet.Backbone }

func (r *Route) preferred() bool { return r.intra && r.Area != packet.Backbone }

// toBoundary orders paths to an AS boundary router, the best first.
func (p Path) toBoundary(q Path) int {
	return cmp.Or(
		compareBool(q.preferred(), p.preferred()),
		cmp.Compare(p.Cost, q.Cost),
		cmp.Compare(q.Area, p.Area),
	)
}

// forward replaces the path to the AS boundary router by the one to the
// forwarding address: step 3. False if there is none, or if it is the root.
func (b *calculation) forward(r *Route, within *tree) bool {
	addr := r.forwarding.Addr()
	owner := b.topology.owners[r.forwarding]
	in := b.inside(addr)
	if in == nil || owner == b.Root {
		return false
	}
	if within != nil && (in.Type != IntraArea || in.Area != within.area.id) {
		return false
	}
	r.Cost, r.Area, r.NextHops = in.Cost, in.Area, nil
	r.intra = in.Type == IntraArea
	for _, h := range in.NextHops {
		if h.Direct() {
			h.Router, h.Via = owner, addr
		}
		r.NextHops = merge(r.NextHops, []NextHop{h})
	}
	return true
}

// offerExternal installs an external route unless there is a better one: step 6.
func (b *calculation) offerExternal(r Route) {
	old := b.routes[r.Prefix]
	if old == nil {
		b.routes[r.Prefix] = &r
		return
	}
	c := cmp.Or(
		cmp.Compare(r.Type, old.Type),
		cmp.Compare(r.Metric, old.Metric),
		compareBool(old.preferred(), r.preferred()),
		cmp.Compare(r.Cost, old.Cost),
		r.compareSame(old),
	)
	switch {
	case c < 0:
		b.routes[r.Prefix] = &r
	case c == 0:
		old.NextHops = merge(old.NextHops, r.NextHops)
	}
}

// compareSame decides between LSAs that say the same with the same forwarding
// address: one type 7 LSA and its translation, or two translations (RFC 3101,
// section 2.5, step 6e). Zero if they do not.
func (r *Route) compareSame(o *Route) int {
	if r.forwarding == 0 || r.forwarding != o.forwarding || o.Type < External1 {
		return 0
	}
	return cmp.Or(cmp.Compare(r.rank(), o.rank()), cmp.Compare(o.Origin, r.Origin))
}

func (r *Route) rank() int {
	switch {
	case r.NSSA && r.propagate:
		return 0
	case !r.NSSA:
		return 1
	}
	return 2
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
