package spf

import (
	"container/heap"
	"net/netip"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// tree is the result of the first stage in one area: shortest paths from the
// root to every router and transit network (RFC 2328, section 16.1).
type tree struct {
	area *area
	root int
	cost []uint32
	hops [][]NextHop // nil: not reachable, or the root
	done []bool      // in the tree
}

// candidate is an entry of the candidate list. Entries that were overtaken by a
// cheaper one stay in the list and are skipped.
type candidate struct {
	cost    uint32
	network bool
	node    int
}

type candidates []candidate

func (c candidates) Len() int      { return len(c) }
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)   { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	last := len(*c) - 1
	x := (*c)[last]
	*c = (*c)[:last]
	return x
}

// Less takes networks before routers of the same cost, so that all equal-cost
// paths are found (section 16.1, step 3).
func (c candidates) Less(i, j int) bool {
	if c[i].cost != c[j].cost {
		return c[i].cost < c[j].cost
	}
	if c[i].network != c[j].network {
		return c[i].network
	}
	return c[i].node < c[j].node
}

// shortest computes the tree of root; nil if root has no router LSA in a.
func (a *area) shortest(root routerid.ID) *tree {
	r, ok := a.routers[root]
	if !ok {
		return nil
	}
	n := len(a.nodes)
	t := &tree{area: a, root: r, cost: make([]uint32, n), hops: make([][]NextHop, n), done: make([]bool, n)}
	for i := range t.cost {
		t.cost[i] = ^uint32(0)
	}
	t.cost[r] = 0
	list := candidates{{node: r}}
	for len(list) > 0 {
		v := heap.Pop(&list).(candidate).node
		if t.done[v] {
			continue
		}
		t.done[v] = true
		for _, e := range a.nodes[v].edges {
			if t.relax(v, e) {
				heap.Push(&list, candidate{t.cost[e.to], a.nodes[e.to].router == 0, e.to})
			}
		}
	}
	return t
}

// relax looks at the path to e.to over v and reports whether it is a new best.
func (t *tree) relax(v int, e edge) bool {
	cost := add(t.cost[v], e.cost)
	if t.done[e.to] || cost > t.cost[e.to] || cost == ^uint32(0) {
		return false
	}
	hops := t.nextHops(v, e)
	if cost == t.cost[e.to] {
		t.hops[e.to] = merge(t.hops[e.to], hops)
		return false
	}
	t.cost[e.to], t.hops[e.to] = cost, hops
	return true
}

// nextHops are those of e.to over v (section 16.1.1): set where the path leaves
// the root or the network next to it, inherited everywhere else.
func (t *tree) nextHops(v int, e edge) []NextHop {
	to := t.area.nodes[e.to].router
	if v == t.root {
		if to == 0 {
			return []NextHop{{Local: address(e.local)}}
		}
		return []NextHop{{Router: to, Via: address(e.via), Local: address(e.local)}}
	}
	if t.area.nodes[v].router != 0 {
		return t.hops[v]
	}
	var out []NextHop
	for _, h := range t.hops[v] {
		if h.Direct() {
			h.Router, h.Via = to, address(e.via)
		}
		out = merge(out, []NextHop{h})
	}
	return out
}

// address returns an interface address, invalid if there is none.
func address(q packet.Quad) netip.Addr {
	if q == 0 || isIndex(q) {
		return netip.Addr{}
	}
	return q.Addr()
}

// path returns the path to a router of the area; false if there is none.
func (t *tree) path(id routerid.ID) (Path, bool) {
	i, ok := t.area.routers[id]
	if !ok || !t.done[i] || i == t.root {
		return Path{}, false
	}
	return Path{Cost: t.cost[i], Area: t.area.id, Flags: t.area.nodes[i].flags, NextHops: t.hops[i]}, true
}
