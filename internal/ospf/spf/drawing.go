package spf

import (
	"cmp"
	"net/netip"
	"slices"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// Vertex is a router or a transit network, as one would draw it.
type Vertex struct {
	Router routerid.ID  // zero: a network
	Prefix netip.Prefix // of a network; invalid if its mask is not contiguous
	ID     packet.Quad  // of a network: its link-state ID
	// Areas that it is in, rising. A network is in one.
	Areas []packet.AreaID
	// Border: an area border router; External: it announces what is not OSPF's.
	Border, External bool
}

// Link joins two vertices. Both ends confirm it (RFC 2328, section 16.1, step 2b).
type Link struct {
	From, To int    // indices of vertices, From < To
	Cost     uint32 // from From to To; from a network, 0
	Back     uint32
}

// Drawing returns everything that would be drawn: routers by ID, then networks by
// area and ID, and what joins them. A router that is in several areas is one vertex;
// of parallel links, the cheapest one is there.
func (t *Topology) Drawing() ([]Vertex, []Link) {
	d := drawing{routers: map[routerid.ID]int{}, links: map[[2]int]*Link{}}
	for _, id := range t.Routers() {
		d.routers[id] = len(d.vertices)
		d.vertices = append(d.vertices, Vertex{Router: id, External: len(t.announced[id]) > 0})
	}
	for _, a := range t.areas {
		d.add(a)
	}
	links := make([]Link, 0, len(d.links))
	for _, l := range d.links {
		links = append(links, *l)
	}
	slices.SortFunc(links, func(a, b Link) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return d.vertices, links
}

type drawing struct {
	vertices []Vertex
	routers  map[routerid.ID]int
	links    map[[2]int]*Link
}

func (d *drawing) add(a *area) {
	at := make([]int, len(a.nodes)) // vertex of each node
	for i := range a.nodes {
		n := &a.nodes[i]
		if n.router == 0 {
			at[i] = -1
			continue
		}
		at[i] = d.routers[n.router]
		v := &d.vertices[at[i]]
		v.Areas = append(v.Areas, a.id)
		v.Border = v.Border || n.flags.Has(packet.RouterB)
	}
	networks := make([]int, 0, len(a.networks))
	for _, i := range a.networks {
		networks = append(networks, i)
	}
	slices.SortFunc(networks, func(x, y int) int { return cmp.Compare(a.nodes[x].lsid, a.nodes[y].lsid) })
	for _, i := range networks {
		at[i] = len(d.vertices)
		d.vertices = append(d.vertices, Vertex{Prefix: a.nodes[i].prefix, ID: a.nodes[i].lsid, Areas: []packet.AreaID{a.id}})
	}
	for i := range a.nodes {
		for _, e := range a.nodes[i].edges {
			d.join(at[i], at[e.to], e.cost)
		}
	}
}

func (d *drawing) join(from, to int, cost uint32) {
	key := [2]int{min(from, to), max(from, to)}
	l := d.links[key]
	if l == nil {
		l = &Link{From: key[0], To: key[1]}
		d.links[key] = l
	}
	side := &l.Cost
	if from > to {
		side = &l.Back
	}
	if *side == 0 || cost < *side {
		*side = cost
	}
}
