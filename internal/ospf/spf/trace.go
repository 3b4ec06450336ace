package spf

import (
	"net/netip"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// Trace is the way of packets through the network.
type Trace struct {
	Hops []Hop // the first is where it begins
	End  End
}

// Hop is one router on the way.
type Hop struct {
	Router routerid.ID
	// Addr is the address by which the router before knows it. Invalid: the
	// first hop, or unnumbered.
	Addr netip.Addr
	// Route is what the router does with the packets. With several next hops
	// the trace follows the first one. Zero: the router has none, or does not
	// need one because it announces the destination itself.
	Route Route
}

// End is how a trace ends.
type End uint8

// The ends.
const (
	Delivered  End = iota // the destination is on a link of the last router, or announced by it
	NoRoute               // the last router has no route
	LeavesView            // the last router is an area border router whose other areas are not in this database
	Loop                  // the last router was passed before, or there are too many
)

func (e End) String() string {
	return [...]string{"delivered", "no route", "leaves the known areas", "loop"}[e%4]
}

// maxHops is the largest TTL.
const maxHops = 255

// Trace follows packets from a router to an address, by the table of each
// router on the way. It costs one Compute per hop.
func (t *Topology) Trace(from routerid.ID, to netip.Addr) Trace { return t.Traces(from, to)[0] }

// Traces follows packets from a router to several addresses. It costs one Compute for
// each router that is on any of the ways.
func (t *Topology) Traces(from routerid.ID, to ...netip.Addr) []Trace {
	tables := map[routerid.ID]*Table{}
	table := func(id routerid.ID) *Table {
		if tables[id] == nil {
			tables[id] = t.Compute(id)
		}
		return tables[id]
	}
	out := make([]Trace, len(to))
	for i := range to {
		out[i] = t.trace(table, from, to[i])
	}
	return out
}

func (t *Topology) trace(table func(routerid.ID) *Table, from routerid.ID, to netip.Addr) Trace {
	tr := Trace{Hops: []Hop{{Router: from}}, End: Loop}
	seen := map[routerid.ID]bool{}
	for len(tr.Hops) <= maxHops {
		here := &tr.Hops[len(tr.Hops)-1]
		if seen[here.Router] {
			return tr
		}
		seen[here.Router] = true
		next, end := t.step(table(here.Router), tr.Hops, to)
		if next.Router == 0 {
			tr.End = end
			return tr
		}
		tr.Hops = append(tr.Hops, next)
		if end == Delivered {
			tr.End = end
			return tr
		}
	}
	return tr
}

// step fills in the route of the last hop, by its table, and returns the next one;
// without a router if the trace ends here. Delivered with a router: it ends there.
func (t *Topology) step(table *Table, hops []Hop, to netip.Addr) (Hop, End) {
	here := &hops[len(hops)-1]
	r := table.lookup(to)
	if t.announces(here.Router, to, r) {
		return Hop{}, Delivered
	}
	if t.blind(hops, r) {
		return Hop{}, LeavesView
	}
	if r == nil {
		return Hop{}, NoRoute
	}
	here.Route = *r
	h := r.NextHops[0]
	if h.Direct() {
		if owner := t.owners[packet.QuadFrom(to)]; owner != here.Router {
			return Hop{Router: owner, Addr: to}, Delivered
		}
		return Hop{}, Delivered
	}
	if h.Router == 0 {
		return Hop{}, Delivered // to a forwarding address that does not speak OSPF
	}
	return Hop{Router: h.Router, Addr: h.Via}, Loop
}

// announces reports whether a router itself is where an external destination
// leaves OSPF: it announces it at least as precisely as its best route r, and not
// by the address of somebody else, as the translator of a type 7 LSA does.
func (t *Topology) announces(id routerid.ID, to netip.Addr, r *Route) bool {
	for _, x := range t.announced[id] {
		fwd := x.metric.Forwarding
		elsewhere := fwd != 0 && t.owners[fwd] != id && r != nil
		if x.prefix.Contains(to) && !elsewhere && (r == nil || x.prefix.Bits() >= r.Prefix.Bits()) {
			return true
		}
	}
	return false
}

// blind reports whether the last router is an area border router that knows
// more of the destination than this view: it is seen in one area only, or it has
// no route, or it would send packets back into the area whose router it told to
// send them here.
func (t *Topology) blind(hops []Hop, r *Route) bool {
	id := hops[len(hops)-1].Router
	areas, border := 0, false
	for _, a := range t.areas {
		if i, ok := a.routers[id]; ok {
			areas++
			border = border || a.nodes[i].flags.Has(packet.RouterB)
		}
	}
	if !border {
		return false
	}
	if r == nil {
		return true
	}
	if r.Type == IntraArea || r.intra {
		return false
	}
	if areas < 2 {
		return true
	}
	if len(hops) < 2 {
		return false
	}
	before := hops[len(hops)-2].Route
	return before.Type == InterArea && before.Origin == id && before.Area == r.Area
}
