package daemon

import (
	"context"
	"net/netip"

	"srr/internal/api"
	"srr/internal/ospf/spf"
	"srr/internal/routerid"
)

// Survey draws the network, and the ways from a router to addresses.
func (b *browser) Survey(_ context.Context, from routerid.ID, to ...netip.Addr) (api.Survey, error) {
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
	if len(to) == 0 {
		return out, nil // as for most who look, each second
	}
	d := newDrawing(vertices, links)
	for _, trace := range t.Traces(from, to...) {
		out.Ways = append(out.Ways, api.Way{Path: d.path(trace), End: trace.End.String()})
	}
	return out, nil
}

// drawing is the network as points and lines.
type drawing struct {
	vertices []spf.Vertex
	at       map[routerid.ID]int // where a router is among them
	joined   map[[2]int]bool
}

func newDrawing(vertices []spf.Vertex, links []spf.Link) *drawing {
	d := drawing{vertices, map[routerid.ID]int{}, map[[2]int]bool{}}
	for i := range vertices {
		if id := vertices[i].Router; id != 0 {
			d.at[id] = i
		}
	}
	for _, l := range links {
		d.joined[[2]int{l.From, l.To}], d.joined[[2]int{l.To, l.From}] = true, true
	}
	return &d
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

// path is a trace as points, with the networks between the routers.
func (d *drawing) path(trace spf.Trace) (points []int) {
	for _, h := range trace.Hops {
		i, known := d.at[h.Router]
		if !known {
			break
		}
		if k := len(points); k > 0 && !d.joined[[2]int{points[k-1], i}] {
			if n := d.between(points[k-1], i, h.Addr); n >= 0 {
				points = append(points, n)
			}
		}
		points = append(points, i)
	}
	return points
}

// between is the network that joins two routers: the one that has the address of
// the second, else any.
func (d *drawing) between(a, b int, via netip.Addr) int {
	found := -1
	for n := range d.vertices {
		if d.vertices[n].Router != 0 || !d.joined[[2]int{a, n}] || !d.joined[[2]int{n, b}] {
			continue
		}
		if d.vertices[n].Prefix.IsValid() && d.vertices[n].Prefix.Contains(via) {
			return n
		}
		if found < 0 {
			found = n
		}
	}
	return found
}
