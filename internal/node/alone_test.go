package node_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// TestRandomLeftAlone throws at clusters what TestRandomMixtures does. Then hosts, network and
// programs are mended, but no operator says anything any more: what a node could run must
// run, on one alone, and nobody may wait for what does not come.
func TestRandomLeftAlone(t *testing.T) { everySeed(t, leftAlone) }

func leftAlone(seed int64) (why, out string) {
	m := newMixed(seed, 31)
	defer func() {
		if p := recover(); p != nil {
			why, out = fmt.Sprint("panic: ", p), m.out.String()
		}
	}()
	m.exact = true
	m.suffer(5)
	fmt.Fprintf(m.out, "%s > left alone\n", m.clock())
	for _, n := range m.names {
		h := m.hosts[n]
		clear(h.health)
		clear(h.behave)
		delete(m.parted, n)
		if h.core != nil {
			m.command("ready " + n)
		}
	}
	m.command("heal")
	m.run(90 * time.Second) // who is about to leave is gone by then
	for _, n := range m.names {
		if h := m.hosts[n]; !h.on {
			h.boot()
		} else if h.core == nil {
			h.startDaemon()
		}
	}
	m.run(3 * time.Minute)
	waited := m.waiting()
	m.run(time.Minute)
	if len(m.bad) > 0 {
		return m.bad[0], m.out.String()
	}
	for who := range m.waiting() {
		if waited[who] {
			return who + " waits in starting for ever\n" + m.all(), m.out.String()
		}
	}
	for _, u := range sortedUnits(m.units) {
		if why := m.unserved(u); why != "" {
			return why + "\n" + m.all(), m.out.String()
		}
	}
	return m.obeyed(), m.out.String()
}

// obeyed has an operator give some commands, and says which was accepted and not carried
// out, or refused though it could be.
func (m *mixed) obeyed() string {
	for range 4 {
		name, u := pick(m.r, m.names), pick(m.r, sortedUnits(m.units))
		spec := m.specs[name][m.units[u][0]]
		core := m.hosts[name].core
		n := len(m.out.String())
		drain := m.chance(3)
		line := "do " + name + " start " + u
		if drain {
			line = "do " + name + " drain"
		}
		could, runs := m.could(u, name), m.runs(u, name)
		fmt.Fprintf(m.out, "%s > %s\n", m.clock(), line)
		m.command(line)
		reply := m.out.String()[n:]
		accepted := strings.Contains(reply, "ok: ")
		m.run(30 * time.Second)
		switch {
		case m.heldByAny(spec.Unit()):
		case drain && accepted:
			for _, x := range sortedUnits(m.units) {
				if m.runs(x, name) && !core.Self().Maintenance() {
					return x + " runs on " + name + " though it is drained\n" + m.all()
				}
			}
		case drain:
		case accepted && !strings.Contains(reply, "waits") && !m.runs(u, name):
			return u + " does not run on " + name + " though it was moved there\n" + m.all()
		case !accepted && could && !runs && !strings.Contains(reply, "held off") && !core.Self().Flags.Has(discovery.Drained) && !m.maintained():
			return "the move of " + u + " to " + name + " was refused\n" + m.all()
		}
	}
	return ""
}

func (m *mixed) runs(u, name string) bool {
	return slices.ContainsFunc(m.units[u], func(member string) bool { return stateOf(m.hosts[name], member) == service.Started })
}

// waiting are the instances that are starting, and wait for others.
func (m *mixed) waiting() map[string]bool {
	who := map[string]bool{}
	for _, name := range m.names {
		for _, i := range m.hosts[name].core.Instances() {
			if i.State == service.Starting && i.Pending == "" && !m.heldByAny(i.Spec.Unit()) && !m.maintained() {
				who[i.Spec.Name+" on "+name] = true
			}
		}
	}
	return who
}

// maintained: what runs in maintenance runs on, twice, too.
func (m *mixed) maintained() bool {
	return slices.ContainsFunc(m.names, func(name string) bool { return m.hosts[name].core.Self().Maintenance() })
}

// heldByAny: an operator has to see to something of the unit.
func (m *mixed) heldByAny(u service.Unit) bool {
	for _, name := range m.names {
		for _, i := range m.hosts[name].core.Instances() {
			if i.Spec.Unit() == u && (i.State == service.FailedHeld || i.State == service.Stopping) {
				return true
			}
		}
	}
	return false
}

// unserved says why a unit does not run as it could.
func (m *mixed) unserved(u string) string {
	spec := m.specs[m.names[0]][m.units[u][0]]
	if m.heldByAny(spec.Unit()) {
		return ""
	}
	var runs, could []string
	maintained := false
	for _, name := range m.names {
		if m.runs(u, name) {
			runs = append(runs, name)
			maintained = maintained || m.hosts[name].core.Self().Maintenance()
		}
		if m.could(u, name) && m.hosts[name].core.Intents()[spec.Unit()].Kind != discovery.IntentStopped {
			could = append(could, name)
		}
	}
	switch {
	case len(runs) > 1 && !maintained:
		return fmt.Sprintf("%s runs on %v", u, runs)
	case len(runs) == 0 && len(could) > 0:
		return fmt.Sprintf("%s runs nowhere, though %v could run it", u, could)
	}
	return ""
}

// could: nothing keeps a node from running a unit, as far as a person could tell.
func (m *mixed) could(u, name string) bool {
	self := m.hosts[name].core.Self()
	usable, lacks := false, false
	for _, member := range m.units[u] {
		s := stateOf(m.hosts[name], member)
		usable = usable || s == service.Stopped && !slices.ContainsFunc(m.specs[name][member].DependsOn, func(d string) bool {
			return stateOf(m.hosts[name], d) != service.Stopped
		})
		lacks = lacks || m.specs[name][member].Critical && s != service.Stopped
	}
	return usable && !lacks && self.GateOpen && !self.Maintenance() && !self.Flags.Has(discovery.DrainHard)
}
