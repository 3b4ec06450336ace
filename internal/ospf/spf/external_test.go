package spf

import (
	"net/netip"
	"testing"

	"srr/internal/ospf/packet"
)

func mustPrefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// threeAreas: 1 - 2 in area 1, 2 - 3 in the backbone, 3 - 4 in area 2; 2 and 3
// are border routers and say what they reach. Every link costs 10.
func threeAreas(t testing.TB) *network {
	n := newNetwork(t)
	n.p2p(1, 1, 2, 10)
	n.p2p(0, 2, 3, 10)
	n.p2p(2, 3, 4, 10)
	n.flag(2, packet.RouterB)
	n.flag(3, packet.RouterB)
	n.stub(2, 4, "10.44.0.0/16", 1)
	n.summary(0, 3, "10.44.0.0/16", 11)
	n.summary(1, 2, "10.44.0.0/16", 21)
	return n
}

func TestInterArea(t *testing.T) {
	n := threeAreas(t)
	n.boundary(0, 3, 4, 10)
	n.boundary(1, 2, 4, 20)
	n.p2p(1, 1, 6, 10)
	n.summary(1, 6, "10.55.0.0/16", 1)                 // no border router
	n.summary(1, 2, "10.56.0.0/16", packet.LSInfinity) // withdrawn
	n.summary(0, 2, "10.44.0.0/16", 1)                 // the border router's own, into the backbone
	topo := n.topology()
	table := topo.Compute(rid(1))
	wantRoute(t, table, "10.44.0.0/16", `N IA 10.44.0.0/16 cost 31/0 area 0.0.0.1 via ["10.1.2.2"]`)
	wantRoute(t, table, "10.55.0.0/16", "")
	wantRoute(t, table, "10.56.0.0/16", "")
	reach := topo.Reachability(rid(1))
	if p := reach[rid(4)]; p.Source != FromType4 || p.Cost != 30 || p.Border != rid(2) || p.Area != 1 {
		t.Errorf("router 4: %+v", p)
	}
	if p, ok := reach[rid(3)]; ok {
		t.Errorf("router 3 is in another area and no AS boundary router: %+v", p)
	}
	wantRoute(t, topo.Compute(rid(2)), "10.44.0.0/16", `N IA 10.44.0.0/16 cost 21/0 area 0.0.0.0 via ["10.2.3.2"]`)
}

// TestBorderRouterUsesTheBackbone: it ignores summaries of other areas as long
// as its backbone works (section 16.2).
func TestBorderRouterUsesTheBackbone(t *testing.T) {
	n := threeAreas(t)
	n.p2p(1, 2, 5, 1)
	n.router(0, 5)
	n.flag(5, packet.RouterB)
	n.summary(1, 5, "10.44.0.0/16", 1)
	wantRoute(t, n.topology().Compute(rid(2)), "10.44.0.0/16", `N IA 10.44.0.0/16 cost 21/0 area 0.0.0.0 via ["10.2.3.2"]`)
	n.router(0, 3).Links = nil
	wantRoute(t, n.topology().Compute(rid(2)), "10.44.0.0/16", `N IA 10.44.0.0/16 cost 2/0 area 0.0.0.1 via ["10.2.5.2"]`)
}

// TestReachabilityFollowsTheBorder: a type 4 LSA counts only as long as its
// originator is reached, and an attached area knows better.
func TestReachabilityFollowsTheBorder(t *testing.T) {
	n := threeAreas(t)
	n.boundary(1, 2, 4, 20)
	n.boundary(1, 2, 2, 1)
	if p := n.topology().Reachability(rid(1))[rid(2)]; p.Source != FromSPF || p.Cost != 10 {
		t.Errorf("router 2 is in the area: %+v", p)
	}
	n.router(1, 1).Links = nil
	if got := n.topology().Reachability(rid(1)); len(got) != 0 {
		t.Errorf("cut off, but reaches %v", got)
	}
}

