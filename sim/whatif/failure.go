package whatif

import (
	"slices"
	"strings"

	"srr/internal/routerid"
	"srr/internal/service"
)

// Kind is what fails.
type Kind string

// The kinds of single failures.
const (
	KindNode    Kind = "node"
	KindRouter  Kind = "router"
	KindLink    Kind = "link" // a point-to-point link, or what attaches a node or router to a network
	KindNetwork Kind = "network"
	KindService Kind = "service"
)

// failure is a single failure, and the units that it can concern.
type failure struct {
	kind  Kind
	line  string
	units map[service.Unit]bool // none: nobody notices it
	small bool                  // nodes without these units do not matter
}

// failures are all that can fail alone, as the picture shows it: what is down or
// silent already is not among them.
func (m *Model) failures() (all []failure) {
	for _, id := range m.net.routers {
		x := m.machine(id)
		switch {
		case x == nil:
			all = append(all, m.breaking(KindRouter, "power-off "+m.names[id], func(l *link) []routerid.ID { return without(l, id) }))
		case !x.down:
			f := m.breaking(KindNode, "power-off "+m.names[id], func(l *link) []routerid.ID { return without(l, id) })
			all = append(all, f)
		}
	}
	for k := range m.net.links {
		all = append(all, m.linkFailures(&m.net.links[k])...)
	}
	for _, x := range m.machines {
		for i := range x.instances {
			if in := &x.instances[i]; in.state == service.Started && !x.down && canFail(&in.spec) {
				u := map[service.Unit]bool{in.spec.Unit(): true}
				all = append(all, failure{KindService, "fail " + in.spec.Name + " on " + x.name, u, true})
			}
		}
	}
	return all
}

// canFail reports whether there is anything of a service by whose end srrd would
// notice it: processes, or a check.
func canFail(s *service.Spec) bool { return s.Primitives[service.Start] || s.HasCheck }

// linkFailures are those of a link, and of a network each attachment as well.
func (m *Model) linkFailures(l *link) (all []failure) {
	gone := func(o *link) []routerid.ID {
		if o == l {
			return nil
		}
		return o.members
	}
	if slices.ContainsFunc(l.members, func(id routerid.ID) bool { x := m.machine(id); return x != nil && x.down }) && !l.lan {
		return nil // it leads to a node that is down
	}
	if !l.lan {
		return []failure{m.breaking(KindLink, "link-down "+l.name, gone)}
	}
	all = []failure{m.breaking(KindNetwork, "link-down "+l.name, gone)}
	for _, id := range l.members {
		all = append(all, m.breaking(KindLink, "link-down "+m.names[id]+" "+l.name, func(o *link) []routerid.ID {
			if o == l {
				return without(o, id)
			}
			return o.members
		}))
	}
	return all
}

func without(l *link, id routerid.ID) []routerid.ID {
	return slices.DeleteFunc(slices.Clone(l.members), func(o routerid.ID) bool { return o == id })
}

func (m *Model) machine(id routerid.ID) *machine {
	for _, x := range m.machines {
		if x.id == id {
			return x
		}
	}
	return nil
}

// breaking is a failure of the network, after which each link joins what is left
// of it. It concerns what the nodes hold that are no longer joined to most. Where
// a router dies, a designated one is cut from its network, or the rest falls apart,
// others may notice something, too: of each of them one unit is tried.
func (m *Model) breaking(kind Kind, line string, left func(*link) []routerid.ID) failure {
	largest, parts := m.largest(left)
	f := failure{kind: kind, line: line, units: map[service.Unit]bool{}}
	f.small = kind != KindRouter && kind != KindNetwork && parts <= 2 && !m.beheads(left)
	for _, x := range m.machines {
		if x.down || f.small && largest[x.id] {
			continue
		}
		for k := range x.instances {
			if in := &x.instances[k]; in.state.Held() {
				f.units[in.spec.Unit()] = true
				if largest[x.id] {
					break
				}
			}
		}
	}
	return f
}

// beheads reports whether a network loses its designated router.
func (m *Model) beheads(left func(*link) []routerid.ID) bool {
	for k := range m.net.links {
		l := &m.net.links[k]
		if l.lan && !slices.Contains(left(l), l.designated) {
			return true
		}
	}
	return false
}

// largest is the largest part of the network that is left, and how many there are.
func (m *Model) largest(left func(*link) []routerid.ID) (map[routerid.ID]bool, int) {
	part := map[routerid.ID]int{}
	for k, id := range m.net.routers {
		part[id] = k
	}
	for k := range m.net.links {
		members := left(&m.net.links[k])
		for _, id := range members {
			was, is := part[id], part[members[0]]
			for o, p := range part {
				if p == was {
					part[o] = is
				}
			}
		}
	}
	size := map[int]int{}
	for id, p := range part {
		if weight := m.weight(id); weight > 0 {
			size[p] += weight
		}
	}
	best := -1
	for p, n := range size {
		if best < 0 || n > size[best] || n == size[best] && p < best {
			best = p
		}
	}
	in := map[routerid.ID]bool{}
	for id, p := range part {
		in[id] = p == best
	}
	return in, len(size)
}

// only lists the units that a single node can run, in the order of their names.
func (m *Model) only() (list []Only) {
	able := map[service.Unit][]string{}
	for _, x := range m.machines {
		if x.down || x.silent {
			continue
		}
		for u, can := range x.able() {
			if can {
				able[u] = append(able[u], x.name)
			}
		}
	}
	for u, nodes := range able {
		if len(nodes) == 1 {
			list = append(list, Only{u, nodes[0]})
		}
	}
	slices.SortFunc(list, func(a, b Only) int { return strings.Compare(a.Unit.String(), b.Unit.String()) })
	return list
}

// able tells which units a node takes part in, and which of these it can run: no
// critical member has failed there, or is not offered.
func (x *machine) able() map[service.Unit]bool {
	can := map[service.Unit]bool{}
	for k := range x.instances {
		in := &x.instances[k]
		u := in.spec.Unit()
		fit := in.state.Active() && in.state != service.FailedReleased && in.state != service.FailedHeld
		if _, known := can[u]; !known {
			can[u] = true
		}
		if in.spec.Critical || !u.Group {
			can[u] = can[u] && fit
		}
	}
	return can
}
