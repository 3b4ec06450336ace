package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"srr/sim/script"
)

// cluster is what a seed builds: a network of one of some shapes, hosts in it,
// and services on them.
type cluster struct {
	lines    []string
	hosts    []string
	routers  []string
	links    []link
	services []definition
	slow     bool // hellos only, with OSPF's default timers
}

type link struct {
	name    string
	lan     bool
	members []string
}

type definition struct {
	name     string
	unit     string
	hosts    []string
	resource bool
	check    bool
}

func (d *definition) runsOn(h string) bool { return slices.Contains(d.hosts, h) }

func newCluster(seed uint64) *cluster {
	c := &cluster{}
	r := script.Stream(seed, "cluster")
	c.timers(r)
	hosts, services := size(r)
	c.network(r, hosts)
	c.define(script.Stream(seed, "services"), services)
	c.say("boot")
	return c
}

func (c *cluster) say(format string, args ...any) {
	c.lines = append(c.lines, fmt.Sprintf(format, args...))
}

// size is the standard mix: a median of 5 hosts and 10 services, one run in a
// hundred is large (as many have 9 to 24 hosts as have 24 to 64), and one of fifty large
// ones has up to a thousand services.
func size(r *rand.Rand) (hosts, services int) {
	if r.IntN(100) != 0 {
		return 2 + r.IntN(7), 3 + r.IntN(15)
	}
	most := r.IntN(maxHosts - 8)
	hosts, services = int(math.Round(9*math.Pow(maxHosts/9.0, float64(most)/(maxHosts-9)))), 20+r.IntN(80)
	if r.IntN(50) == 49 {
		hosts, services = 9+most, 200+r.IntN(maxServices-199)
	}
	return hosts, services
}

// A run has at most so many of each.
const (
	maxHosts    = 64
	maxServices = 1000
)

func (c *cluster) timers(r *rand.Rand) {
	switch r.IntN(5) {
	case 0:
		c.slow = true
		c.say("timers hello=10s dead=40s")
	case 1:
		c.say("timers hello=1s dead=4s")
	case 2:
		c.say("timers hello=1s dead=4s bfd=150ms retransmit=1s")
	default:
		c.say("timers hello=1s dead=4s bfd=350ms")
	}
}

// network makes one to four sites. Each has a LAN with one or two routers, or
// point-to-point links to its hosts; the routers form a ring, with some chords.
func (c *cluster) network(r *rand.Rand, hosts int) {
	sites := min(1+r.IntN(4), hosts)
	for i := range hosts {
		c.hosts = append(c.hosts, fmt.Sprintf("n%d", i+1))
	}
	perSite := make([][]string, sites)
	for i, h := range c.hosts {
		perSite[i%sites] = append(perSite[i%sites], h)
	}
	drawn := c.drawSites(r, perSite)
	c.say("router %s", strings.Join(c.routers, " "))
	for _, h := range c.hosts {
		c.say("host %s%s", h, hostOptions(r))
	}
	c.links = append(c.links, drawn...)
	for i := range c.routers[1:] {
		c.link("core%d", c.routers[i], c.routers[i+1])
	}
	if n := len(c.routers); n > 2 {
		c.link("core%d", c.routers[n-1], c.routers[0])
	}
	for _, l := range c.links {
		kind := "link"
		if l.lan {
			kind = "lan"
		}
		c.say("%s %s %s", kind, l.name, strings.Join(l.members, " "))
	}
}

func (c *cluster) drawSites(r *rand.Rand, sites [][]string) (links []link) {
	for i, hosts := range sites {
		var routers []string
		for range 1 + r.IntN(2) {
			name := fmt.Sprintf("r%d", len(c.routers)+1)
			c.routers, routers = append(c.routers, name), append(routers, name)
		}
		if r.IntN(3) > 0 {
			links = append(links, link{fmt.Sprintf("lan%d", i+1), true, append(routers, hosts...)})
			continue
		}
		for _, h := range hosts {
			for k, router := range routers {
				links = append(links, link{fmt.Sprintf("%s-%d", h, k+1), false, []string{router, h}})
			}
		}
	}
	return links
}

func (c *cluster) link(format string, a, b string) {
	c.links = append(c.links, link{fmt.Sprintf(format, len(c.links)), false, []string{a, b}})
}