func TestExternalPreference(t *testing.T) {
	type2 := func(metric uint32) packet.ExternalMetric { return packet.ExternalMetric{Type2: true, Metric: metric} }
	type1 := func(metric uint32) packet.ExternalMetric { return packet.ExternalMetric{Metric: metric} }
	via := func(r string) string { return `via ["10.1.` + r + `.2"]` }
	for name, c := range map[string]struct {
		near, far packet.ExternalMetric
		want      string
	}{
		"lower type 2 metric, whatever the way": {type2(1000), type2(999), "N E2 10.9.0.0/16 cost 20/999 area  " + via("3")},
		"equal type 2 metric: shorter way":      {type2(1000), type2(1000), "N E2 10.9.0.0/16 cost 10/1000 area  " + via("2")},
		"type 1 beats type 2":                   {type2(1), type1(5000), "N E1 10.9.0.0/16 cost 5020/0 area  " + via("3")},
		"type 1 adds the way":                   {type1(100), type1(95), "N E1 10.9.0.0/16 cost 110/0 area  " + via("2")},
		"equal cost: both":                      {type1(100), type1(90), `N E1 10.9.0.0/16 cost 110/0 area  via ["10.1.2.2" "10.1.3.2"]`},
		"unreachable":                           {type2(packet.LSInfinity), type2(7), "N E2 10.9.0.0/16 cost 20/7 area  " + via("3")},
	} {
		n := newNetwork(t)
		n.p2p(0, 1, 2, 10)
		n.p2p(0, 1, 3, 20)
		n.external(2, "10.9.0.0/16", c.near)
		n.external(3, "10.9.0.0/16", c.far)
		t.Run(name, func(t *testing.T) { wantRoute(t, n.topology().Compute(rid(1)), "10.9.0.0/16", c.want) })
	}
}

// TestExternalNeeds: what an external LSA needs to count.
func TestExternalNeeds(t *testing.T) {
	metric := packet.ExternalMetric{Type2: true, Metric: 5}
	for name, c := range map[string]struct {
		change func(*network)
		want   string
	}{
		"nothing more":            {func(*network) {}, `N E2 10.9.0.0/16 cost 10/5 area  via ["10.1.2.2"]`},
		"an AS boundary router":   {func(n *network) { n.router(0, 2).Flags = 0 }, ""},
		"a way to it":             {func(n *network) { n.router(0, 2).Links = nil }, ""},
		"an area that is no stub": {func(n *network) { n.options[0] = 0 }, ""},
		"no route of the AS itself": {
			func(n *network) { n.stub(0, 2, "10.9.0.0/16", 100) },
			`N 10.9.0.0/16 cost 110/0 area 0.0.0.0 via ["10.1.2.2"]`,
		},
	} {
		n := newNetwork(t)
		n.p2p(0, 1, 2, 10)
		n.external(2, "10.9.0.0/16", metric)
		c.change(n)
		t.Run(name, func(t *testing.T) { wantRoute(t, n.topology().Compute(rid(1)), "10.9.0.0/16", c.want) })
	}
}

// TestForwardingAddress: the way goes to the address, not to the originator.
func TestForwardingAddress(t *testing.T) {
	build := func(fwd string) *Topology {
		n := newNetwork(t)
		n.p2p(0, 1, 2, 10)
		n.lan(0, 7, 3, 3, 1)
		n.external(2, "10.9.0.0/16", packet.ExternalMetric{Type2: true, Metric: 5, Forwarding: packet.QuadFrom(netip.MustParseAddr(fwd))})
		return n.topology()
	}
	table := build("192.168.7.99").Compute(rid(1))
	wantRoute(t, table, "10.9.0.0/16", `N E2 10.9.0.0/16 cost 3/5 area  via ["192.168.7.99"]`)
	table = build("192.168.7.3").Compute(rid(1))
	if r, _ := table.Lookup(netip.MustParseAddr("10.9.1.1")); len(r.NextHops) != 1 || r.NextHops[0].Router != rid(3) {
		t.Errorf("forwarding address of router 3: %+v", r)
	}
	wantRoute(t, build("192.168.7.1").Compute(rid(1)), "10.9.0.0/16", "") // its own
	wantRoute(t, build("172.16.0.1").Compute(rid(1)), "10.9.0.0/16", "")  // nowhere
}

// TestBoundaryPreference: paths outside of the backbone first, whatever they
// cost (section 16.4.1).
func TestBoundaryPreference(t *testing.T) {
	n := newNetwork(t)
	n.p2p(0, 1, 2, 10)
	n.link(1, 1, packet.RouterLink{ID: packet.Quad(rid(2)), Data: 0x0a636301, Type: packet.LinkPointToPoint, Metric: 50})
	n.link(1, 2, packet.RouterLink{ID: packet.Quad(rid(1)), Data: 0x0a636302, Type: packet.LinkPointToPoint, Metric: 50})
	n.external(2, "10.9.0.0/16", packet.ExternalMetric{Type2: true, Metric: 5})
	wantRoute(t, n.topology().Compute(rid(1)), "10.9.0.0/16", `N E2 10.9.0.0/16 cost 50/5 area  via ["10.99.99.2"]`)
}

