package node_test

import (
	"fmt"
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
	c := newReloaded(seed, 37, func(*reloaded) bool { return false })
	defer func() {
		if p := recover(); p != nil {
			why, out = fmt.Sprint("panic: ", p), c.out.String()
		}
	}()
	c.suffer()
	fmt.Fprintf(c.out, "%s > left alone\n", c.clock())
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
		return c.bad[0], c.out.String()
	}
	for u := range c.configured() {
		if why := c.amiss(u); why != "" {
			return why + "\n" + c.all(), c.out.String()
		}
	}
	return "", c.out.String()
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
