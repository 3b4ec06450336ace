package whatif

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"srr/internal/routerid"
	"srr/internal/service"
	"srr/sim"
	"srr/sim/network"
	"srr/sim/script"
)

var seeds = flag.Uint64("seeds", 25, "how many random clusters are asked")

// ofSeed builds the cluster of a seed of the simulator, and lets it come to rest.
func ofSeed(t *testing.T, seed uint64) *reality {
	r := newReality(t, strings.Join(sim.NewPlan(seed).Build, "\n"))
	r.pass(2*time.Minute, "")
	return r
}

// steer gives some commands that leave a cluster in all kinds of states. With
// faults, some services cannot be started where they have not been tried yet.
func (r *reality) steer(random *rand.Rand, faults bool) {
	for range 3 + random.IntN(5) {
		h := r.Hosts[random.IntN(len(r.Hosts))]
		specs := h.Services()
		if len(specs) == 0 {
			continue
		}
		s := specs[random.IntN(len(specs))]
		to := r.Hosts[random.IntN(len(r.Hosts))]
		lines := []string{
			fmt.Sprintf("do %s move %s %s", h.Name, unitWord(&s), to.Name),
			fmt.Sprintf("do %s stop %s", h.Name, unitWord(&s)),
			fmt.Sprintf("do %s drain --stop", h.Name),
			fmt.Sprintf("do %s deactivate %s", h.Name, s.Name),
			fmt.Sprintf("do %s disable %s", h.Name, s.Name),
			fmt.Sprintf("do %s maintenance on", h.Name),
			fmt.Sprintf("power-off %s", h.Name),
			fmt.Sprintf("behave %s %s start fail\ndie %s %s", h.Name, s.Name, h.Name, s.Name),
			fmt.Sprintf("behave %s %s restart fail\nbehave %s %s start fail\ndie %s %s", h.Name, s.Name, h.Name, s.Name, h.Name, s.Name),
		}
		if !faults {
			lines = lines[:7]
		}
		r.pass(20*time.Second, lines[random.IntN(len(lines))])
	}
	r.pass(2*time.Minute, "")
}

func unitWord(s *service.Spec) string {
	if s.Group != "" {
		return s.Group
	}
	return s.Name
}

// observers are the hosts that can be asked.
func (r *reality) observers() (names []string) {
	for _, h := range r.Hosts {
		if h.Awake() && h.Core().Self().GateOpen {
			names = append(names, h.Name)
		}
	}
	return names
}

// TestNothing: if nothing happens, nothing changes, whatever the state of the
// cluster and whoever is asked.
func TestNothing(t *testing.T) {
	for seed := range *seeds {
		r := ofSeed(t, seed)
		random := script.Stream(seed, "steer")
		if seed%2 == 1 {
			r.steer(random, true)
		}
		for _, on := range r.observers() {
			m := r.model(on)
			a, err := m.newWorld(nil, false, func() bool { return false }).ask(nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Differences) > 0 || len(a.Units) > 0 || a.Restless {
				t.Errorf("seed %d on %s: %q %+v restless %v", seed, on, a.Differences, a.Units, a.Restless)
			}
		}
	}
}

// TestForesight: what is foreseen is what then happens: which node runs each unit
// after a failure or a command. The clusters are random, and so is what is asked,
// of a node that knows what fails.
func TestForesight(t *testing.T) {
	asked, unknown := 0, 0
	for seed := range *seeds {
		r := ofSeed(t, seed)
		random := script.Stream(seed, "ask")
		if seed%2 == 1 {
			r.steer(random, false)
		}
		list := r.observers()
		if len(list) == 0 {
			continue
		}
		on := list[random.IntN(len(list))]
		m := r.model(on)
		line := m.something(random)
		if name, failing := strings.CutPrefix(line, "fail "); failing {
			name, _, _ = strings.Cut(name, " ")
			if m.ownSpec(name) == nil {
				continue
			}
		}
		a, err := m.Ask(line, func() bool { return false })
		if err != nil {
			t.Errorf("seed %d, %s on %s: %v", seed, line, on, err)
			continue
		}
		if asked++; len(a.Differences) > 0 { // it says that it does not know
			unknown++
			continue
		}
		commands, _ := m.Translate(line)
		before := r.runs()
		r.pass(3*time.Minute, r.inItsWords(m, commands))
		if diff := gocmp.Diff(foreseen(before, a), r.runs()); diff != "" {
			t.Errorf("seed %d, %s on %s: foreseen (-) and true (+):\n%s", seed, line, on, diff)
		}
	}
	if asked == 0 || unknown > asked/10 {
		t.Errorf("of %d answers %d say that they know nothing", asked, unknown)
	}
}

// inItsWords puts the names of the reality's routers and links into commands.
func (r *reality) inItsWords(m *Model, commands []string) string {
	names := map[string]string{}
	for _, x := range r.Net.Routers() {
		names[x.ID.String()] = x.Name
	}
	for _, l := range m.net.links {
		for _, k := range r.Net.Links() {
			if r.joins(k, l.members) {
				names[l.name] = k.Name
			}
		}
	}
	var out []string
	for _, c := range commands {
		words := strings.Fields(c)
		for k, w := range words {
			words[k] = cmp.Or(names[w], w)
		}
		out = append(out, strings.Join(words, " "))
	}
	return strings.Join(out, "\n")
}

// joins reports whether a link has these members, but for those that are down.
func (r *reality) joins(k *network.Link, ids []routerid.ID) bool {
	for _, x := range k.Members() {
		if x.Running() && !slices.Contains(ids, x.ID) {
			return false
		}
	}
	return len(k.Members()) >= len(ids) && slices.Contains(k.Members(), r.Net.ByID(ids[0])) && slices.Contains(k.Members(), r.Net.ByID(ids[1]))
}

// something is anything that can be asked about.
func (m *Model) something(random *rand.Rand) string {
	all := m.failures()
	f := all[random.IntN(len(all))]
	switch random.IntN(4) {
	case 0: // a move, with a member of a unit that runs
		x := m.machines[random.IntN(len(m.machines))]
		if m.byName[m.picture.Name] != nil && len(x.instances) > 0 && !x.down {
			s := &x.instances[random.IntN(len(x.instances))].spec
			if m.machine(m.picture.RouterID).instance(s.Name) != nil {
				return "move " + unitWord(s) + " " + x.name
			}
		}
	case 1:
		return "drain"
	}
	return f.line
}

// runs says which machines run each unit.
func (r *reality) runs() map[service.Unit]string {
	on := map[service.Unit][]string{}
	for _, h := range r.Hosts {
		if h.Core() == nil {
			continue
		}
		for _, s := range h.Services() {
			if state, _ := h.Core().State(s.Name); state == service.Started {
				on[s.Unit()] = append(on[s.Unit()], h.Name)
			}
		}
	}
	out := map[service.Unit]string{}
	for u, list := range on {
		out[u] = joined(list)
	}
	return out
}

func joined(list []string) string {
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}

// foreseen is who runs what after an answer.
func foreseen(before map[service.Unit]string, a *Answer) map[service.Unit]string {
	out := maps.Clone(before)
	for _, c := range a.Units {
		if out[c.Unit] = joined(slices.Concat(c.After, c.Apart)); out[c.Unit] == "" {
			delete(out, c.Unit)
		}
	}
	return out
}
