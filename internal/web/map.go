package web

import (
	"context"
	"math"
	"net/netip"
	"slices"
	"strings"

	"srr/internal/api"
	"srr/internal/routerid"
)

// Surveyor knows the network.
type Surveyor interface {
	// Survey draws it, with the way from a router to each of the addresses.
	Survey(ctx context.Context, from routerid.ID, to ...netip.Addr) (api.Survey, error)
}

// mapData is the network with what runs where.
type mapData struct {
	From, To string
	Ways     []mapWay // from there: to one address, or to each
	Routers  []target
	Targets  []mapTarget
	Width    int
	Height   int
	Regions  []region
	Wires    []wire
	Places   []place
	TooMany  int
}

type mapTarget struct {
	Address, Service string
	Chosen           bool
}

// mapWay is what packets take to an address.
type mapWay struct {
	mapTarget
	Hops []string
	End  string
	path []int
}

type wire struct {
	X1, Y1, X2, Y2, MX, MY int
	Cost                   string
	Path                   bool
}

// place is a router, a network or a node on the map.
type place struct {
	Kind     string // node, router, network
	X, Y     int
	Left     int // of the box of a node
	Top      int
	W, H     int
	Title    string
	Note     string
	Class    string
	Path     string // of the page about it
	Services []placeService
	More     int
	OnPath   bool
}

type placeService struct {
	Name string
	Y    int
	Busy bool
}

const (
	// maxPoints is how many points are drawn: more than that nobody can read.
	maxPoints = 300
	// maxOnNode is how many services are named on a node.
	maxOnNode = 6
	nodeWidth = 128
	mapMargin = 90
)

func (s *Server) networkMap(v *visit) (page, error) {
	q := v.r.URL.Query()
	d := mapData{From: q.Get("from"), To: q.Get("to")}
	from, to, err := d.asked(v)
	if err != nil {
		return page{}, err
	}
	survey, err := ask(s, v, func(ctx context.Context) (api.Survey, error) { return s.opt.Surveyor.Survey(ctx, from, to...) })
	if err != nil {
		return page{}, err
	}
	d.choices(v, &survey)
	if len(survey.Points) > maxPoints {
		d.TooMany = len(survey.Points)
	} else {
		d.draw(s, v, withAbsent(&v.snap, survey))
	}
	return page{Title: "Map", Name: "map", Data: d, Live: everySecond, Help: "map"}, nil
}

// asked are the ways that are wanted: from a router to one address, or to each.
func (d *mapData) asked(v *visit) (from routerid.ID, to []netip.Addr, err error) {
	for i := range v.snap.Services {
		svc := &v.snap.Services[i]
		for _, a := range svc.Addresses {
			d.Targets = append(d.Targets, mapTarget{a, svc.Name, a == d.To})
		}
	}
	if d.From == "" {
		return 0, nil, nil
	}
	if from, err = routerid.Parse(d.From); err != nil {
		return 0, nil, invalid("a path begins at a router ID")
	}
	wanted := d.Targets
	if d.To != "" {
		if _, err := netip.ParseAddr(d.To); err != nil {
			return 0, nil, invalid("a path leads to an address")
		}
		wanted = []mapTarget{{Address: d.To}}
	}
	for _, w := range wanted {
		if a, err := netip.ParseAddr(w.Address); err == nil {
			to, d.Ways = append(to, a), append(d.Ways, mapWay{mapTarget: w})
		}
	}
	return from, to, nil
}

// withAbsent adds the nodes that are in the snapshot and not in the network.
func withAbsent(snap *api.Snapshot, survey api.Survey) api.Survey {
	for i := range snap.Nodes {
		id := snap.Nodes[i].RouterID
		if !slices.ContainsFunc(survey.Points, func(p api.Point) bool { return p.RouterID == id }) {
			survey.Points = append(survey.Points, api.Point{RouterID: id, ID: id.String()})
		}
	}
	return survey
}

