// Package memory is a discovery.Medium inside one process, for tests: nodes,
// reachability, partitions and adjacencies are what the test says.
package memory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// Network joins nodes. All of them are up and connected at first.
type Network struct {
	cluster string

	mu    sync.Mutex // owns all nodes
	nodes map[routerid.ID]*node
}

// entry is one record in a node's database, as it travels.
type entry struct {
	version discovery.Version
	bytes   []byte
}

// node is a router with its copy of everything, and the medium that uses it.
type node struct {
	id     routerid.ID
	alive  bool
	part   int // nodes of equal parts hear each other
	db     map[discovery.Key]entry
	medium *Medium
	reach  map[routerid.ID]discovery.Reach // what the test says of others
	links  *discovery.Links                // what the test says
}

// New makes a network of nodes for one cluster.
func New(cluster string, ids ...routerid.ID) *Network {
	n := &Network{cluster: cluster, nodes: map[routerid.ID]*node{}}
	for _, id := range ids {
		n.nodes[id] = &node{
			id: id, alive: true, db: map[discovery.Key]entry{},
			reach: map[routerid.ID]discovery.Reach{},
		}
	}
	return n
}

// node finds one; a test that names another one is broken.
func (n *Network) node(id routerid.ID) *node {
	x, ok := n.nodes[id]
	if !ok {
		panic(fmt.Sprintf("memory: no node %s", id))
	}
	return x
}

// change runs f, and then spreads what follows from it.
func (n *Network) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
	n.spread()
}

// Crash ends the router of a node: its medium goes down, the others cannot reach
// it, and keep its records.
func (n *Network) Crash(id routerid.ID) {
	n.change(func() {
		x := n.node(id)
		x.alive = false
		if x.medium != nil {
			x.medium.lose(errCrashed)
		}
		clear(x.db)
	})
}

// Restore brings the router of a node back, empty.
func (n *Network) Restore(id routerid.ID) {
	n.change(func() { n.node(id).alive = true })
}

// Partition splits the network: nodes of one group hear each other, and so do
// all that are in none. Without groups the network heals.
func (n *Network) Partition(groups ...[]routerid.ID) {
	n.change(func() {
		for _, x := range n.nodes {
			x.part = 0
		}
		for i, g := range groups {
			for _, id := range g {
				n.node(id).part = i + 1
			}
		}
	})
}

// Reach says what a node is told of another one that it hears; the zero Reach
// ends that.
func (n *Network) Reach(node, of routerid.ID, r discovery.Reach) {
	n.change(func() {
		if r == (discovery.Reach{}) {
			delete(n.node(node).reach, of)
			return
		}
		n.node(node).reach[of] = r
	})
}

// Links says what a node is told of its adjacencies; nil: every node that it
// hears is Full.
func (n *Network) Links(node routerid.ID, l *discovery.Links) {
	n.change(func() { n.node(node).links = l })
}

// Inject puts the bytes of a record into the database of every node that hears
// its author, as a hostile or broken node could.
func (n *Network) Inject(author routerid.ID, where string, b []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, x := range n.nodes {
		if x.medium == nil || !x.medium.up || !n.hears(x, n.node(author)) {
			continue
		}
		if _, err := discovery.Decode(n.cluster, author, b); err != nil {
			x.medium.tell(discovery.Rejected{Author: author, Where: where, Err: err})
		}
	}
}

func (n *Network) hears(a, b *node) bool { return a.alive && b.alive && a.part == b.part }

// spread makes every database what flooding would make it, and tells the media.
func (n *Network) spread() {
	for _, x := range n.sorted() {
		if x.alive {
			n.receive(x)
		}
	}
	for _, x := range n.sorted() {
		if x.alive && x.medium != nil && x.medium.up {
			n.levels(x)
		}
	}
}

func (n *Network) sorted() []*node {
	return slices.SortedFunc(maps.Values(n.nodes), func(a, b *node) int { return cmp.Compare(a.id, b.id) })
}

// receive brings one database up to date. An author that can be heard says what
// there is of it; of the others, the newest copy around counts.
func (n *Network) receive(x *node) {
	want := map[discovery.Key]entry{}
	for _, y := range n.nodes {
		if !n.hears(x, y) {
			continue
		}
		for k, e := range y.db {
			author, ok := n.nodes[k.Author]
			if ok && n.hears(x, author) && author != y {
				continue
			}
			if old, ok := want[k]; !ok || old.version.Less(e.version) {
				want[k] = e
			}
		}
	}
	for k, e := range want {
		if x.db[k].version != e.version {
			x.db[k] = e
			n.seen(x, k, e)
		}
	}
	for k, e := range x.db {
		if _, ok := want[k]; !ok {
			delete(x.db, k)
			n.gone(x, k, e)
		}
	}
}

func (n *Network) seen(x *node, k discovery.Key, e entry) {
	if x.medium == nil || !x.medium.up || e.version.Less(x.medium.newest[k]) {
		return
	}
	x.medium.newest[k] = e.version
	r, err := discovery.Decode(n.cluster, k.Author, e.bytes)
	if err != nil {
		panic("memory: " + err.Error()) // Set encoded it
	}
	x.medium.tell(discovery.Seen{Record: r})
}

func (n *Network) gone(x *node, k discovery.Key, e entry) {
	if x.medium != nil && x.medium.up && e.version == x.medium.newest[k] {
		x.medium.tell(discovery.Gone{Key: k, Version: e.version})
	}
}

// levels tells a medium whom it reaches, if that changed.
func (n *Network) levels(x *node) {
	reach := map[routerid.ID]discovery.Reach{}
	links := discovery.Links{}
	for _, y := range n.sorted() {
		if y == x || !n.hears(x, y) {
			continue
		}
		links.Full = append(links.Full, y.id)
		reach[y.id] = discovery.Reach{State: discovery.ReachUp, Source: "memory"}
		if r, ok := x.reach[y.id]; ok {
			reach[y.id] = r
		}
	}
	if x.links != nil {
		links = *x.links
	}
	x.medium.levels(reach, links)
}
