package lab

import (
	"fmt"
	"net/netip"
	"strings"
)

// daemons of FRR on every node, in the order of their start.
func daemons(t Timers) []string {
	if t.BFD == 0 {
		return []string{"zebra", "ospfd"}
	}
	return []string{"zebra", "bfdd", "ospfd"}
}

// frrConfig writes the configuration of one FRR daemon of a node.
func (l *Lab) frrConfig(n *Node, daemon string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "hostname %s\nlog file %s\n", n.Name, l.path(n.Name, "log", daemon+".log"))
	switch daemon {
	case "zebra":
		// With nexthop objects, zebra 8.4.4 now and then fails to install any
		// route after a link of n1 was down and up ("Nexthop id does not exist").
		b.WriteString("no zebra nexthop kernel enable\n")
		if l.timers.NoQueue {
			b.WriteString("zebra work-queue 0\n")
		}
	case "bfdd":
		ms := l.timers.BFD.Milliseconds()
		fmt.Fprintf(&b, "bfd\n profile lab\n  detect-multiplier 3\n  receive-interval %d\n  transmit-interval %d\n exit\nexit\n", ms, ms)
	case "ospfd":
		for i := range n.Links {
			l.ospfInterface(&b, &n.Links[i])
		}
		l.ospfRouter(&b, n)
	}
	return b.String()
}

func (l *Lab) ospfInterface(b *strings.Builder, link *Link) {
	fmt.Fprintf(b, "interface %s\n", link.Name)
	if l.topo.lan(link.LAN).PointToPoint() {
		b.WriteString(" ip ospf network point-to-point\n")
	} else {
		fmt.Fprintf(b, " ip ospf priority %d\n", link.Priority)
	}
	if link.Cost > 0 {
		fmt.Fprintf(b, " ip ospf cost %d\n", link.Cost)
	}
	if !l.timers.Default {
		b.WriteString(" ip ospf dead-interval minimal hello-multiplier 10\n ip ospf retransmit-interval 1\n")
	}
	if l.timers.BFD > 0 {
		b.WriteString(" ip ospf bfd\n ip ospf bfd profile lab\n")
	}
	b.WriteString("exit\n")
}

// ospfRouter uses network statements, not "ip ospf area" on the interfaces:
// the latter on the loopback would announce every service address that is put
// there as a stub link.
func (l *Lab) ospfRouter(b *strings.Builder, n *Node) {
	fmt.Fprintf(b, "router ospf\n ospf router-id %s\n capability opaque\n", n.RouterID)
	if !l.timers.Default {
		b.WriteString(" timers throttle spf 0 50 1000\n timers throttle lsa all 0\n timers lsa min-arrival 0\n")
	}
	fmt.Fprintf(b, " network %s/32 area %d\n", n.RouterID, n.Area)
	seen := map[netip.Prefix]bool{}
	for _, link := range n.Links {
		if net := link.Addr.Masked(); !seen[net] {
			seen[net] = true
			fmt.Fprintf(b, " network %s area %d\n", net, l.topo.lan(link.LAN).Area)
		}
	}
	for _, area := range l.topo.NSSA {
		if l.inArea(n, area) {
			fmt.Fprintf(b, " area %d nssa\n", area)
		}
	}
	announce := l.state.Announce && n.Kind == Host
	if announce {
		b.WriteString(" redistribute connected metric 1000 metric-type 2 route-map lab-services\n")
	}
	b.WriteString("exit\n")
	if announce {
		fmt.Fprintf(b, "ip prefix-list lab-services seq 5 permit %s ge 32\n", Service)
		b.WriteString("route-map lab-services permit 10\n match ip address prefix-list lab-services\nexit\n")
	}
}

func (l *Lab) inArea(n *Node, area int) bool {
	for _, link := range n.Links {
		if l.topo.lan(link.LAN).Area == area {
			return true
		}
	}
	return false
}
