package lab

import (
	"fmt"
	"net/netip"
	"time"
)

// wireDelay is the one-way delay of the links between the routers of Areas.
const wireDelay = 20 * time.Millisecond

// Areas is ten routers: four of the backbone in a ring, three of the normal
// area 1 behind b1 and b2, three of the not-so-stubby area 2 behind b3 and b4,
// with 20 ms links between them. n1 is in area 1, n2 in area 2, n3 in the
// backbone, where the client is too.
func Areas() Topology {
	t := Topology{Name: "areas", NSSA: []int{2}}
	index := map[string]int{}
	add := func(name string, kind Kind, id string, area int) {
		index[name] = len(t.Nodes)
		t.Nodes = append(t.Nodes, Node{Name: name, Kind: kind, RouterID: netip.MustParseAddr(id), Area: area})
	}
	for area, names := range [][]string{{"b1", "b2", "b3", "b4"}, {"m1", "m2", "m3"}, {"s1", "s2", "s3"}} {
		for i, name := range names {
			add(name, Router, fmt.Sprintf("10.0.%d.%d", area+1, i+1), area)
		}
	}
	add("n1", Host, "10.0.0.1", 1)
	add("n2", Host, "10.0.0.2", 2)
	add("n3", Host, "10.0.0.3", 0)
	add("cl", Client, "10.0.0.10", 0)
	attach := func(name string, l Link) {
		n := &t.Nodes[index[name]]
		l.Name = fmt.Sprintf("eth%d", len(n.Links))
		n.Links = append(n.Links, l)
	}
	wires := []struct {
		a, b string
		area int
	}{
		{"b1", "b2", 0},
		{"b2", "b3", 0},
		{"b3", "b4", 0},
		{"b4", "b1", 0},
		{"b1", "m1", 1},
		{"b2", "m2", 1},
		{"m1", "m2", 1},
		{"m1", "m3", 1},
		{"m2", "m3", 1},
		{"b3", "s1", 2},
		{"b4", "s2", 2},
		{"s1", "s2", 2},
		{"s1", "s3", 2},
		{"s2", "s3", 2},
	}
	for i, w := range wires {
		lan := LAN{Name: w.a + w.b, Area: w.area, Delay: wireDelay}
		t.LANs = append(t.LANs, lan)
		attach(w.a, Link{LAN: lan.Name, Addr: netip.MustParsePrefix(fmt.Sprintf("10.72.%d.1/30", i+1))})
		attach(w.b, Link{LAN: lan.Name, Addr: netip.MustParsePrefix(fmt.Sprintf("10.72.%d.2/30", i+1))})
	}
	lans := []struct {
		name, routers, host string
		net                 int
		area                int
	}{{"M", "m3", "n1", 1, 1}, {"S", "s3", "n2", 2, 2}, {"B", "b1", "n3", 3, 0}, {"C", "b2", "cl", 9, 0}}
	for _, l := range lans {
		t.LANs = append(t.LANs, LAN{Name: l.name, Area: l.area})
		net := fmt.Sprintf("10.71.%d", l.net)
		attach(l.routers, link("", l.name, net, 254, 0, 255))
		attach(l.host, link("", l.name, net, 10, 0, 0))
	}
	return t
}
