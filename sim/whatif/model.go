package whatif

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
	"srr/internal/service"
)

// Model is what a picture shows, ready to be continued as often as one likes.
type Model struct {
	picture  *Picture
	net      *topology
	machines []*machine // sorted by router ID
	byName   map[string]*machine
	names    map[routerid.ID]string   // of machines and routers
	own      map[string]*service.Spec // configured on the node that asks
	assumed  []string
	seed     uint64 // of everything that is random in the simulation
}

// New reads a picture. An error means that nothing can be simulated on it.
func New(p *Picture) (*Model, error) {
	net, err := readTopology(p)
	if err != nil {
		return nil, err
	}
	m := &Model{picture: p, net: net, byName: map[string]*machine{}, names: map[routerid.ID]string{}, own: map[string]*service.Spec{}, assumed: slices.Clone(p.Assumed), seed: 1}
	for k := range p.Own {
		m.own[p.Own[k].Spec.Name] = p.Own[k].Spec
	}
	m.machines = append(m.machines, p.self())
	for k := range p.Peers {
		m.machines = append(m.machines, peer(&p.Peers[k], m.ownSpec))
	}
	slices.SortFunc(m.machines, func(a, b *machine) int { return cmp.Compare(a.id, b.id) })
	m.complete()
	m.name()
	m.placeFar()
	m.nameLinks()
	m.assume()
	return m, nil
}

// self is the name of the node that asks.
func (m *Model) self() string { return m.names[m.picture.RouterID] }

// ownSpec is how a service is configured on the node that asks, nil if it is not.
func (m *Model) ownSpec(name string) *service.Spec { return m.own[name] }

// complete adds the members of groups that flood no record on nodes where others of
// their group do: they are configured, and inactive.
func (m *Model) complete() {
	members := map[string][]service.Spec{}
	for _, x := range m.machines {
		for k := range x.instances {
			s := &x.instances[k].spec
			if s.Group != "" && !slices.ContainsFunc(members[s.Group], func(o service.Spec) bool { return o.Name == s.Name }) {
				members[s.Group] = append(members[s.Group], *s)
			}
		}
	}
	for _, x := range m.machines {
		if x.id == m.picture.RouterID {
			continue
		}
		for _, group := range x.groups() {
			for _, s := range members[group] {
				if x.instance(s.Name) == nil {
					s.Preference, s.Activation = x.preference(group), service.ActivateManual
					x.instances = append(x.instances, instance{spec: s, state: service.Inactive})
				}
			}
		}
		x.sort()
	}
}

// groups are those of which a node has members, by name.
func (x *machine) groups() []string {
	set := map[string]bool{}
	for k := range x.instances {
		if g := x.instances[k].spec.Group; g != "" {
			set[g] = true
		}
	}
	return sorted(set)
}

// preference of a group on a node: its members have it in common.
func (x *machine) preference(group string) int {
	for k := range x.instances {
		if s := &x.instances[k].spec; s.Group == group {
			return s.Preference
		}
	}
	return 0
}

// word is what a command can name. Names of nodes come from the nodes.
var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// name gives each node a name of its own: the one that it tells, or else its
// router ID.
func (m *Model) name() {
	told := map[string]int{}
	for _, x := range m.machines {
		told[x.name]++
	}
	for _, x := range m.machines {
		if id, err := routerid.Parse(x.name); told[x.name] > 1 || !word.MatchString(x.name) || err == nil && id != x.id {
			x.name = x.id.String()
		}
		m.byName[x.name], m.names[x.id] = x, x.name
	}
	for _, id := range m.net.routers {
		if m.names[id] == "" {
			m.names[id] = id.String()
		}
	}
}

// placeFar finds a place for nodes in areas that the database does not show:
// behind the router through which it tells of them. Nodes that are down are
// nowhere; they stand behind the node that asks, switched off.
func (m *Model) placeFar() {
	for _, x := range m.machines {
		if m.net.has(x.id) {
			continue
		}
		behind := m.picture.RouterID
		if from, ok := m.border(x.id); ok {
			behind = from
		}
		m.net.place(x.id, behind)
		if !x.down {
			m.assumed = append(m.assumed, fmt.Sprintf("%s is in an area that this node does not see: it stands right behind %s", x.name, m.names[behind]))
		}
	}
}

// border is the area border router that tells of an AS border router.
func (m *Model) border(id routerid.ID) (routerid.ID, bool) {
	for _, area := range m.picture.Database.Areas() {
		for e := range m.picture.Database.Of(lsdb.Where{Area: area}, packet.TypeSummaryASBR) {
			if routerid.ID(e.Key.ID) == id && !e.MaxAge(m.picture.DatabaseAt) && m.net.has(e.Key.AdvRouter) {
				return e.Key.AdvRouter, true
			}
		}
	}
	return 0, false
}

// nameLinks names point-to-point links by their ends. Of networks with one
// prefix, each is named after its designated router as well.
func (m *Model) nameLinks() {
	used := map[string]int{}
	for k := range m.net.links {
		l := &m.net.links[k]
		if !l.lan {
			l.name = m.names[l.members[0]] + "-" + m.names[l.members[1]]
		}
		if used[l.name]++; used[l.name] > 1 {
			l.name += fmt.Sprintf("-%d", used[l.name])
		}
	}
}

// assume says what is not known and was assumed.
func (m *Model) assume() {
	guessed, changing := map[string]bool{}, map[string]bool{}
	for _, x := range m.machines {
		for k := range x.instances {
			i := &x.instances[k]
			if own := m.ownSpec(i.spec.Name); x.id != m.picture.RouterID && (own == nil || own.Digest != i.spec.Digest) {
				guessed[i.spec.Name] = true
			}
			if !settled(i.state) {
				changing[fmt.Sprintf("%s on %s is %s", i.spec.Name, x.name, i.state)] = true
			}
		}
		if len(x.unknown) > 0 {
			m.assumed = append(m.assumed, fmt.Sprintf("%s says nothing, and may run %s for as long as it likes", x.name, strings.Join(x.unknown, ", ")))
		}
	}
	if list := sorted(guessed); len(list) > 0 {
		m.assumed = append(m.assumed, "of "+brief(list)+" only the records are known: restarts, time-outs and primitives are the defaults")
	}
	if list := sorted(changing); len(list) > 0 {
		m.assumed = append(m.assumed, "the picture was taken during a change: "+brief(list))
	}
}

func sorted(set map[string]bool) (list []string) {
	for s := range set {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

// brief lists some of many.
func brief(list []string) string {
	const some = 5
	if len(list) > some {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:some], ", "), len(list)-some)
	}
	return strings.Join(list, ", ")
}