func hostOptions(r *rand.Rand) string {
	s := ""
	if r.IntN(3) == 0 {
		s += fmt.Sprintf(" drift=%d", drift(r))
	}
	if r.IntN(4) == 0 {
		s += fmt.Sprintf(" wall=%dm", r.IntN(240)-120)
	}
	return s
}

// drift is how fast or slow a clock runs, in ppm: mostly as quartz does, one of four
// like that of a virtual machine that is not looked after (D35).
func drift(r *rand.Rand) int {
	ppm := r.IntN(1001) - 500
	if r.IntN(4) == 0 {
		ppm *= script.MaxDrift / 500
	}
	return ppm
}

// define makes services: alone, or in groups with dependencies and critical members.
func (c *cluster) define(r *rand.Rand, n int) {
	for len(c.services) < n {
		if r.IntN(3) == 0 {
			c.group(r, 2+r.IntN(3))
		} else {
			c.single(r)
		}
	}
}

// maxPartners is on how many hosts of a large cluster a service is configured.
const maxPartners = 8

// placement is on which hosts a unit is configured, with which preferences.
func (c *cluster) placement(r *rand.Rand) (hosts []string, options string) {
	hosts = slices.Clone(c.hosts)
	if n := len(hosts); n > maxPartners || n > 2 && r.IntN(3) == 0 {
		r.Shuffle(n, func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
		hosts = hosts[:2+r.IntN(min(n, maxPartners)-2)]
		slices.Sort(hosts)
		options = " on=" + strings.Join(hosts, ",")
	}
	if r.IntN(2) == 0 {
		var ps []string
		for _, h := range hosts {
			ps = append(ps, fmt.Sprintf("%s:%d", h, 100*(1+r.IntN(3))))
		}
		options += " pref=" + strings.Join(ps, ",")
	}
	return hosts, options
}

func (c *cluster) add(d definition, flags, options string) {
	c.services = append(c.services, d)
	c.say("service %s%s%s", d.name, flags, options)
}

func (c *cluster) single(r *rand.Rand) {
	hosts, options := c.placement(r)
	d := definition{name: fmt.Sprintf("s%d", len(c.services)+1), hosts: hosts}
	d.unit = d.name
	flags := ""
	switch r.IntN(5) {
	case 0:
		d.resource, flags = true, " resource"
	case 1:
		flags = " verified"
	case 2:
		flags = " address-only"
	}
	if flags != " address-only" {
		flags += more(r, &d)
	}
	if r.IntN(8) == 0 {
		options += " differs=" + c.hosts[r.IntN(len(c.hosts))]
	}
	c.add(d, flags, options)
}

// more are flags that go with every kind of service that has processes.
func more(r *rand.Rand, d *definition) (flags string) {
	if r.IntN(2) == 0 {
		d.check = true
		flags += " check"
	}
	if r.IntN(6) == 0 {
		flags += " joins"
	}
	if r.IntN(6) == 0 {
		flags += " no-restart"
	}
	if r.IntN(6) == 0 && !d.resource {
		flags += " keep=10s"
	}
	return flags
}

func (c *cluster) group(r *rand.Rand, n int) {
	hosts, options := c.placement(r)
	unit := fmt.Sprintf("g%d", len(c.services)+1)
	var names []string
	for i := range n {
		d := definition{name: fmt.Sprintf("s%d", len(c.services)+1), unit: unit, hosts: hosts}
		flags, deps := " group="+unit, ""
		if d.resource = i == 0 && r.IntN(2) == 0; d.resource {
			flags = " resource" + flags
		}
		// What a critical member depends on is critical: each depends on those before it.
		if i == 0 || i < n-1 {
			flags += " critical"
		}
		if i > 0 && r.IntN(3) > 0 {
			deps = " deps=" + names[r.IntN(i)]
		}
		flags += more(r, &d)
		names = append(names, d.name)
		c.add(d, flags, deps+options)
	}
}

// units are the names of all units.
func (c *cluster) units() []string {
	var us []string
	for _, s := range c.services {
		if !slices.Contains(us, s.unit) {
			us = append(us, s.unit)
		}
	}
	return us
}

// anyOf is one of the hosts on which a unit is configured, "" if none of them is.
func (c *cluster) anyOf(unit string, hosts []string) string {
	for _, s := range c.services {
		if s.unit != unit {
			continue
		}
		for _, h := range hosts {
			if s.runsOn(h) {
				return h
			}
		}
	}
	return ""
}
