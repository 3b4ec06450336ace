package spf

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"time"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// RouteType is the kind of a route, the better the lower (RFC 2328, section 11).
type RouteType uint8

// The types.
const (
	IntraArea RouteType = iota
	InterArea
	External1 // AS external, type 1 metric
	External2 // AS external, type 2 metric
)

func (t RouteType) String() string {
	if t > External2 {
		return fmt.Sprintf("route type(%d)", uint8(t))
	}
	return [...]string{"intra-area", "inter-area", "external type 1", "external type 2"}[t]
}

// Route is how the root reaches a network.
type Route struct {
	Prefix netip.Prefix
	Type   RouteType
	Cost   uint32 // of a type 2 external: to the AS boundary router or forwarding address
	Metric uint32 // of a type 2 external: its metric, which is compared before Cost
	// Area through which the route leads.
	Area packet.AreaID
	// Origin is the router whose LSA the route is from: of an intra-area route
	// the router with the stub network or the designated router, of an
	// inter-area route the area border router, of an external one the AS
	// boundary router. Of several the first one found.
	Origin   routerid.ID
	Tag      uint32    // of an external: the route tag
	NSSA     bool      // of an external: from a type 7 LSA
	NextHops []NextHop // sorted, never empty; Direct: on a link of the root

	intra      bool        // of an external: the path to boundary router or forwarding address stays in Area
	propagate  bool        // of an external: the P bit
	forwarding packet.Quad // of an external: the forwarding address
}

// Table is what one router knows: routers and routes.
type Table struct {
	Root    routerid.ID
	trees   []*tree // of the attached areas, by rising number
	routers map[routerid.ID][]Path
	routes  map[netip.Prefix]*Route
}

// Compute is the routing table of root (RFC 2328, section 16). A root that is
// in no area gets an empty table.
func (t *Topology) Compute(root routerid.ID) *Table {
	b := t.reach(root)
	b.intraRoutes()
	b.interRoutes()
	b.externalRoutes()
	return b.Table
}

// calculation is a table in the making.
type calculation struct {
	*Table
	topology *Topology
}

// reach computes the routers only: sections 16.1, first stage, and 16.2 for
// AS boundary routers.
func (t *Topology) reach(root routerid.ID) *calculation {
	b := &calculation{
		Table:    &Table{Root: root, routers: map[routerid.ID][]Path{}, routes: map[netip.Prefix]*Route{}},
		topology: t,
	}
	for _, a := range t.areas {
		if tr := a.shortest(root); tr != nil {
			b.trees = append(b.trees, tr)
			b.addRouters(tr)
		}
	}
	b.interRouters()
	return b
}

// Reachability tells which routers root reaches: those of its areas by
// shortest-path first, those of other areas if they are AS boundary routers, by
// type 4 LSAs. Root itself is not in it. Routers of other areas are not known
// inside of stub areas, into which type 4 LSAs are not flooded.
func Reachability(db *lsdb.DB, now time.Duration, root routerid.ID) map[routerid.ID]Path {
	return NewTopology(db, now).Reachability(root)
}

// Reachability is the function of this name over t.
func (t *Topology) Reachability(root routerid.ID) map[routerid.ID]Path {
	b := t.reach(root)
	out := make(map[routerid.ID]Path, len(b.routers))
	for id := range b.routers {
		out[id], _ = b.Router(id)
	}
	return out
}

// Router returns the best path to a router.
func (b *Table) Router(id routerid.ID) (Path, bool) {
	paths := b.routers[id]
	if len(paths) == 0 {
		return Path{}, false
	}
	best := paths[0]
	for _, p := range paths[1:] {
		if p.better(best) {
			best = p
		}
	}
	return best, true
}

// Paths returns all paths to a router, one per area.
func (b *Table) Paths(id routerid.ID) []Path { return slices.Clone(b.routers[id]) }

// Lookup finds the route with the longest prefix that holds addr.
func (b *Table) Lookup(addr netip.Addr) (Route, bool) {
	r := b.lookup(addr)
	if r == nil {
		return Route{}, false
	}
	return *r, true
}

func (b *Table) lookup(addr netip.Addr) *Route {
	if !addr.Is4() {
		return nil
	}
	for n := 32; n >= 0; n-- {
		p, _ := addr.Prefix(n)
		if r := b.routes[p]; r != nil {
			return r
		}
	}
	return nil
}

// Route returns the route to exactly this prefix.
func (b *Table) Route(p netip.Prefix) (Route, bool) {
	if r := b.routes[p]; r != nil {
		return *r, true
	}
	return Route{}, false
}

// Routes yields all routes, by rising address, then length.
func (b *Table) Routes() iter.Seq[Route] {
	return func(yield func(Route) bool) {
		for _, p := range slices.SortedFunc(maps.Keys(b.routes), comparePrefix) {
			if !yield(*b.routes[p]) {
				return
			}
		}
	}
}

func comparePrefix(p, q netip.Prefix) int {
	return cmp.Or(p.Addr().Compare(q.Addr()), cmp.Compare(p.Bits(), q.Bits()))
}
