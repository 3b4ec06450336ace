package lab

import (
	"fmt"
	"net/netip"
	"time"
)

// Kind is what a node of a topology does.
type Kind uint8

// Host runs services, Router forwards, Client asks. All three speak OSPF.
const (
	Host Kind = iota
	Router
	Client
)

func (k Kind) String() string { return [...]string{"host", "router", "client"}[k] }

// Topology is a network to build.
type Topology struct {
	Name  string
	LANs  []LAN
	Nodes []Node
	// NSSA lists areas that are not-so-stubby (RFC 3101).
	NSSA []int
}

// LAN is one link of the network. Without a delay it is a bridge in a namespace
// of its own, so that no node's death takes it away. With a delay it has exactly
// two ends and a relay between them.
type LAN struct {
	Name  string
	Area  int
	Delay time.Duration // one way
	// What else happens to frames, see relay.Params; only with a delay.
	Loss, Duplicate, Corrupt float64
	Jitter                   time.Duration
}

// PointToPoint reports whether the LAN is a relayed link with two ends.
func (l *LAN) PointToPoint() bool { return l.Delay > 0 }

// Node is a host, a router or the client.
type Node struct {
	Name     string
	Kind     Kind
	RouterID netip.Addr // also its address on the loopback
	Area     int        // of the loopback address
	Links    []Link
}

// Link attaches a node to a LAN.
type Link struct {
	Name     string // of the interface
	LAN      string
	Addr     netip.Prefix
	Cost     int // OSPF cost, 0: FRR's default
	Priority int // for the election of the designated router
}

// Service is the prefix that the addresses of all services are from.
var Service = netip.MustParsePrefix("10.71.100.0/22")

// ServiceAddr is the service address number i, 0 ≤ i < 1,000.
func ServiceAddr(i int) netip.Addr {
	base := Service.Addr().As4()
	n := i + 1
	return netip.AddrFrom4([4]byte{base[0], base[1], base[2] + byte(n>>8), byte(n)})
}

// Topologies by name.
var Topologies = map[string]func() Topology{"two": Two, "areas": Areas, "rough": Rough}

// Two is two routers, each on LAN A, LAN B and the client network; n1 on LAN A
// by two links, n2 on LAN A, n3 on LAN B. All paths prefer r1, so that turning
// r1 off always hits the client.
//
// LAN A is two switches, A and A2, each with a subnet, and n1 is on both. (With
// both links in one subnet, zebra 8.4.4 often has no route at all after one of
// them was lost: it resolves gateways by the connected route of the dead link.)
func Two() Topology {
	router := func(name, id string, host, cost, priority int) Node {
		return Node{Name: name, Kind: Router, RouterID: netip.MustParseAddr(id), Links: []Link{
			link("lana", "A", "10.71.1", host, cost, priority),
			link("lana2", "A2", "10.71.11", host, cost, priority),
			link("lanb", "B", "10.71.2", host, cost, priority),
			link("client", "C", "10.71.9", host, cost, priority),
		}}
	}
	host := func(name, id string, links ...Link) Node {
		return Node{Name: name, Kind: Host, RouterID: netip.MustParseAddr(id), Links: links}
	}
	return Topology{
		Name: "two",
		LANs: []LAN{{Name: "A"}, {Name: "A2"}, {Name: "B"}, {Name: "C"}},
		Nodes: []Node{
			router("r1", "10.0.0.251", 251, 10, 255),
			router("r2", "10.0.0.252", 252, 20, 254),
			host("n1", "10.0.0.1", link("eth0", "A", "10.71.1", 1, 10, 0), link("eth1", "A2", "10.71.11", 1, 10, 0)),
			host("n2", "10.0.0.2", link("eth0", "A", "10.71.1", 2, 10, 0)),
			host("n3", "10.0.0.3", link("eth0", "B", "10.71.2", 3, 10, 0)),
			{
				Name: "cl", Kind: Client, RouterID: netip.MustParseAddr("10.0.0.10"),
				Links: []Link{link("eth0", "C", "10.71.9", 10, 10, 0)},
			},
		},
	}
}

func link(name, lan, net string, host, cost, priority int) Link {
	addr := netip.MustParsePrefix(fmt.Sprintf("%s.%d/24", net, host))
	return Link{Name: name, LAN: lan, Addr: addr, Cost: cost, Priority: priority}
}

// Node finds a node by name.
func (t *Topology) Node(name string) (*Node, error) {
	for i := range t.Nodes {
		if t.Nodes[i].Name == name {
			return &t.Nodes[i], nil
		}
	}
	return nil, fmt.Errorf("find node %s: topology %s has none of that name", name, t.Name)
}

func (t *Topology) lan(name string) *LAN {
	for i := range t.LANs {
		if t.LANs[i].Name == name {
			return &t.LANs[i]
		}
	}
	panic("lab: link to unknown LAN " + name)
}

// Hosts are the nodes that run services.
func (t *Topology) Hosts() []*Node { return t.kind(Host) }

// Routers are the nodes that forward.
func (t *Topology) Routers() []*Node { return t.kind(Router) }

// Client is the node that asks.
func (t *Topology) Client() *Node { return t.kind(Client)[0] }

func (t *Topology) kind(k Kind) []*Node {
	var out []*Node
	for i := range t.Nodes {
		if t.Nodes[i].Kind == k {
			out = append(out, &t.Nodes[i])
		}
	}
	return out
}

// Link finds a link of the node by the name of its interface.
func (n *Node) Link(name string) (*Link, error) {
	for i := range n.Links {
		if n.Links[i].Name == name {
			return &n.Links[i], nil
		}
	}
	return nil, fmt.Errorf("find link %s: %s has none of that name", name, n.Name)
}
