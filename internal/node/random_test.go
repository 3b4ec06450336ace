package node_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/service"
)

var (
	seeds    = flag.Int("seeds", 200, "random schedules to run")
	oneSeed  = flag.Int64("seed", -1, "run only this schedule, and print what happens")
	fromSeed = flag.Int64("from", 0, "first schedule")
)

// TestRandomSchedules throws faults and operators at small clusters. During the
// faults nothing may start while a reachable host runs it; afterwards, when
// everything is healed, every unit must run on exactly one node.
func TestRandomSchedules(t *testing.T) { everySeed(t, schedule) }

// everySeed runs schedules that say what went wrong, and all that happened.
func everySeed(t *testing.T, schedule func(seed int64) (why, out string)) {
	t.Helper()
	if *oneSeed >= 0 {
		why, out := schedule(*oneSeed)
		if t.Log(out); why != "" {
			t.Fatal(why)
		}
		return
	}
	for s := *fromSeed; s < *fromSeed+int64(*seeds); s++ {
		if why, _ := schedule(s); why != "" {
			t.Errorf("seed %d: %s\nreplay: go test ./internal/node -run '^%s$' -v -seed %d", s, why, t.Name(), s)
		}
	}
}

// chaos is one random schedule.
type chaos struct {
	*world
	r     *rand.Rand
	units map[string][]string // unit → members
}

func schedule(seed int64) (why, out string) {
	var b strings.Builder
	c := &chaos{world: newWorld(&b), r: rand.New(rand.NewPCG(uint64(seed), 7)), units: map[string][]string{}}
	defer func() {
		if p := recover(); p != nil {
			why, out = fmt.Sprint("panic: ", p), b.String()
		}
	}()
	c.build()
	c.command("boot")
	c.run(10 * time.Second) // nobody is a member of what it has never heard of
	for range 10 + c.r.IntN(30) {
		c.run(time.Duration(c.r.IntN(4000)) * time.Millisecond)
		if c.r.IntN(4) == 0 {
			c.run(time.Duration(c.r.IntN(20)) * time.Second)
		}
		line := c.fault()
		fmt.Fprintf(&b, "%s > %s\n", c.clock(), line)
		if line != "" {
			c.command(line)
		}
	}
	c.run(time.Duration(c.r.IntN(20)) * time.Second)
	c.mend()
	c.run(3 * time.Minute)
	if len(c.bad) > 0 {
		return c.bad[0], b.String()
	}
	return c.unsettled(), b.String()
}

func (c *chaos) build() {
	for i := range 2 + c.r.IntN(3) {
		c.addHost(fmt.Sprintf("n%d", i+1))
	}
	pref := func() string {
		var ps []string
		for _, h := range c.names {
			ps = append(ps, fmt.Sprintf("%s:%d", h, 100*(1+c.r.IntN(2))))
		}
		return "pref=" + strings.Join(ps, ",")
	}
	c.service("web", []string{pref()})
	c.units["web"] = []string{"web"}
	if c.r.IntN(2) == 0 {
		c.service("disk", []string{pref(), "resource"})
		c.units["disk"] = []string{"disk"}
	}
	if c.r.IntN(2) == 0 {
		p := pref()
		c.service("data", []string{p, "group=shop", "resource", "critical"})
		c.service("db", []string{p, "group=shop", "deps=data", "critical", "verified"})
		c.service("stat", []string{p, "group=shop"})
		c.units["shop"] = []string{"data", "db", "stat"}
	}
	if c.r.IntN(3) == 0 {
		c.service("vip", []string{pref(), "address-only"})
		c.units["vip"] = []string{"vip"}
	}
}

func pick[T any](r *rand.Rand, s []T) T { return s[r.IntN(len(s))] }