// TestExternalOutsideOfTheBackbone: of two AS boundary routers with the same
// type 2 metric the one with the path outside of the backbone (section 16.4.1).
func TestExternalOutsideOfTheBackbone(t *testing.T) {
	n := newNetwork(t)
	n.p2p(0, 1, 2, 10)
	n.p2p(1, 1, 3, 50)
	n.external(2, "10.9.0.0/16", packet.ExternalMetric{Type2: true, Metric: 5})
	n.external(3, "10.9.0.0/16", packet.ExternalMetric{Type2: true, Metric: 5})
	wantRoute(t, n.topology().Compute(rid(1)), "10.9.0.0/16", `N E2 10.9.0.0/16 cost 50/5 area  via ["10.1.3.2"]`)
}

// nssaNetwork: 1 is inside of NSSA 2, 2 its border router, 3 in the backbone.
func nssaNetwork(t testing.TB) *network {
	n := newNetwork(t)
	n.options[2] = packet.OptionNP
	n.p2p(2, 1, 2, 10)
	n.p2p(0, 2, 3, 10)
	n.flag(2, packet.RouterB|packet.RouterE)
	n.stub(2, 1, "10.11.0.1/32", 0)
	n.summary(0, 2, "10.11.0.1/32", 10)
	return n
}

// TestNSSA: a type 7 LSA, its translation, and who may use which (RFC 3101,
// section 2.5).
func TestNSSA(t *testing.T) {
	n := nssaNetwork(t)
	metric := packet.ExternalMetric{Type2: true, Metric: 5, Forwarding: 0x0a0b0001}
	n.nssa(2, 1, "10.9.0.0/16", metric).Header.Options = packet.OptionNP
	n.external(2, "10.9.0.0/16", metric)
	topo := n.topology()
	wantRoute(t, topo.Compute(rid(2)), "10.9.0.0/16", `N E2 10.9.0.0/16 cost 10/5 area  via ["10.1.2.1"]`)
	wantRoute(t, topo.Compute(rid(3)), "10.9.0.0/16", `N E2 10.9.0.0/16 cost 20/5 area  via ["10.2.3.1"]`)
	wantRoute(t, topo.Compute(rid(1)), "10.9.0.0/16", "")
	if r, _ := topo.Compute(rid(2)).Route(mustPrefix("10.9.0.0/16")); !r.NSSA || r.Origin != rid(1) {
		t.Errorf("the border router takes the type 7 LSA: %+v", r)
	}
}

// TestNSSADefault: a border router does not follow a default that is not to be
// propagated, others do.
func TestNSSADefault(t *testing.T) {
	for _, c := range []struct {
		options packet.Options
		border  string
	}{
		{0, ""},
		{packet.OptionNP, `N E1 0.0.0.0/0 cost 20/0 area  via ["10.2.5.2"]`},
	} {
		n := nssaNetwork(t)
		n.p2p(2, 2, 5, 10)
		n.p2p(2, 1, 5, 10)
		n.nssa(2, 5, "0.0.0.0/0", packet.ExternalMetric{Metric: 10}).Header.Options = c.options
		topo := n.topology()
		wantRoute(t, topo.Compute(rid(2)), "0.0.0.0/0", c.border)
		wantRoute(t, topo.Compute(rid(1)), "0.0.0.0/0", `N E1 0.0.0.0/0 cost 20/0 area  via ["10.1.5.2"]`)
	}
}

// TestTranslations: of LSAs with the same forwarding address one counts: the
// type 7 LSA itself if it may be translated, then a type 5 LSA, the one of the
// highest router ID first (RFC 3101, section 2.5, step 6e).
func TestTranslations(t *testing.T) {
	metric := packet.ExternalMetric{Type2: true, Metric: 5, Forwarding: 0x0a0b0001}
	for _, c := range []struct {
		options packet.Options
		at      byte
		want    byte
	}{
		{packet.OptionNP, 2, 1},
		{0, 2, 4},
		{packet.OptionNP, 3, 4},
	} {
		n := nssaNetwork(t)
		n.p2p(2, 1, 4, 30)
		n.p2p(0, 3, 4, 30)
		n.flag(4, packet.RouterB|packet.RouterE)
		n.nssa(2, 1, "10.9.0.0/16", metric).Header.Options = c.options
		n.external(2, "10.9.0.0/16", metric)
		n.external(4, "10.9.0.0/16", metric)
		if r, _ := n.topology().Compute(rid(c.at)).Route(mustPrefix("10.9.0.0/16")); r.Origin != rid(c.want) {
			t.Errorf("options %s at %d: from %s, want router %d", c.options, c.at, r.Origin, c.want)
		}
	}
}
