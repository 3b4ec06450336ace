package spf

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// TestTwoWayCheck: an edge needs both ends (RFC 2328, section 16.1, step 2b).
func TestTwoWayCheck(t *testing.T) {
	for name, c := range map[string]struct {
		build func(*network)
		want  bool
	}{
		"both directions":         {func(n *network) { n.p2p(0, 1, 2, 10) }, true},
		"only towards it":         {func(n *network) { n.half(0, 1, 2, 10); n.router(0, 2) }, false},
		"only from it":            {func(n *network) { n.half(0, 2, 1, 10); n.router(0, 1) }, false},
		"in different areas":      {func(n *network) { n.half(0, 1, 2, 10); n.half(1, 2, 1, 10) }, false},
		"over a network":          {func(n *network) { n.lan(0, 7, 10, 3, 1, 2) }, true},
		"not in the network LSA":  {func(n *network) { n.lan(0, 7, 10, 3, 1, 2); dropFromLAN(n, 2) }, false},
		"network not in its LSA":  {func(n *network) { n.lan(0, 7, 10, 3, 1, 2); n.router(0, 2).Links = nil }, false},
		"root not on the network": {func(n *network) { n.lan(0, 7, 10, 3, 1, 2); dropFromLAN(n, 1) }, false},
		"designated router left":  {func(n *network) { n.lan(0, 7, 10, 3, 1, 2); n.others = nil }, false},
		"virtual link": {func(n *network) {
			n.link(0, 1, packet.RouterLink{ID: packet.Quad(rid(2)), Type: packet.LinkVirtual, Metric: 1})
			n.link(0, 2, packet.RouterLink{ID: packet.Quad(rid(1)), Type: packet.LinkVirtual, Metric: 1})
		}, false},
		"last resort": {func(n *network) { n.p2p(0, 1, 2, packet.MaxLinkMetric) }, true},
	} {
		n := newNetwork(t)
		c.build(n)
		p, ok := Reachability(n.db(), 0, rid(1))[rid(2)]
		if ok != c.want {
			t.Errorf("%s: reachable %v (%+v), want %v", name, ok, p, c.want)
		}
		if _, self := Reachability(n.db(), 0, rid(1))[rid(1)]; self {
			t.Errorf("%s: the root is in its own list", name)
		}
	}
}

func dropFromLAN(n *network, r byte) {
	body := n.others[0].lsa.Body.(*packet.Network)
	body.Routers = slices.DeleteFunc(body.Routers, func(id routerid.ID) bool { return id == rid(r) })
}

// TestMaxAgeDoesNotCount: a flushed or forgotten router LSA connects nothing.
func TestMaxAgeDoesNotCount(t *testing.T) {
	n := newNetwork(t)
	n.p2p(0, 1, 2, 10)
	db := n.db()
	if _, ok := Reachability(db, packet.MaxAge-1, rid(1))[rid(2)]; !ok {
		t.Error("not reachable just before MaxAge")
	}
	if _, ok := Reachability(db, packet.MaxAge, rid(1))[rid(2)]; ok {
		t.Error("reachable at MaxAge")
	}
}

