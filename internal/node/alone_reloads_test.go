package node_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/service"
)

// TestRandomReloadsAlone is TestRandomLeftAlone for clusters whose configurations change.
func TestRandomReloadsAlone(t *testing.T) { everySeed(t, reloadsAlone) }

func reloadsAlone(seed int64) (why, out string) {
	var b strings.Builder
	c := &reloaded{
		chaos: &chaos{world: newWorld(&b), r: rand.New(rand.NewPCG(uint64(seed), 37)), units: map[string][]string{
			"shop": {"web", "disk"}, "solo": {"solo"}, "mount": {"mount"}, "mart": {"log"},
		}},
		last: map[string][]string{
			"web": {"group=shop", "critical"}, "disk": {"group=shop", "critical", "resource"}, "solo": nil, "mount": {"resource"}, "log": {"group=mart"},
		},
	}
	defer func() {
		if p := recover(); p != nil {
			why, out = fmt.Sprint("panic: ", p), b.String()
		}
	}()
	c.exact = true
	for i := range 2 + c.r.IntN(3) {
		c.addHost(fmt.Sprintf("n%d", i+1))
	}
	for _, h := range c.names {
		for _, s := range sortedUnits(c.last) {
			if c.r.IntN(4) > 0 {
				c.configure(h, s, false)
			}
		}
	}
	c.command("boot")
	c.run(10 * time.Second)
	for range 10 + c.r.IntN(30) {
		c.run(time.Duration(c.r.IntN(pick(c.r, []int{300, 6000, 20000}))) * time.Millisecond)
		line := c.fault()
		fmt.Fprintf(&b, "%s > %s\n", c.clock(), line)
		if line != "" {
			c.command(line)
		}
	}
	fmt.Fprintf(&b, "%s > left alone\n", c.clock())
	for _, n := range c.names {
		clear(c.hosts[n].behave)
	}
	c.command("heal")
	c.run(90 * time.Second)
	for _, n := range c.names {
		if h := c.hosts[n]; !h.on {
			h.boot()
		} else if h.core == nil {
			h.startDaemon()
		}
	}
	c.run(4 * time.Minute)
	if len(c.bad) > 0 {
		return c.bad[0], b.String()
	}
	for u := range c.configured() {
		if why := c.amiss(u); why != "" {
			return why + "\n" + c.all(), b.String()
		}
	}
	return "", b.String()
}

// configured are all units, and on which hosts they have which members.
func (c *chaos) configured() map[service.Unit]map[string][]node.InstanceView {
	us := map[service.Unit]map[string][]node.InstanceView{}
	for _, name := range c.names {
		for _, i := range c.hosts[name].core.Instances() {
			u := i.Spec.Unit()
			if us[u] == nil {
				us[u] = map[string][]node.InstanceView{}
			}
			us[u][name] = append(us[u][name], i)
		}
	}
	return us
}

// amiss says what is wrong with a unit that no operator has to see to.
func (c *chaos) amiss(u service.Unit) string {
	all := c.configured()
	on := all[u]
	critical := map[string]bool{}
	for _, is := range on {
		for _, i := range is {
			critical[i.Spec.Name] = critical[i.Spec.Name] || i.Spec.Critical && i.State.Active()
		}
	}
	var runs, could, waits []string
	for _, name := range c.names {
		core := c.hosts[name].core
		if core.Self().Maintenance() || slices.ContainsFunc(core.Alarms(), func(a node.Alarm) bool { return strings.HasPrefix(a.Key, "stray") }) {
			return ""
		}
		is := on[name]
		if len(is) == 0 {
			continue
		}
		started, usable, lacks := false, false, false
		for _, i := range is {
			if i.State == service.FailedHeld || i.State == service.Stopping {
				return ""
			}
			for v, hosts := range all {
				for _, js := range hosts {
					if v != u && slices.ContainsFunc(js, func(j node.InstanceView) bool { return j.Spec.Name == i.Spec.Name }) {
						return "" // differs
					}
				}
			}
			started = started || i.State == service.Started
			usable = usable || i.State == service.Stopped
			lacks = lacks || i.Spec.Critical && i.State != service.Stopped
			if i.State == service.Starting && i.Pending == "" {
				waits = append(waits, i.Spec.Name+" on "+name)
			}
		}
		for m, crit := range critical {
			lacks = lacks || crit && stateOf(c.hosts[name], m) != service.Stopped
		}
		if started {
			runs = append(runs, name)
		}
		if usable && !lacks && !core.Self().Flags.Has(discovery.DrainHard) && core.Intents()[u].Kind != discovery.IntentStopped {
			could = append(could, name)
		}
	}
	switch {
	case len(runs) > 1:
		return fmt.Sprintf("%s runs on %v", u, runs)
	case len(waits) > 0:
		return fmt.Sprintf("%s waits", waits)
	case len(runs) == 0 && len(could) > 0:
		return fmt.Sprintf("%s runs nowhere, though %v could run it", u, could)
	}
	return ""
}
