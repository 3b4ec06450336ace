// Package network is the routed network of a run: routers, LANs and
// point-to-point links with real link-state databases. Router, network and
// opaque LSAs are those of internal/ospf/packet, kept in internal/ospf/lsdb;
// whom a router reaches is computed by internal/ospf/spf. They are flooded hop
// by hop, with delay, loss and retransmission, reordering and duplication.
//
// What is modelled instead of run: hellos and the designated router's election
// (as the time that they take), the exchange of databases (as one transfer),
// and ospfd's API (Listener). There is one area.
package network

import (
	"math/rand/v2"
	"time"

	"srr/internal/ospf/packet"
	"srr/internal/ospf/spf"
	"srr/internal/routerid"
	"srr/sim/event"
)

// Timers are those of OSPF on every link (RFC 2328, appendix C; RFC 5880).
type Timers struct {
	Hello      time.Duration
	Dead       time.Duration
	Retransmit time.Duration
	BFD        time.Duration // detection time of BFD; 0: hellos only
	LSInterval time.Duration // between two instances of a router's own LSA
	LSArrival  time.Duration // between two instances that are accepted; 0: MinLSArrival, negative: none
}

// arrival is how long an LSA must have been there before the next instance counts.
func (t Timers) arrival() time.Duration {
	if t.LSArrival == 0 {
		return packet.MinLSArrival
	}
	return t.LSArrival
}

// Detect is how long the silence of a neighbor takes to be noticed.
func (t Timers) Detect() time.Duration {
	if t.BFD > 0 {
		return t.BFD
	}
	return t.Dead
}

// Network owns all routers and links.
type Network struct {
	queue   *event.Queue
	random  *rand.Rand
	timers  Timers
	routers []*Router
	links   []*Link
	byID    map[routerid.ID]*Router
	byName  map[string]*Router
	linked  map[string]*Link
	backups bool // LANs have backup designated routers
	// What databases of equal content say, by the digest of their router and
	// network LSAs: after each change most routers ask the same question.
	topologies map[uint64]*spf.Topology
	reached    map[question][]routerid.ID
	wrapped    time.Duration
}

type question struct {
	digest uint64
	root   routerid.ID
}

// New returns an empty network.
func New(q *event.Queue, r *rand.Rand, t Timers) *Network {
	return &Network{
		queue: q, random: r, timers: t,
		byID: map[routerid.ID]*Router{}, byName: map[string]*Router{}, linked: map[string]*Link{},
		topologies: map[uint64]*spf.Topology{}, reached: map[question][]routerid.ID{},
	}
}

// AddRouter adds a router that does not run yet. A host's ospfd never becomes
// designated router, and has a client that wants to know whom it reaches.
func (n *Network) AddRouter(name string, id routerid.ID, host bool) *Router {
	r := &Router{ID: id, Name: name, network: n, host: host, priority: 1}
	if host {
		r.priority = 0
	}
	n.routers = append(n.routers, r)
	n.byID[id], n.byName[name] = r, r
	return r
}

// AddLink connects routers: two by a point-to-point link, or any number by a LAN.
func (n *Network) AddLink(name string, lan bool, routers ...*Router) *Link {
	l := &Link{network: n, Name: name, lan: lan, quality: Good}
	for i, r := range routers {
		p := &port{router: r, link: l, carrier: true, addr: packet.Quad(0x0b000000 + len(n.links)<<8 + i + 1)}
		l.ports = append(l.ports, p)
		r.ports = append(r.ports, p)
	}
	for i, p := range l.ports {
		for _, o := range l.ports[i+1:] {
			a := &adjacency{network: n, link: l, ends: [2]*end{{at: p, of: o}, {at: o, of: p}}}
			l.adjacencies = append(l.adjacencies, a)
			p.neighbors = append(p.neighbors, a.ends[0])
			o.neighbors = append(o.neighbors, a.ends[1])
			a.ends[0].adjacency, a.ends[1].adjacency = a, a
		}
	}
	n.links = append(n.links, l)
	n.linked[name] = l
	return l
}

// Router finds a router by its name, nil if there is none.
func (n *Network) Router(name string) *Router { return n.byName[name] }

// ByID finds a router by its ID, nil if there is none.
func (n *Network) ByID(id routerid.ID) *Router { return n.byID[id] }

// Link finds a link by its name, nil if there is none.
func (n *Network) Link(name string) *Link { return n.linked[name] }

// Links returns all links, in the order in which they were added.
func (n *Network) Links() []*Link { return n.links }

// Routers returns all routers, in the order in which they were added.
func (n *Network) Routers() []*Router { return n.routers }

// Wrapped is when a router came to the end of its sequence numbers last, or began anew.
func (n *Network) Wrapped() time.Duration { return n.wrapped }

// Timers returns those of every link.
func (n *Network) Timers() Timers { return n.timers }

// between is a random duration.
func (n *Network) between(low, high time.Duration) time.Duration {
	return low + time.Duration(n.random.Int64N(int64(high-low)+1))
}
