package spf

import (
	"math/bits"
	"slices"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// newGraph builds the graph of an area. An edge exists only if both ends
// describe it, so what one router claims alone, or a dead one left behind,
// connects nothing (RFC 2328, section 16.1, step 2b).
func newGraph(id packet.AreaID, routers []lsa[*packet.Router], networks []lsa[*packet.Network]) *area {
	a := &area{
		id:       id,
		routers:  make(map[routerid.ID]int, len(routers)),
		networks: make(map[packet.Quad]int, len(networks)),
	}
	b := builder{
		area: a, bodies: map[int]*packet.Router{}, lists: map[int]*packet.Network{},
		back: map[[2]int][]packet.Quad{},
	}
	for _, l := range routers {
		if l.ID != packet.Quad(l.AdvRouter) || l.AdvRouter == 0 {
			continue // section 12.4.1: they are the same
		}
		a.routers[l.AdvRouter] = len(a.nodes)
		b.bodies[len(a.nodes)] = l.body
		a.nodes = append(a.nodes, node{
			router: l.AdvRouter, flags: l.body.Flags, options: l.Options,
			stubs: stubs(l.body), origin: l.AdvRouter,
		})
	}
	for _, l := range networks {
		b.addNetwork(l)
	}
	b.indexLinks()
	b.connect()
	return a
}

func stubs(r *packet.Router) []stub {
	var out []stub
	for i := range r.Links {
		l := &r.Links[i]
		if l.Type != packet.LinkStub {
			continue
		}
		if p, ok := packet.Prefix(l.ID, l.Data); ok {
			out = append(out, stub{p, uint32(l.Metric)})
		}
	}
	return out
}

// builder holds what is needed only while a graph is built.
type builder struct {
	*area
	bodies map[int]*packet.Router
	lists  map[int]*packet.Network
	// back has, for a router and what its LSA says it is linked to, the
	// router's own addresses on these links, sorted.
	back map[[2]int][]packet.Quad
}

// addNetwork adds a transit network. Network LSAs of one link-state ID from two
// routers are left by a change of the designated router's ID: the one whose
// originator has that address now wins, else the later in the order of the database.
func (b *builder) addNetwork(l lsa[*packet.Network]) {
	i, known := b.networks[l.ID]
	if known && !b.isDesignated(l) {
		return
	}
	if !known {
		i = len(b.nodes)
		b.networks[l.ID] = i
		b.nodes = append(b.nodes, node{})
	}
	prefix, _ := packet.Prefix(l.ID, l.body.Mask)
	b.nodes[i] = node{prefix: prefix, lsid: l.ID, origin: l.AdvRouter, options: l.Options}
	b.lists[i] = l.body
}

func (b *builder) isDesignated(l lsa[*packet.Network]) bool {
	i, ok := b.routers[l.AdvRouter]
	return ok && slices.ContainsFunc(b.bodies[i].Links, func(k packet.RouterLink) bool {
		return k.Type == packet.LinkTransit && k.ID == l.ID && k.Data == l.ID
	})
}

// target is the vertex that a link leads to.
func (b *builder) target(l *packet.RouterLink) (int, bool) {
	var i int
	var ok bool
	switch l.Type {
	case packet.LinkPointToPoint:
		i, ok = b.routers[routerid.ID(l.ID)]
	case packet.LinkTransit:
		i, ok = b.networks[l.ID]
	}
	return i, ok
}

func (b *builder) indexLinks() {
	for from, body := range b.bodies {
		for i := range body.Links {
			if to, ok := b.target(&body.Links[i]); ok {
				k := [2]int{from, to}
				b.back[k] = append(b.back[k], body.Links[i].Data)
			}
		}
	}
	for _, data := range b.back {
		slices.Sort(data)
	}
}

// connect makes the edges that both ends describe.
func (b *builder) connect() {
	listed := map[[2]int]bool{} // network, router
	for n, list := range b.lists {
		for _, id := range list.Routers {
			r, ok := b.routers[id]
			if !ok || listed[[2]int{n, r}] {
				continue
			}
			listed[[2]int{n, r}] = true
			if own := b.back[[2]int{r, n}]; len(own) > 0 {
				b.nodes[n].edges = append(b.nodes[n].edges, edge{to: r, via: own[0]})
			}
		}
	}
	for from, body := range b.bodies {
		for i := range body.Links {
			l := &body.Links[i]
			to, ok := b.target(l)
			if !ok {
				continue
			}
			e := edge{to: to, cost: uint32(l.Metric), local: l.Data}
			if l.Type == packet.LinkTransit {
				ok = listed[[2]int{to, from}]
			} else {
				far := b.back[[2]int{to, from}]
				ok, e.via = len(far) > 0, farEnd(far, l.Data)
			}
			if ok && to != from {
				b.nodes[from].edges = append(b.nodes[from].edges, e)
			}
		}
	}
}

// farEnd picks the far end of the numbered point-to-point link with the near
// address local: of several parallel links it is the one with the longest
// common prefix, since both ends are in one subnet. In sorted order that is a
// neighbor of local. Zero if the link is unnumbered.
func farEnd(far []packet.Quad, local packet.Quad) packet.Quad {
	i, _ := slices.BinarySearch(far, local)
	best, bestBits := packet.Quad(0), -1
	for _, j := range [2]int{i - 1, i} {
		if j < 0 || j >= len(far) || isIndex(far[j]) {
			continue
		}
		if n := bits.LeadingZeros32(uint32(far[j] ^ local)); n > bestBits {
			best, bestBits = far[j], n
		}
	}
	return best
}
