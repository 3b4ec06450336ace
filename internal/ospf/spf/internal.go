package spf

import (
	"net/netip"

	"srr/internal/ospf/packet"
)

// addRouters notes the routers that a tree reaches.
func (b *calculation) addRouters(t *tree) {
	for id := range t.area.routers {
		if p, ok := t.path(id); ok {
			b.routers[id] = append(b.routers[id], p)
		}
	}
}

// intraRoutes adds transit and stub networks: the second stage of section 16.1.
func (b *calculation) intraRoutes() {
	for _, t := range b.trees {
		for i := range t.area.nodes {
			if !t.done[i] {
				continue
			}
			n := &t.area.nodes[i]
			r := Route{Area: t.area.id, Origin: n.origin, Cost: t.cost[i], NextHops: t.hops[i]}
			if n.router == 0 && n.prefix.IsValid() {
				r.Prefix = n.prefix
				b.offer(r)
			}
			for _, s := range n.stubs {
				b.offer(b.stubRoute(r, s, i == t.root))
			}
		}
	}
}

func (b *calculation) stubRoute(r Route, s stub, own bool) Route {
	r.Prefix, r.Cost = s.prefix, add(r.Cost, s.cost)
	if own {
		r.NextHops = []NextHop{{}}
	}
	return r
}

// offer installs an intra-area or inter-area route unless there is a better one.
// Equal ones share the destination.
func (b *calculation) offer(r Route) {
	old := b.routes[r.Prefix]
	switch {
	case old == nil || r.Type < old.Type || r.Type == old.Type && r.Cost < old.Cost:
		b.routes[r.Prefix] = &r
	case r.Type == old.Type && r.Cost == old.Cost:
		old.NextHops = merge(old.NextHops, r.NextHops)
	}
}

// isBorder reports whether the root says that it is an area border router.
func (b *calculation) isBorder() bool {
	for _, t := range b.trees {
		if t.area.nodes[t.root].flags.Has(packet.RouterB) {
			return true
		}
	}
	return false
}

// summaryTrees are the areas whose summaries count: the backbone alone for an
// area border router, lest it routes through the areas that it serves (section
// 16.2). Like other implementations this one requires a backbone that works
// (RFC 3509, section 2.1), and it takes what there is if the view has none.
func (b *calculation) summaryTrees() []*tree {
	if b.isBorder() {
		for i, t := range b.trees {
			if t.area.id == packet.Backbone && t.reachesRouter() {
				return b.trees[i : i+1]
			}
		}
	}
	return b.trees
}

// reachesRouter reports whether the root has company in the area.
func (t *tree) reachesRouter() bool {
	for _, i := range t.area.routers {
		if t.done[i] && i != t.root {
			return true
		}
	}
	return false
}

// border returns the path to the area border router that originated s, if it
// is one (section 16.2, steps 1 to 4). The root's own summaries have none.
func (t *tree) border(s summary) (Path, bool) {
	p, ok := t.path(s.from)
	return p, ok && p.Flags.Has(packet.RouterB)
}

// interRoutes adds the networks of other areas: section 16.2 for type 3.
func (b *calculation) interRoutes() {
	for _, t := range b.summaryTrees() {
		for _, s := range t.area.summaries {
			if p, ok := t.border(s); ok {
				b.offer(Route{
					Prefix: s.prefix, Type: InterArea, Cost: add(p.Cost, s.metric),
					Area: t.area.id, Origin: s.from, NextHops: p.NextHops,
				})
			}
		}
	}
}

// interRouters adds the AS boundary routers of other areas: section 16.2 for
// type 4. A path within the same area is better than any summary.
func (b *calculation) interRouters() {
	for _, t := range b.summaryTrees() {
		for _, s := range t.area.asbrs {
			p, ok := t.border(s)
			if _, within := t.path(s.router); !ok || within || s.router == b.Root || s.router == 0 {
				continue
			}
			b.offerRouter(s, Path{
				Cost: add(p.Cost, s.metric), Area: t.area.id, Source: FromType4,
				Border: s.from, Flags: packet.RouterE, NextHops: p.NextHops,
			})
		}
	}
}

func (b *calculation) offerRouter(s summary, p Path) {
	paths := b.routers[s.router]
	for i, old := range paths {
		if old.Area != p.Area || old.Source != FromType4 {
			continue
		}
		switch {
		case p.Cost < old.Cost:
			paths[i] = p
		case p.Cost == old.Cost:
			paths[i].NextHops = merge(old.NextHops, p.NextHops)
			paths[i].Border = min(old.Border, p.Border)
		}
		return
	}
	b.routers[s.router] = append(paths, p)
}

// inside finds the longest intra-area or inter-area route that holds addr.
func (b *calculation) inside(addr netip.Addr) *Route {
	for n := 32; n >= 0; n-- {
		p, _ := addr.Prefix(n)
		if r := b.routes[p]; r != nil && r.Type <= InterArea {
			return r
		}
	}
	return nil
}
