package daemon

import (
	"context"
	"net/netip"

	"srr/internal/api"
	"srr/internal/ospf/spf"
	"srr/internal/routerid"
)

// Survey draws the network, and the way from a router to an address if both are
// given.
func (b *browser) Survey(_ context.Context, from routerid.ID, to netip.Addr) (api.Survey, error) {
	b.mu.Lock()
	db := b.db.Clone()
	b.mu.Unlock()
	t := spf.NewTopology(db, bootTime())
	vertices, links := t.Drawing()
	out := api.Survey{Points: make([]api.Point, len(vertices)), Lines: make([]api.Line, len(links))}
	for i := range vertices {
		out.Points[i] = pointView(&vertices[i])
	}
	for i, l := range links {
		out.Lines[i] = api.Line(l)
	}
	if from != 0 && to.IsValid() {
		out.Path, out.End = path(t, vertices, links, from, to)
	}
	return out, nil
}

func pointView(v *spf.Vertex) api.Point {
	p := api.Point{RouterID: v.Router, ID: v.Router.String(), Border: v.Border, External: v.External}
	for _, a := range v.Areas {
		p.Areas = append(p.Areas, routerid.ID(a).String())
	}
	if v.Router == 0 {
		p.ID, p.Network = p.Areas[0]+" "+v.ID.String(), v.ID.String()
		if v.Prefix.IsValid() {
			p.Network = v.Prefix.String()
		}
	}
	return p
}

// path is the trace as points, with the networks between the routers.
func path(t *spf.Topology, vertices []spf.Vertex, links []spf.Link, from routerid.ID, to netip.Addr) (points []int, end string) {
	at := map[routerid.ID]int{}
	for i := range vertices {
		if vertices[i].Router != 0 {
			at[vertices[i].Router] = i
		}
	}
	joined := map[[2]int]bool{}
	for _, l := range links {
		joined[[2]int{l.From, l.To}], joined[[2]int{l.To, l.From}] = true, true
	}
	trace := t.Trace(from, to)
	for _, h := range trace.Hops {
		i, known := at[h.Router]
		if !known {
			break
		}
		if k := len(points); k > 0 && !joined[[2]int{points[k-1], i}] {
			if n := between(vertices, joined, points[k-1], i, h.Addr); n >= 0 {
				points = append(points, n)
			}
		}
		points = append(points, i)
	}
	return points, trace.End.String()
}

// between is the network that joins two routers: the one that has the address of
// the second, else any.
func between(vertices []spf.Vertex, joined map[[2]int]bool, a, b int, via netip.Addr) int {
	found := -1
	for n := range vertices {
		if vertices[n].Router != 0 || !joined[[2]int{a, n}] || !joined[[2]int{n, b}] {
			continue
		}
		if vertices[n].Prefix.IsValid() && vertices[n].Prefix.Contains(via) {
			return n
		}
		if found < 0 {
			found = n
		}
	}
	return found
}