// fault is a line of a scenario; "" if the dice fell on something impossible.
func (c *chaos) fault() string {
	h := c.hosts[pick(c.r, c.names)]
	other := pick(c.r, c.names)
	unit := pick(c.r, sortedUnits(c.units))
	member := pick(c.r, c.units[unit])
	switch {
	case !h.on:
		return "boot " + h.name
	case h.core == nil && c.r.IntN(3) > 0:
		return "start-srrd " + h.name
	case h.core == nil:
		return "power-off " + h.name
	}
	switch k := c.r.IntN(20); k {
	case 0, 1:
		return "power-off " + h.name
	case 2, 3:
		return "kill-srrd " + h.name
	case 4:
		if h.medium && h.ospf && h.full {
			return fmt.Sprintf("kill-ospfd %s %ds", h.name, 1+c.r.IntN(20))
		}
	case 5:
		return fmt.Sprintf("partition %s %s", c.names[0], strings.Join(c.names[1:], ","))
	case 6:
		return "isolate " + h.name
	case 7, 8:
		return "heal"
	case 9:
		return fmt.Sprintf("die %s %s", h.name, member)
	case 10:
		return fmt.Sprintf("behave %s %s start %s", h.name, member, pick(c.r, []string{"fail", "hang", "recall", "slow", "ok"}))
	case 11:
		return fmt.Sprintf("behave %s %s stop %s", h.name, member, pick(c.r, []string{"fail", "unverified", "recall", "slow", "ok"}))
	case 12:
		return fmt.Sprintf("behave %s %s restart %s", h.name, member, pick(c.r, []string{"fail", "hang", "ok"}))
	case 13, 14:
		return fmt.Sprintf("do %s move %s %s", h.name, unit, other)
	case 15:
		return fmt.Sprintf("do %s %s %s", h.name, pick(c.r, []string{"stop", "run", "unmove", "start"}), unit)
	case 16:
		return fmt.Sprintf("do %s %s %s", h.name, pick(c.r, []string{"deactivate", "activate", "clear", "restart", "disable", "enable"}), member)
	case 17:
		return fmt.Sprintf("do %s %s", h.name, pick(c.r, []string{"drain", "drain --stop", "undrain", "undrain", "shutdown", "shutdown --stop", "detach"}))
	case 18:
		return fmt.Sprintf("do %s maintenance %s", h.name, pick(c.r, []string{"on", "off", "off"}))
	case 19:
		return fmt.Sprintf("do %s confirm-stopped %s %s", h.name, member, other)
	}
	return ""
}

func sortedUnits(m map[string][]string) []string {
	var s []string
	for k := range m {
		s = append(s, k)
	}
	slices.Sort(s)
	return s
}

// mend heals everything that a person would: power, network, programs,
// forgotten stops.
func (c *chaos) mend() {
	fmt.Fprintf(c.out, "%s > mend\n", c.clock())
	c.command("heal")
	c.run(30 * time.Second) // who is about to leave is gone by then
	for _, name := range c.names {
		h := c.hosts[name]
		clear(h.behave)
		if !h.on {
			h.boot()
		} else if h.core == nil {
			h.startDaemon()
		}
	}
	c.run(30 * time.Second)
	for _, name := range c.names {
		c.command("do " + name + " undrain")
		c.command("do " + name + " maintenance off")
		c.everyMember("do "+name, "enable", "activate", "clear")
	}
	for _, u := range sortedUnits(c.units) {
		c.command("do n1 run " + u)
	}
	c.run(20 * time.Second)
	for _, name := range c.names {
		c.everyMember("do "+name, "activate", "clear")
	}
}

func (c *chaos) everyMember(do string, verbs ...string) {
	for _, u := range sortedUnits(c.units) {
		for _, m := range c.units[u] {
			for _, v := range verbs {
				c.command(do + " " + v + " " + m)
			}
		}
	}
}

// unsettled says which unit does not run on exactly one node.
func (c *chaos) unsettled() string {
	for _, u := range sortedUnits(c.units) {
		where := map[string]bool{}
		for _, m := range c.units[u] {
			n := 0
			for _, name := range c.names {
				h := c.hosts[name]
				started := stateOf(h, m) == service.Started
				if started {
					n++
					where[name] = true
				}
				spec := c.specs[name][m]
				if started && !spec.Resource() && !h.routes[m].Announced {
					return m + " runs on " + name + " unannounced\n" + c.all()
				}
				if h.procs[m] != started && spec.Primitives[service.Start] {
					return fmt.Sprintf("%s on %s is %s, but its processes run: %v\n%s", m, name, stateOf(h, m), h.procs[m], c.all())
				}
			}
			if n != 1 {
				return fmt.Sprintf("%s is started on %d nodes\n%s", m, n, c.all())
			}
		}
		if len(where) != 1 {
			return fmt.Sprintf("%s is spread over %d nodes\n%s", u, len(where), c.all())
		}
	}
	return ""
}

func stateOf(h *host, m string) service.State { s, _ := h.core.State(m); return s }

func (c *chaos) all() string {
	var b strings.Builder
	c.out = &b
	c.state()
	for _, u := range sortedUnits(c.units) {
		for _, name := range c.names {
			fmt.Fprintf(&b, "%s on %s:\n", u, name)
			c.explain(name, u)
		}
	}
	for _, name := range c.names {
		for _, a := range c.hosts[name].core.Alarms() {
			fmt.Fprintf(&b, "%s alarm %v\n", name, a)
		}
	}
	return b.String()
}