// TestNextHops: what the first hop is known by (section 16.1.1).
func TestNextHops(t *testing.T) {
	n := newNetwork(t)
	n.lan(0, 7, 10, 3, 1, 2)
	n.p2p(0, 2, 4, 10)
	n.p2p(0, 3, 4, 10)
	n.link(0, 1, packet.RouterLink{ID: packet.Quad(rid(5)), Data: 17, Type: packet.LinkPointToPoint, Metric: 10})
	n.link(0, 5, packet.RouterLink{ID: packet.Quad(rid(1)), Data: 4, Type: packet.LinkPointToPoint, Metric: 10})
	n.stub(0, 4, "10.9.0.0/16", 5)
	n.stub(0, 1, "10.8.0.0/16", 3)
	topo := n.topology()
	for r, want := range map[byte]string{
		2: "[10.0.0.2 via 192.168.7.2]",
		4: "[10.0.0.2 via 192.168.7.2 10.0.0.3 via 192.168.7.3]",
		5: "[10.0.0.5 unnumbered]",
	} {
		if got := fmt.Sprint(topo.Reachability(rid(1))[rid(r)].NextHops); got != want {
			t.Errorf("to %d: %s, want %s", r, got, want)
		}
	}
	table := topo.Compute(rid(1))
	wantRoute(t, table, "10.9.0.0/16", `N 10.9.0.0/16 cost 25/0 area 0.0.0.0 via ["192.168.7.2" "192.168.7.3"]`)
	wantRoute(t, table, "10.8.0.0/16", `N 10.8.0.0/16 cost 3/0 area 0.0.0.0 via [""]`)
	wantRoute(t, table, "192.168.7.0/24", `N 192.168.7.0/24 cost 10/0 area 0.0.0.0 via [""]`)
	if h := table.routes[mustPrefix("192.168.7.0/24")].NextHops[0]; !h.Direct() || h.Local.String() != "192.168.7.1" {
		t.Errorf("direct network: %+v", h)
	}
}

// TestParallelLinks: each keeps its own far end, the cheapest ones are used.
func TestParallelLinks(t *testing.T) {
	n := newNetwork(t)
	for _, l := range []struct {
		near, far packet.Quad
		metric    uint16
	}{{0x0a010001, 0x0a010002, 10}, {0x0a010006, 0x0a010005, 10}, {0x0a010009, 0x0a01000a, 11}} {
		n.link(0, 1, packet.RouterLink{ID: packet.Quad(rid(2)), Data: l.near, Type: packet.LinkPointToPoint, Metric: l.metric})
		n.link(0, 2, packet.RouterLink{ID: packet.Quad(rid(1)), Data: l.far, Type: packet.LinkPointToPoint, Metric: l.metric})
	}
	want := "[10.0.0.2 via 10.1.0.2 10.0.0.2 via 10.1.0.5]"
	if got := fmt.Sprint(n.topology().Reachability(rid(1))[rid(2)].NextHops); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestStaleNetworkLSA: of two network LSAs with one link-state ID the one counts
// whose originator has the address.
func TestStaleNetworkLSA(t *testing.T) {
	for _, stale := range []byte{2, 9} { // before and after the real one
		n := newNetwork(t)
		n.lan(0, 7, 10, 3, 1, 2)
		n.router(0, stale)
		n.add(0, packet.TypeNetwork, 0xc0a80703, stale, &packet.Network{Mask: packet.Mask(30)})
		if _, ok := n.topology().Reachability(rid(1))[rid(2)]; !ok {
			t.Errorf("stale LSA of router %d won", stale)
		}
	}
}

// TestAgainstBruteForce compares costs and next hops with a relaxation that
// knows nothing of a candidate list, on random networks.
func TestAgainstBruteForce(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		n := newNetwork(t)
		size := 2 + random.IntN(12)
		cost := map[[2]byte]uint32{}
		for range size * 2 {
			a, b := byte(1+random.IntN(size)), byte(1+random.IntN(size))
			if _, ok := cost[[2]byte{a, b}]; ok || a == b {
				continue
			}
			m := uint16(1 + random.IntN(4))
			n.p2p(0, a, b, m)
			cost[[2]byte{a, b}], cost[[2]byte{b, a}] = uint32(m), uint32(m)
		}
		n.router(0, 1)
		want := distances(cost, byte(size))
		got := n.topology().Reachability(rid(1))
		for r := byte(2); r <= byte(size); r++ {
			compareDistances(t, seed, r, got, want, cost)
		}
	}
}

