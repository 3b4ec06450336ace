package lab

import (
	"net/netip"
	"testing"
)

// TestTopologies checks what the builder takes for granted.
func TestTopologies(t *testing.T) {
	for name, build := range Topologies {
		topo := build()
		ids, addrs := map[netip.Addr]string{}, map[netip.Addr]string{}
		for _, n := range topo.Nodes {
			if other, double := ids[n.RouterID]; double {
				t.Errorf("%s: %s and %s have router ID %s", name, n.Name, other, n.RouterID)
			}
			ids[n.RouterID] = n.Name
			for _, link := range n.Links {
				if other, double := addrs[link.Addr.Addr()]; double {
					t.Errorf("%s: %s and %s have address %s", name, n.Name, other, link.Addr)
				}
				addrs[link.Addr.Addr()] = n.Name
				topo.lan(link.LAN) // panics
				if len(portName(&n, &link)) > 15 {
					t.Errorf("%s: name of port %s is too long", name, portName(&n, &link))
				}
			}
		}
		if len(topo.Hosts()) != 3 || len(topo.kind(Client)) != 1 {
			t.Errorf("%s: want three hosts and one client", name)
		}
	}
	areas := Areas()
	if got := len(areas.Routers()); got != 10 {
		t.Errorf("areas has %d routers, want 10", got)
	}
}
