package spf

import (
	"net/netip"
	"testing"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// network builds databases for tests. Router n has router ID 10.0.0.n; on a
// point-to-point link from n to m it has the address 10.n.m.1/30's first or second.
type network struct {
	t       testing.TB
	routers map[packet.AreaID]map[byte]*packet.Router
	options map[packet.AreaID]packet.Options
	others  []located
}

type located struct {
	area packet.AreaID
	lsa  packet.LSA
}

func newNetwork(t testing.TB) *network {
	return &network{t: t, routers: map[packet.AreaID]map[byte]*packet.Router{}, options: map[packet.AreaID]packet.Options{}}
}

func rid(n byte) routerid.ID { return 0x0a000000 + routerid.ID(n) }

// router returns the router LSA of n in an area.
func (n *network) router(area packet.AreaID, r byte) *packet.Router {
	if n.routers[area] == nil {
		n.routers[area] = map[byte]*packet.Router{}
		if _, ok := n.options[area]; !ok {
			n.options[area] = packet.OptionE
		}
	}
	if n.routers[area][r] == nil {
		n.routers[area][r] = &packet.Router{}
	}
	return n.routers[area][r]
}

func (n *network) link(area packet.AreaID, r byte, l packet.RouterLink) {
	body := n.router(area, r)
	body.Links = append(body.Links, l)
}

// half describes one direction of a point-to-point link.
func (n *network) half(area packet.AreaID, from, to byte, metric uint16) {
	low, high := min(from, to), max(from, to)
	data := packet.Quad(10)<<24 | packet.Quad(low)<<16 | packet.Quad(high)<<8 | 1
	if from == high {
		data++
	}
	n.link(area, from, packet.RouterLink{ID: packet.Quad(rid(to)), Data: data, Type: packet.LinkPointToPoint, Metric: metric})
}

// p2p connects two routers.
func (n *network) p2p(area packet.AreaID, a, b byte, metric uint16) {
	n.half(area, a, b, metric)
	n.half(area, b, a, metric)
}

// stub adds a stub network to a router.
func (n *network) stub(area packet.AreaID, r byte, prefix string, metric uint16) {
	p := netip.MustParsePrefix(prefix)
	n.link(area, r, packet.RouterLink{ID: packet.QuadFrom(p.Addr()), Data: packet.Mask(p.Bits()), Type: packet.LinkStub, Metric: metric})
}

// lan connects routers by the network 192.168.num.0/24. The first is designated.
func (n *network) lan(area packet.AreaID, num byte, metric uint16, routers ...byte) {
	address := func(r byte) packet.Quad { return 0xc0a80000 | packet.Quad(num)<<8 | packet.Quad(r) }
	body := &packet.Network{Mask: packet.Mask(24)}
	for _, r := range routers {
		body.Routers = append(body.Routers, rid(r))
		n.link(area, r, packet.RouterLink{ID: address(routers[0]), Data: address(r), Type: packet.LinkTransit, Metric: metric})
	}
	n.add(area, packet.TypeNetwork, address(routers[0]), routers[0], body)
}

func (n *network) add(area packet.AreaID, t packet.Type, id packet.Quad, from byte, body packet.Body) *packet.LSA {
	l := packet.LSA{Header: packet.Header{Type: t, ID: id, AdvRouter: rid(from), Seq: 1}, Body: body}
	n.others = append(n.others, located{area, l})
	return &n.others[len(n.others)-1].lsa
}

// summary adds a type 3 LSA.
func (n *network) summary(area packet.AreaID, from byte, prefix string, metric uint32) {
	p := netip.MustParsePrefix(prefix)
	n.add(area, packet.TypeSummary, packet.QuadFrom(p.Addr()), from, &packet.Summary{Mask: packet.Mask(p.Bits()), Metric: metric})
}

// boundary adds a type 4 LSA.
func (n *network) boundary(area packet.AreaID, from, asbr byte, metric uint32) {
	n.add(area, packet.TypeSummaryASBR, packet.Quad(rid(asbr)), from, &packet.Summary{Metric: metric})
}

// external adds a type 5 LSA, and says that its originator is an AS boundary router.
func (n *network) external(from byte, prefix string, m packet.ExternalMetric) *packet.LSA {
	return n.outside(0, packet.TypeExternal, from, prefix, m)
}

// nssa adds a type 7 LSA.
func (n *network) nssa(area packet.AreaID, from byte, prefix string, m packet.ExternalMetric) *packet.LSA {
	return n.outside(area, packet.TypeNSSA, from, prefix, m)
}

func (n *network) outside(area packet.AreaID, t packet.Type, from byte, prefix string, m packet.ExternalMetric) *packet.LSA {
	n.flag(from, packet.RouterE)
	p := netip.MustParsePrefix(prefix)
	return n.add(area, t, packet.QuadFrom(p.Addr()), from, &packet.External{Mask: packet.Mask(p.Bits()), ExternalMetric: m})
}

// flag sets flags of a router in every area where it is.
func (n *network) flag(r byte, f packet.RouterFlags) {
	for area := range n.routers {
		if body := n.routers[area][r]; body != nil {
			body.Flags |= f
		}
	}
}

// db returns the database.
func (n *network) db() *lsdb.DB {
	n.t.Helper()
	db := lsdb.New(lsdb.Limits{})
	for area, routers := range n.routers {
		for r, body := range routers {
			n.install(db, area, packet.LSA{Header: packet.Header{
				Type: packet.TypeRouter, ID: packet.Quad(rid(r)), AdvRouter: rid(r), Seq: 1, Options: n.options[area],
			}, Body: body})
		}
	}
	for _, o := range n.others {
		n.install(db, o.area, o.lsa)
	}
	return db
}

func (n *network) install(db *lsdb.DB, area packet.AreaID, l packet.LSA) {
	n.t.Helper()
	if _, err := db.Install(0, lsdb.Where{Area: area}, l); err != nil {
		n.t.Fatal(err)
	}
}

func (n *network) topology() *Topology { return NewTopology(n.db(), 0) }

// wantRoute compares one route with "type cost/metric via address…"; "" is none.
func wantRoute(t *testing.T, table *Table, prefix, want string) {
	t.Helper()
	got := ""
	if r, ok := table.Route(netip.MustParsePrefix(prefix)); ok {
		got = routeLine(r)
	}
	if got != want {
		t.Errorf("%s at %s:\n got %s\nwant %s", prefix, table.Root, got, want)
	}
}
