package spf

import (
	"cmp"
	"net/netip"
	"slices"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// NextHop is one way out of the root.
type NextHop struct {
	// Router is the first router on the way. Zero: the destination is directly
	// attached.
	Router routerid.ID
	// Via is that router's address on the link, or the forwarding address of an
	// external destination. Invalid: directly attached, or unnumbered.
	Via netip.Addr
	// Local is the root's address on the link. Invalid: unnumbered, or a stub
	// network, for which the database does not tell.
	Local netip.Addr
}

// Direct reports whether the destination is on a link of the root itself.
func (h NextHop) Direct() bool { return h.Router == 0 && !h.Via.IsValid() }

// String is "router via address", or "direct".
func (h NextHop) String() string {
	switch {
	case h.Direct():
		return "direct"
	case !h.Via.IsValid():
		return h.Router.String() + " unnumbered"
	case h.Router == 0:
		return "via " + h.Via.String()
	}
	return h.Router.String() + " via " + h.Via.String()
}

func (h NextHop) compare(o NextHop) int {
	return cmp.Or(cmp.Compare(h.Router, o.Router), h.Via.Compare(o.Via), h.Local.Compare(o.Local))
}

// MaxNextHops is how many equal-cost next hops are kept for one destination.
// The lowest ones stay.
const MaxNextHops = 64

// merge returns the union of two sorted sets. It modifies neither.
func merge(a, b []NextHop) []NextHop {
	if slices.Equal(a, b) {
		return a
	}
	u := slices.Concat(a, b)
	slices.SortFunc(u, NextHop.compare)
	u = slices.Compact(u)
	return u[:min(len(u), MaxNextHops):min(len(u), MaxNextHops)]
}

// add is the cost of two paths in a row. It saturates: a hostile database can
// have paths longer than any real one.
func add(a, b uint32) uint32 {
	if s := a + b; s >= a {
		return s
	}
	return ^uint32(0)
}

// Source is how a path is known.
type Source uint8

// FromSPF: the router is in an attached area. FromType4: an area border router
// says that it is in another one.
const (
	FromSPF Source = iota
	FromType4
)

func (s Source) String() string { return [...]string{"spf", "type-4"}[s%2] }

// Path is the way from the root to a router.
type Path struct {
	Cost     uint32
	Area     packet.AreaID // through which it leads
	Source   Source
	Border   routerid.ID        // of FromType4: the area border router that says so; the lowest of several
	Flags    packet.RouterFlags // of FromSPF: area border router, AS boundary router; of FromType4: RouterE
	NextHops []NextHop          // sorted, never empty
}

// better orders paths to one router for Reachability: what SPF itself has seen
// first, then the cheaper, then the one through the area with the higher number
// (RFC 2328, section 16.4, step 3).
func (p Path) better(q Path) bool {
	return cmp.Or(
		cmp.Compare(p.Source, q.Source),
		cmp.Compare(p.Cost, q.Cost),
		cmp.Compare(q.Area, p.Area),
	) < 0
}
