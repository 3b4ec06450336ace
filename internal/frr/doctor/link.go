package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// links are the interfaces on which adjacencies are formed, by name.
func (f Facts) links() []string {
	var names []string
	for name, i := range f.Interfaces {
		if i.Enabled && !i.Passive && i.Network != "LOOPBACK" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func interfaceChecks(f Facts, _ Expect) []Finding {
	names := f.links()
	if len(names) == 0 {
		return []Finding{{Name: "ospf-interfaces", Level: Fail, Is: "none", Want: "an interface towards a router", Lines: onInterface("IFNAME", "ip ospf area 0")}}
	}
	var all []Finding
	for _, name := range names {
		i := f.Interfaces[name]
		detected := f.bfdOn(name)
		all = append(
			all,
			judge(i.Up, Fail, Finding{Name: "interface-up", On: name, Is: i.State, Want: "up", Lines: []string{"# shell:", "ip link set " + name + " up"}}),
			judge(i.DeadSecs <= 1 || detected, Warn, Finding{
				Name: "hello-dead", On: name, Is: fmt.Sprintf("hello %d ms, dead %d s", i.HelloMS, i.DeadSecs), Want: "dead 1 s, the same on all routers of the link, or BFD",
				Lines: onInterface(name, "ip ospf dead-interval minimal hello-multiplier 10"),
				Gain:  "a dead node is noticed after 1 s instead of 40 s",
			}),
			judge(i.Retransmit <= 1, Warn, Finding{
				Name: "retransmit-interval", On: name, Is: fmt.Sprintf("%d s", i.Retransmit), Want: "1 s",
				Lines: onInterface(name, "ip ospf retransmit-interval 1"), Gain: "a lost LSA is repeated after 1 s instead of 5 s",
			}),
		)
		if i.Network == "BROADCAST" {
			all = append(all, judge(i.Priority == 0, Warn, Finding{
				Name: "dr-priority", On: name, Is: fmt.Sprintf("priority %d, %s", i.Priority, i.State), Want: "0: routers, not service nodes, are the designated router",
				Lines: onInterface(name, "ip ospf priority 0"), Gain: "the death of this node starts no election on the LAN",
			}))
		}
	}
	return all
}

// neighborChecks: RFC 2328 section 10.1 has the states, 10.6 the MTU check.
func neighborChecks(f Facts, _ Expect) []Finding {
	var all []Finding
	for _, name := range f.links() {
		if f.Interfaces[name].Up && f.Interfaces[name].Neighbors == 0 {
			all = append(all, Finding{
				Name: "neighbors", On: name, Level: Fail, Is: "none heard", Want: "a router",
				Lines: []string{"show ip ospf interface traffic", "show ip ospf interface " + name},
				Gain:  "hello and dead intervals, area, authentication and network mask must be equal on the link, and 224.0.0.5 (protocol 89) must not be filtered",
			})
		}
	}
	slices.SortFunc(f.Neighbors, func(a, b Neighbor) int { return strings.Compare(a.RouterID+a.Interface, b.RouterID+b.Interface) })
	for _, n := range f.Neighbors {
		all = append(all, f.neighbor(n))
	}
	return all
}

func (f Facts) neighbor(n Neighbor) Finding {
	state, _, _ := strings.Cut(n.State, "/")
	link, _, _ := strings.Cut(n.Interface, ":")
	r := Finding{Name: "neighbor", On: n.RouterID + " on " + link, Is: n.State, Want: "Full, or 2-Way between two that are not designated", Level: OK}
	switch state {
	case "Full", "2-Way":
	case "Init", "Attempt":
		r.Level = Fail
		r.Gain = "the neighbor does not hear this node: look for filtered multicast (224.0.0.5, protocol 89) on its side"
	case "ExStart", "Exchange", "Loading":
		r.Level = Warn
		r.Gain = fmt.Sprintf("if it stays so, the MTU differs: here it is %d", f.Interfaces[link].MTU)
		r.Lines = []string{"# shell, on both ends:", "ip link show " + link, fmt.Sprintf("ping -M do -s %d %s", max(f.Interfaces[link].MTU-28, 0), n.Address)}
	default:
		r.Level = Fail
	}
	return r
}

// bfdOn reports whether ospfd watches neighbors on the interface by BFD.
func (f Facts) bfdOn(name string) bool {
	return slices.ContainsFunc(f.interfaceConfig(name), func(l string) bool { return l == "ip ospf bfd" || strings.HasPrefix(l, "ip ospf bfd ") })
}

// fastDetect is the slowest detection that is not remarked upon, in ms.
const fastDetect = 150

func bfdChecks(f Facts, _ Expect) []Finding {
	var all []Finding
	profile := []string{
		"configure terminal", "bfd", "profile srr", "detect-multiplier 3", "receive-interval 50", "transmit-interval 50", "exit", "exit",
	}
	for _, name := range f.links() {
		on := f.bfdOn(name)
		all = append(all, judge(on, Warn, Finding{
			Name: "bfd", On: name, Is: onOff(on), Want: "on, here and on the router", Lines: append(slices.Clone(profile), "interface "+name, "ip ospf bfd", "ip ospf bfd profile srr", "end"),
			Gain: "a crash is over after 130 ms (3 × 50 ms; 55 ms with 3 × 20 ms) instead of 1 s with fast hellos or 40 s without; bfdd=yes in /etc/frr/daemons",
		}))
		if on {
			all = append(all, f.sessions(name, profile)...)
		}
	}
	return all
}

func (f Facts) sessions(link string, profile []string) []Finding {
	var all []Finding
	for _, s := range f.Sessions {
		if s.Interface != "" && s.Interface != link {
			continue
		}
		detect := s.DetectMS()
		all = append(all, judge(detect > 0 && detect <= fastDetect, Warn, Finding{
			Name: "bfd-session", On: s.Peer + " on " + link, Is: fmt.Sprintf("%s, notices after %d ms", s.Status, detect), Want: fmt.Sprintf("up, notices after at most %d ms", fastDetect),
			Lines: append(slices.Clone(profile), "interface "+link, "ip ospf bfd profile srr", "end"),
			Gain:  "a crash is noticed that much earlier; both ends must be configured",
		}))
	}
	if len(all) == 0 {
		all = append(all, Finding{Name: "bfd-session", On: link, Level: Warn, Is: "none", Want: "one per neighbor", Lines: []string{"show bfd peers"}, Gain: "bfdd=yes in /etc/frr/daemons; sessions appear with the adjacency"})
	}
	return all
}

func unreadChecks(f Facts, _ Expect) []Finding {
	var all []Finding
	for _, what := range slices.Sorted(maps.Keys(f.Unread)) {
		all = append(all, Finding{Name: "unread", On: what, Level: Unknown, Is: f.Unread[what].Error()})
	}
	return all
}