func (d *mapData) choices(v *visit, survey *api.Survey) {
	for _, p := range survey.Points {
		if p.RouterID != 0 {
			d.Routers = append(d.Routers, target{ID: p.ID, Title: v.snap.NodeTitle(p.RouterID), Chosen: p.ID == d.From})
		}
	}
	for k := range min(len(d.Ways), len(survey.Ways)) {
		w := &d.Ways[k]
		w.path, w.End = survey.Ways[k].Path, survey.Ways[k].End
		for _, i := range w.path {
			if p := survey.Points[i]; p.RouterID != 0 {
				w.Hops = append(w.Hops, v.snap.NodeTitle(p.RouterID))
			} else {
				w.Hops = append(w.Hops, p.Network)
			}
		}
	}
}

// draw makes wires and places.
func (d *mapData) draw(s *Server, v *visit, survey api.Survey) {
	keys := make([]string, len(survey.Points))
	for i, p := range survey.Points {
		keys[i] = p.ID
		if p.RouterID == 0 {
			keys[i] = strings.Join(p.Areas, " ") + " " + p.Network // its ID changes with the designated router
		}
	}
	at := s.atlas.places(keys, survey.Lines)
	at, d.Width, d.Height = onCanvas(at)
	d.Regions = regions(survey.Points, at)
	var path []int // that is drawn
	if d.To != "" && len(d.Ways) > 0 {
		path = d.Ways[0].path
	}
	for _, l := range survey.Lines {
		d.Wires = append(d.Wires, wireOf(at[l.From], at[l.To], l, path))
	}
	for i := range survey.Points {
		d.Places = append(d.Places, placeOf(v, &survey.Points[i], at[i], slices.Contains(path, i)))
	}
}

// onCanvas moves everything to where it is seen.
func onCanvas(at []spot) (moved []spot, width, height int) {
	if len(at) == 0 {
		return nil, 200, 80
	}
	low, high := at[0], at[0]
	for _, p := range at {
		low = spot{math.Min(low.X, p.X), math.Min(low.Y, p.Y)}
		high = spot{math.Max(high.X, p.X), math.Max(high.Y, p.Y)}
	}
	for _, p := range at {
		moved = append(moved, spot{p.X - low.X + mapMargin, p.Y - low.Y + mapMargin})
	}
	return moved, int(high.X - low.X + 2*mapMargin), int(high.Y - low.Y + 2*mapMargin)
}

func wireOf(a, b spot, l api.Line, path []int) wire {
	w := wire{X1: int(a.X), Y1: int(a.Y), X2: int(b.X), Y2: int(b.Y), MX: int(a.X+b.X) / 2, MY: int(a.Y+b.Y)/2 - 3}
	if cost := max(l.Cost, l.Back); cost > 0 {
		w.Cost = costWord(l.Cost, l.Back)
	}
	for k := range path {
		if k > 0 && (path[k-1] == l.From && path[k] == l.To || path[k-1] == l.To && path[k] == l.From) {
			w.Path = true
		}
	}
	return w
}

func placeOf(v *visit, p *api.Point, at spot, onPath bool) place {
	out := place{Kind: "router", X: int(at.X), Y: int(at.Y), Title: p.ID, OnPath: onPath, Note: strings.Join(p.Areas, " ")}
	if p.RouterID == 0 {
		out.Kind, out.Title = "network", p.Network
		return out
	}
	n, err := v.snap.FindNode(p.ID)
	if err != nil {
		if p.Border {
			out.Note = "border of " + out.Note
		}
		return out
	}
	out.Kind, out.Title, out.Class, out.Path = "node", n.Title(), nodeClass(n), "/nodes/"+p.ID
	for i := range v.snap.Services {
		svc := &v.snap.Services[i]
		for k := range svc.Instances {
			inst := &svc.Instances[k]
			class := stateClass(inst)
			if inst.RouterID == n.RouterID && (class == "ok" || class == "busy") {
				out.Services = append(out.Services, placeService{Name: svc.Name, Busy: class == "busy"})
			}
		}
	}
	if len(out.Services) > maxOnNode {
		out.More = len(out.Services) - maxOnNode + 1
		out.Services = out.Services[:maxOnNode-1]
	}
	lines := len(out.Services) + int(min(out.More, 1))
	out.W, out.H = nodeWidth, 28+15*lines
	out.Left, out.Top = out.X-out.W/2, out.Y-out.H/2
	for i := range out.Services {
		out.Services[i].Y = out.Top + 34 + 15*i
	}
	return out
}
