package whatif

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// topology is the network as the link-state database shows it: what is joined to
// the node that asks. Links on which a router has no neighbor are not in it.
type topology struct {
	routers []routerid.ID // sorted
	links   []link
	beyond  []routerid.ID // nodes of which the database shows no more than that they are there
}

// link is a point-to-point link, or a network with a designated router.
type link struct {
	name       string
	lan        bool
	members    []routerid.ID // sorted
	designated routerid.ID   // of a network
	prefix     netip.Prefix  // of a network
}

var errNoTopology = errors.New("the link-state database shows no network around this node")

// readTopology reads the router and network LSAs of all areas, and keeps what is
// joined to root.
func readTopology(p *Picture) (*topology, error) {
	r := reading{networks: map[packet.Quad]*lsdb.Entry{}, pairs: map[[2]routerid.ID]int{}, attached: map[packet.Quad][]routerid.ID{}}
	for e := range p.Database.All() {
		if e.MaxAge(p.DatabaseAt) {
			continue
		}
		switch body := e.LSA.Body.(type) {
		case *packet.Router:
			r.router(e.Key.AdvRouter, body)
		case *packet.Network:
			r.networks[e.Key.ID] = e
		}
	}
	t := &topology{links: append(r.pointToPoint(), r.transit()...)}
	if t.joined(p.RouterID); len(t.links) == 0 {
		return nil, errNoTopology
	}
	return t, nil
}

// reading is what the LSAs say, each end for itself.
type reading struct {
	networks map[packet.Quad]*lsdb.Entry
	pairs    map[[2]routerid.ID]int // point-to-point links from one to the other
	attached map[packet.Quad][]routerid.ID
}

func (r *reading) router(id routerid.ID, body *packet.Router) {
	for _, l := range body.Links {
		switch l.Type {
		case packet.LinkPointToPoint:
			r.pairs[[2]routerid.ID{id, routerid.ID(l.ID)}]++
		case packet.LinkTransit:
			r.attached[l.ID] = append(r.attached[l.ID], id)
		}
	}
}

// pointToPoint are the links that both ends know.
func (r *reading) pointToPoint() (links []link) {
	for pair, n := range r.pairs {
		back := r.pairs[[2]routerid.ID{pair[1], pair[0]}]
		if pair[0] > pair[1] {
			continue
		}
		for k := range min(n, back) {
			name := fmt.Sprintf("%s-%s", pair[0], pair[1])
			if k > 0 {
				name += fmt.Sprintf("-%d", k+1)
			}
			links = append(links, link{name: name, members: []routerid.ID{pair[0], pair[1]}})
		}
	}
	slices.SortFunc(links, func(a, b link) int { return cmp.Compare(a.name, b.name) })
	return links
}

// transit are the networks; their members are those that the designated router
// names, and that say so themselves.
func (r *reading) transit() (links []link) {
	for address, e := range r.networks {
		body := e.LSA.Body.(*packet.Network)
		bits, _ := body.Mask.MaskBits()
		l := link{lan: true, designated: e.Key.AdvRouter, prefix: netip.PrefixFrom(address.Addr(), bits).Masked()}
		l.name = l.prefix.String()
		for _, id := range body.Routers {
			if slices.Contains(r.attached[address], id) {
				l.members = append(l.members, id)
			}
		}
		if slices.Sort(l.members); len(l.members) > 1 {
			links = append(links, l)
		}
	}
	slices.SortFunc(links, func(a, b link) int { return a.prefix.Compare(b.prefix) })
	return links
}

// joined keeps what can be reached from root.
func (t *topology) joined(root routerid.ID) {
	there := map[routerid.ID]bool{root: true}
	for grew := true; grew; {
		grew = false
		for _, l := range t.links {
			touches := slices.ContainsFunc(l.members, func(id routerid.ID) bool { return there[id] })
			for _, id := range l.members {
				if touches && !there[id] {
					there[id], grew = true, true
				}
			}
		}
	}
	t.links = slices.DeleteFunc(t.links, func(l link) bool { return !there[l.members[0]] })
	for id := range there {
		t.routers = append(t.routers, id)
	}
	slices.Sort(t.routers)
}

func (t *topology) has(id routerid.ID) bool {
	_, ok := slices.BinarySearch(t.routers, id)
	return ok
}

// place puts a node that can be reached, though not through what the database
// shows, behind a router: it is in another area.
func (t *topology) place(id, behind routerid.ID) {
	t.links = append(t.links, link{name: fmt.Sprintf("%s-%s", behind, id), members: []routerid.ID{behind, id}})
	t.routers = append(t.routers, id)
	slices.Sort(t.routers)
	t.beyond = append(t.beyond, id)
}
