package whatif

import (
	"slices"

	"srr/internal/routerid"
	"srr/sim/network"
)

// wire makes routers and links. Hosts that can become designated router are those
// that are one now, and those beside them.
func (w *world) wire() {
	net := w.Network()
	net.ElectBackups()
	runs, left := map[routerid.ID]bool{}, map[routerid.ID]bool{}
	for _, id := range w.model.net.routers {
		x := w.model.machine(id)
		if w.leaves(x) {
			left[id] = true
			continue
		}
		w.weight[id] += w.model.weight(id)
		r := net.AddRouter(w.model.names[id], id, x != nil && w.has(x))
		if runs[id] = x != nil; runs[id] {
			r.SetPriority(0)
		}
	}
	for _, l := range w.model.net.links {
		var members []*network.Router
		for _, id := range l.members {
			if r := net.ByID(id); r != nil {
				members = append(members, r)
			}
		}
		for _, id := range l.members {
			if left[id] {
				w.weight[l.heaviest(members)] += w.model.weight(id)
			}
		}
		if len(members) < 2 {
			continue
		}
		net.AddLink(l.name, l.lan, members...)
		if l.lan && runs[l.designated] {
			for _, r := range members {
				r.SetPriority(1)
			}
		}
		if l.lan {
			net.ByID(l.designated).SetPriority(2)
		}
	}
}

// leaves reports whether a node is left out: it has nothing of what is looked at,
// and nothing passes through it.
func (w *world) leaves(x *machine) bool {
	if !w.small || x == nil || w.has(x) {
		return false
	}
	links := 0
	for _, l := range w.model.net.links {
		if slices.Contains(l.members, x.id) {
			links++
		}
		if l.lan && l.designated == x.id {
			return false
		}
	}
	return links <= 1
}

// heaviest is who stands for the nodes of a link that were left out: its
// designated router, or the other end.
func (l *link) heaviest(members []*network.Router) routerid.ID {
	if l.lan {
		return l.designated
	}
	if len(members) > 0 {
		return members[0].ID
	}
	return 0
}

// weight is how much a router counts where the network falls apart: clients come
// through routers, and a LAN of nodes alone is nowhere. 0: it is down.
func (m *Model) weight(id routerid.ID) int {
	const router = 1000
	switch x := m.machine(id); {
	case x == nil:
		return router
	case x.down:
		return 0
	}
	return 1
}

// joined is what is joined now, and in how many parts the network is.
func (w *world) joined() (largest map[*network.Router]bool, parts int) {
	return w.Network().Joined(func(r *network.Router) int { return w.weight[r.ID] })
}
