package node_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"srr/internal/service"
)

// TestRandomReloads: services come into configurations and go out of them, and change their
// groups, while everything else goes wrong, too. Nobody may start what a reachable host
// runs, and when all nodes have the same configuration again, everything runs on exactly one.
func TestRandomReloads(t *testing.T) { everySeed(t, reloads) }

type reloaded struct {
	*chaos
	last map[string][]string // how each service is configured in the end
}

// newReloaded is a cluster of its own for each seed and stream. The first configurations have
// some services in other groups if elsewhere says so.
func newReloaded(seed int64, stream uint64, elsewhere func(c *reloaded) bool) *reloaded {
	c := &reloaded{
		chaos: &chaos{world: newWorld(&strings.Builder{}), r: rand.New(rand.NewPCG(uint64(seed), stream)), units: map[string][]string{
			"shop": {"web", "disk"}, "solo": {"solo"}, "mount": {"mount"}, "mart": {"log"},
		}},
		last: map[string][]string{
			"web": {"group=shop", "critical"}, "disk": {"group=shop", "critical", "resource"}, "solo": nil, "mount": {"resource"}, "log": {"group=mart"},
		},
	}
	c.exact = true
	for i := range 2 + c.r.IntN(3) {
		c.addHost(fmt.Sprintf("n%d", i+1))
	}
	for _, h := range c.names {
		for _, s := range sortedUnits(c.last) {
			if c.r.IntN(4) > 0 {
				c.configure(h, s, elsewhere(c))
			}
		}
	}
	return c
}

// suffer boots the cluster and throws faults at it.
func (c *reloaded) suffer() {
	c.command("boot")
	c.run(10 * time.Second)
	for range 10 + c.r.IntN(30) {
		c.run(time.Duration(c.r.IntN(pick(c.r, []int{300, 6000, 20000}))) * time.Millisecond)
		line := c.fault()
		fmt.Fprintf(c.out, "%s > %s\n", c.clock(), line)
		if line != "" {
			c.command(line)
		}
	}
}

func reloads(seed int64) (why, out string) {
	c := newReloaded(seed, 13, func(c *reloaded) bool { return c.r.IntN(4) == 0 })
	c.suffer()
	c.mend()
	c.run(20 * time.Second)
	for _, h := range c.names {
		for _, s := range sortedUnits(c.last) {
			c.command("do " + h + " deactivate " + s)
		}
	}
	c.run(40 * time.Second)
	for _, h := range c.names {
		for _, s := range sortedUnits(c.last) {
			c.configure(h, s, false)
		}
		c.command("reload " + h)
	}
	for _, h := range c.names {
		for _, s := range sortedUnits(c.last) {
			c.command("do " + h + " activate " + s)
		}
	}
	c.run(5 * time.Second)
	for _, u := range sortedUnits(c.units) {
		for _, m := range c.units[u] {
			c.command("do n1 run " + m)
		}
	}
	c.run(3 * time.Minute)
	if len(c.bad) > 0 {
		return c.bad[0], c.out.String()
	}
	return c.unsettled(), c.out.String()
}

// configure has a service in the group that it has in the end, or in another one.
func (c *reloaded) configure(host, name string, elsewhere bool) {
	words := append([]string{"on=" + host}, c.last[name]...)
	if elsewhere {
		words = append(words, "group="+pick(c.r, []string{"shop", "mart", ""}))
	}
	line := "service " + name + " " + strings.Join(words, " ")
	fmt.Fprintf(c.out, "%s > %s\n", c.clock(), line)
	c.command(line)
}

func (c *reloaded) fault() string {
	h := c.hosts[pick(c.r, c.names)]
	name := pick(c.r, sortedUnits(c.last))
	_, here := c.specs[h.name][name]
	if !h.on || h.core == nil || c.r.IntN(2) == 0 {
		return c.chaos.fault()
	}
	switch s := stateOf(h, name); {
	case !here && s == 0:
		c.configure(h.name, name, c.r.IntN(3) == 0)
		return "reload " + h.name
	case s == service.Inactive || s == service.Disabled || s == service.Refused:
		if c.r.IntN(2) == 0 {
			return "do " + h.name + " activate " + name
		}
		if c.r.IntN(3) == 0 {
			c.command("forget " + h.name + " " + name)
			return "reload " + h.name
		}
		c.configure(h.name, name, c.r.IntN(2) == 0)
		return "reload " + h.name
	}
	if c.r.IntN(5) == 0 {
		for _, line := range []string{"kill-srrd ", "forget ", "start-srrd "} {
			if line += h.name; strings.HasPrefix(line, "forget") {
				line += " " + name
			}
			fmt.Fprintf(c.out, "%s > %s\n", c.clock(), line)
			c.command(line)
			c.run(time.Duration(c.r.IntN(1000)) * time.Millisecond)
		}
		return ""
	}
	return "do " + h.name + " deactivate " + name
}