// distances are all pairs' shortest paths.
func distances(cost map[[2]byte]uint32, size byte) map[[2]byte]uint32 {
	d := map[[2]byte]uint32{}
	for k, c := range cost {
		d[k] = c
	}
	for k := byte(1); k <= size; k++ {
		d[[2]byte{k, k}] = 0
		for i := byte(1); i <= size; i++ {
			for j := byte(1); j <= size; j++ {
				a, okA := d[[2]byte{i, k}]
				b, okB := d[[2]byte{k, j}]
				if old, ok := d[[2]byte{i, j}]; okA && okB && (!ok || a+b < old) {
					d[[2]byte{i, j}] = a + b
				}
			}
		}
	}
	return d
}

func compareDistances(t *testing.T, seed uint64, r byte, got map[routerid.ID]Path, want, cost map[[2]byte]uint32) {
	t.Helper()
	p, ok := got[rid(r)]
	w, reachable := want[[2]byte{1, r}]
	if ok != reachable || ok && p.Cost != w {
		t.Errorf("seed %d: router %d: cost %d, %v; want %d, %v", seed, r, p.Cost, ok, w, reachable)
	}
	var first, wantFirst []routerid.ID
	for _, h := range p.NextHops {
		first = append(first, h.Router)
	}
	for k, c := range cost {
		if rest, ok := want[[2]byte{k[1], r}]; ok && k[0] == 1 && c+rest == w {
			wantFirst = append(wantFirst, rid(k[1]))
		}
	}
	slices.Sort(wantFirst)
	if !slices.Equal(first, wantFirst) {
		t.Errorf("seed %d: router %d: first hops %v, want %v", seed, r, first, wantFirst)
	}
}

// BenchmarkReachability: 1,000 routers in a grid with a LAN per row.
func BenchmarkReachability(b *testing.B) {
	db := grid(b, 1000)
	for b.Loop() {
		if got := Reachability(db, 0, rid(1)); len(got) != 999 {
			b.Fatalf("%d routers", len(got))
		}
	}
}

// BenchmarkCompute: the whole table of the same network, with 1,000 externals.
func BenchmarkCompute(b *testing.B) {
	topo := NewTopology(grid(b, 1000), 0)
	for b.Loop() {
		topo.Compute(rid(1))
	}
}

// grid is a square of routers connected to the right and down, each with a stub
// network and an external destination.
func grid(t testing.TB, size int) *lsdb.DB {
	db := lsdb.New(lsdb.Limits{})
	id := func(i int) packet.Quad { return 0x0a000001 + packet.Quad(i) }
	const width = 32
	for i := range size {
		body := &packet.Router{Flags: packet.RouterE}
		join := func(j, cost int) {
			if j >= 0 && j < size {
				body.Links = append(body.Links, packet.RouterLink{
					ID: id(j), Data: 0x0b000000 + packet.Quad(i*width+j%width), Type: packet.LinkPointToPoint, Metric: uint16(cost),
				})
			}
		}
		if i%width > 0 {
			join(i-1, 1)
		}
		if i%width < width-1 {
			join(i+1, 1)
		}
		join(i-width, 1)
		join(i+width, 1)
		body.Links = append(body.Links, packet.RouterLink{ID: 0x0c000000 + packet.Quad(i)<<8, Data: packet.Mask(24), Type: packet.LinkStub, Metric: 1})
		for _, l := range []packet.LSA{
			{Header: packet.Header{Type: packet.TypeRouter, ID: id(i), AdvRouter: routerid.ID(id(i)), Options: packet.OptionE}, Body: body},
			{
				Header: packet.Header{Type: packet.TypeExternal, ID: 0x0d000000 + packet.Quad(i), AdvRouter: routerid.ID(id(i))},
				Body:   &packet.External{Mask: packet.Mask(32), ExternalMetric: packet.ExternalMetric{Type2: true, Metric: 1000}},
			},
		} {
			if _, err := db.Install(0, lsdb.Where{}, l); err != nil {
				t.Fatal(err)
			}
		}
	}
	return db
}
