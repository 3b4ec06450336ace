package spf

import (
	"math/rand/v2"
	"testing"

	"srr/internal/ospf/packet"
)

// naive computes what Reachability does, from the description of a network and not from
// its LSAs: by relaxing every edge until nothing changes.
type naive struct {
	cost  map[packet.AreaID]map[[2]byte]uint32 // confirmed edges; LANs are routers 100 and up
	in    map[packet.AreaID]map[byte]bool
	abr   map[byte]bool
	type4 []type4
}

type type4 struct {
	area   packet.AreaID
	from   byte
	to     byte
	metric uint32
}

// distances are those within an area.
func (n *naive) distances(area packet.AreaID, root byte) map[byte]uint32 {
	if !n.in[area][root] {
		return nil
	}
	d := map[byte]uint32{root: 0}
	for changed := true; changed; {
		changed = false
		for e, c := range n.cost[area] {
			from, ok := d[e[0]]
			if old, known := d[e[1]]; ok && (!known || from+c < old) {
				d[e[1]], changed = from+c, true
			}
		}
	}
	return d
}

// reach returns the cost to each router, and those that only a type-4 LSA tells of.
func (n *naive) reach(root byte) (cost map[byte]uint32, far map[byte]bool) {
	cost, far = map[byte]uint32{}, map[byte]bool{}
	trees := map[packet.AreaID]map[byte]uint32{}
	for area := range n.in {
		if d := n.distances(area, root); d != nil {
			trees[area] = d
		}
		for id, c := range trees[area] {
			if old, known := cost[id]; id < 100 && id != root && (!known || c < old) {
				cost[id] = c
			}
		}
	}
	backbone := false
	for id := range trees[0] {
		backbone = backbone || id < 100 && id != root
	}
	found := map[byte]uint32{}
	for _, s := range n.type4 {
		d := trees[s.area]
		via, ok := d[s.from]
		_, within := d[s.to]
		if !ok || s.from == root || within || s.to == root || s.metric >= packet.LSInfinity || n.abr[root] && backbone && s.area != 0 || !n.abr[s.from] {
			continue
		}
		if old, known := found[s.to]; !known || via+s.metric < old {
			found[s.to] = via + s.metric
		}
	}
	for id, c := range found {
		if _, known := cost[id]; !known {
			cost[id], far[id] = c, true
		}
	}
	return cost, far
}

// TestNaive compares the two on random networks of three areas, with links that only one
// end knows, LANs that have lost their designated router, and summaries of nobody.
func TestNaive(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 11))
		net := newNetwork(t)
		n := &naive{
			cost: map[packet.AreaID]map[[2]byte]uint32{}, in: map[packet.AreaID]map[byte]bool{}, abr: map[byte]bool{},
		}
		areas := packet.AreaID(1 + r.IntN(3))
		for area := range areas {
			n.cost[area], n.in[area] = map[[2]byte]uint32{}, map[byte]bool{}
			for id := byte(1); id <= 8; id++ {
				if r.IntN(2) == 0 {
					n.in[area][id] = true
					net.router(area, id)
				}
			}
			n.links(r, net, area)
			n.lans(r, net, area)
		}
		for id := byte(1); id <= 8; id++ {
			if r.IntN(2) == 0 {
				n.abr[id] = true
				net.flag(id, packet.RouterB)
			}
		}
		for range r.IntN(8) {
			s := type4{packet.AreaID(r.IntN(int(areas))), byte(1 + r.IntN(9)), byte(1 + r.IntN(12)), uint32(r.IntN(40))}
			if r.IntN(5) == 0 {
				s.metric = packet.LSInfinity
			}
			n.say(net, s)
		}
		n.compare(t, seed, net)
	}
}

func (n *naive) say(net *network, s type4) {
	for _, o := range n.type4 {
		if o.area == s.area && o.from == s.from && o.to == s.to {
			return // the same LSA
		}
	}
	n.type4 = append(n.type4, s)
	net.boundary(s.area, s.from, s.to, s.metric)
}

func (n *naive) lower(area packet.AreaID, from, to byte, c uint32) {
	if old, known := n.cost[area][[2]byte{from, to}]; !known || c < old {
		n.cost[area][[2]byte{from, to}] = c
	}
}

func (n *naive) links(r *rand.Rand, net *network, area packet.AreaID) {
	half := map[[2]byte]bool{}
	type link struct {
		from, to byte
		c        uint32
	}
	var all []link
	for a := byte(1); a <= 8; a++ {
		for b := byte(1); b <= 8; b++ {
			if a == b || !n.in[area][a] || r.IntN(3) > 0 && !half[[2]byte{b, a}] || r.IntN(6) == 0 {
				continue
			}
			c := uint32(1 + r.IntN(20))
			if r.IntN(10) == 0 {
				c = packet.MaxLinkMetric
			}
			half[[2]byte{a, b}] = true
			net.half(area, a, b, uint16(c))
			all = append(all, link{a, b, c})
		}
	}
	for _, l := range all {
		if half[[2]byte{l.to, l.from}] {
			n.lower(area, l.from, l.to, l.c)
		}
	}
}

// lans adds networks. Of some the router LSA of a member has no link any more, and some
// members are not in the network LSA.
func (n *naive) lans(r *rand.Rand, net *network, area packet.AreaID) {
	for num := range byte(r.IntN(3)) {
		var members []byte
		for id := byte(1); id <= 8; id++ {
			if n.in[area][id] && r.IntN(2) == 0 {
				members = append(members, id)
			}
		}
		if len(members) == 0 {
			continue
		}
		lan := 100 + num
		address := func(m byte) packet.Quad {
			return 0xc0a80000 | packet.Quad(area)<<12 | packet.Quad(num)<<8 | packet.Quad(m)
		}
		body := &packet.Network{Mask: packet.Mask(24)}
		for _, m := range members {
			links, listed, c := r.IntN(5) > 0, r.IntN(5) > 0, uint32(1+r.IntN(20))
			if links {
				net.link(area, m, packet.RouterLink{ID: address(members[0]), Data: address(m), Type: packet.LinkTransit, Metric: uint16(c)})
			}
			if listed {
				body.Routers = append(body.Routers, rid(m))
			}
			if links && listed {
				n.lower(area, m, lan, c)
				n.lower(area, lan, m, 0)
			}
		}
		net.add(area, packet.TypeNetwork, address(members[0]), members[0], body)
	}
}

func (n *naive) compare(t *testing.T, seed uint64, net *network) {
	t.Helper()
	topology := NewTopology(net.db(), 0)
	for root := byte(1); root <= 8; root++ {
		cost, far := n.reach(root)
		got := topology.Reachability(rid(root))
		for id, c := range cost {
			p, ok := got[rid(id)]
			if !ok || p.Cost != c || (p.Source == FromType4) != far[id] || len(p.NextHops) == 0 {
				t.Fatalf("seed %d: from %d to %d: %+v, want cost %d, far %t", seed, root, id, p, c, far[id])
			}
		}
		if len(got) != len(cost) {
			t.Fatalf("seed %d: from %d: %d routers, want %d", seed, root, len(got), len(cost))
		}
	}
}
