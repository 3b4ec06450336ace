package spf

import (
	"net/netip"
	"slices"
	"time"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// Topology is what the database says at one instant, indexed and checked. It is
// immutable and does not refer to the database.
type Topology struct {
	areas     []*area // by rising number
	externals []external
	owners    map[packet.Quad]routerid.ID // who has an address on a link between routers
	announced map[routerid.ID][]external  // type 5 and 7 LSAs by advertising router
}

// area is the graph of one area and what its border routers say of others.
type area struct {
	id        packet.AreaID
	nodes     []node
	routers   map[routerid.ID]int // index into nodes
	networks  map[packet.Quad]int // by link-state ID, the designated router's address
	summaries []summary           // type 3
	asbrs     []summary           // type 4
	nssas     []external          // type 7
}

// node is a vertex of the graph: a router, or a transit network.
type node struct {
	router  routerid.ID // zero: a network
	flags   packet.RouterFlags
	options packet.Options
	edges   []edge
	stubs   []stub
	prefix  netip.Prefix // of a network; invalid if its mask is not contiguous
	lsid    packet.Quad  // of a network
	origin  routerid.ID  // who originated the LSA
}

// edge leads to a neighbor that confirms it (RFC 2328, section 16.1, step 2b).
type edge struct {
	to    int
	cost  uint32
	local packet.Quad // address of the near end, zero: a network or unnumbered
	via   packet.Quad // address of the far end, zero: a network or unnumbered
}

// stub is a stub network of a router.
type stub struct {
	prefix netip.Prefix
	cost   uint32
}

// summary is a type 3 or type 4 LSA.
type summary struct {
	prefix netip.Prefix // type 3
	router routerid.ID  // type 4
	from   routerid.ID
	metric uint32
}

// external is a type 5 or type 7 LSA.
type external struct {
	prefix    netip.Prefix
	from      routerid.ID
	nssa      bool
	propagate bool // the P bit of a type 7 LSA
	metric    packet.ExternalMetric
}

// NewTopology indexes the database as it is now. Bodies that could not be
// decoded, unreachable metrics and masks that are none are left out.
func NewTopology(db *lsdb.DB, now time.Duration) *Topology {
	t := &Topology{
		owners:    map[packet.Quad]routerid.ID{},
		announced: map[routerid.ID][]external{},
	}
	for _, id := range db.Areas() {
		t.areas = append(t.areas, t.newArea(db, now, id))
	}
	t.externals = t.readExternals(db, now, lsdb.Where{}, packet.TypeExternal)
	return t
}

func (t *Topology) newArea(db *lsdb.DB, now time.Duration, id packet.AreaID) *area {
	w := lsdb.Where{Area: id}
	a := newGraph(id, live[*packet.Router](db, now, w, packet.TypeRouter), live[*packet.Network](db, now, w, packet.TypeNetwork))
	for i := range a.nodes {
		for _, e := range a.nodes[i].edges {
			if e.local != 0 && !isIndex(e.local) {
				t.owners[e.local] = a.nodes[i].router
			}
		}
	}
	a.summaries = readSummaries(db, now, w, packet.TypeSummary)
	a.asbrs = readSummaries(db, now, w, packet.TypeSummaryASBR)
	a.nssas = t.readExternals(db, now, w, packet.TypeNSSA)
	return a
}

// lsa is an LSA with its decoded body.
type lsa[B packet.Body] struct {
	packet.Header
	body B
}

// live returns the LSAs of one type that are not of age MaxAge, decoded.
func live[B packet.Body](db *lsdb.DB, now time.Duration, w lsdb.Where, typ packet.Type) []lsa[B] {
	var out []lsa[B]
	for e := range db.Of(w, typ) {
		if body, ok := e.LSA.Body.(B); ok && !e.MaxAge(now) {
			out = append(out, lsa[B]{e.LSA.Header, body})
		}
	}
	return out
}

func readSummaries(db *lsdb.DB, now time.Duration, w lsdb.Where, typ packet.Type) []summary {
	var out []summary
	for _, l := range live[*packet.Summary](db, now, w, typ) {
		s := summary{from: l.AdvRouter, metric: l.body.Metric, router: routerid.ID(l.ID)}
		prefix, ok := packet.Prefix(l.ID, l.body.Mask)
		if typ == packet.TypeSummaryASBR {
			ok = true // the mask has no meaning (RFC 2328, section A.4.4)
		}
		s.prefix = prefix
		if ok && s.metric < packet.LSInfinity {
			out = append(out, s)
		}
	}
	return out
}

func (t *Topology) readExternals(db *lsdb.DB, now time.Duration, w lsdb.Where, typ packet.Type) []external {
	var out []external
	for _, l := range live[*packet.External](db, now, w, typ) {
		prefix, ok := packet.Prefix(l.ID, l.body.Mask)
		if !ok || l.body.Metric >= packet.LSInfinity {
			continue
		}
		x := external{
			prefix: prefix, from: l.AdvRouter, metric: l.body.ExternalMetric,
			nssa: typ == packet.TypeNSSA, propagate: l.Options.Has(packet.OptionNP),
		}
		out = append(out, x)
		t.announced[x.from] = append(t.announced[x.from], x)
	}
	return out
}

// Routers returns every router of the view, reachable or not, in rising order.
func (t *Topology) Routers() []routerid.ID {
	var ids []routerid.ID
	for _, a := range t.areas {
		for id := range a.routers {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// isIndex reports whether the data of a point-to-point link is an interface
// index, not an address (RFC 2328, section 12.4.1.1: unnumbered). No host has
// an address in 0.0.0.0/8.
func isIndex(q packet.Quad) bool { return q>>24 == 0 }
