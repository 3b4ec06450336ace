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
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestRandomClones: a machine with the router ID of another comes and goes, and so
// do the daemons of both. Nobody may start what a reachable host runs, whoever
// speaks for it; when the clone is gone and the other's srrd was started again,
// everything runs on exactly one node.
func TestRandomClones(t *testing.T) { everySeed(t, cloneSchedule) }

func cloneSchedule(seed int64) (why, out string) {
	var b strings.Builder
	c := &chaos{world: newWorld(&b), r: rand.New(rand.NewPCG(uint64(seed), 9)), units: map[string][]string{}}
	c.build()
	c.command("boot")
	c.run(10 * time.Second)
	of := pick(c.r, c.names)
	c.command("clone x " + of)
	for range 5 + c.r.IntN(15) {
		c.run(time.Duration(c.r.IntN(6000)) * time.Millisecond)
		line := c.cloneFault(of)
		fmt.Fprintf(&b, "%s > %s\n", c.clock(), line)
		c.command(line)
	}
	c.run(time.Duration(c.r.IntN(20)) * time.Second)
	if x := c.hosts["x"]; x.on {
		x.powerOff()
	}
	c.names = c.names[:len(c.names)-1]
	if h := c.hosts[of]; h.core != nil {
		h.killDaemon()
	}
	c.mend()
	for _, u := range sortedUnits(c.units) { // what the clone held, nobody can tell any more
		for _, m := range c.units[u] {
			c.command(fmt.Sprintf("do %s confirm-stopped %s %s", c.names[(slices.Index(c.names, of)+1)%len(c.names)], m, of))
		}
	}
	c.run(2 * time.Minute)
	if len(c.bad) > 0 {
		return c.bad[0], b.String()
	}
	return c.unsettled(), b.String()
}

func (c *chaos) cloneFault(of string) string {
	h := c.hosts[pick(c.r, []string{of, "x"})]
	switch {
	case !h.on:
		return "boot " + h.name
	case h.core == nil:
		return "start-srrd " + h.name
	}
	unit := pick(c.r, sortedUnits(c.units))
	switch c.r.IntN(6) {
	case 0:
		return "power-off " + h.name
	case 1:
		return "kill-srrd " + h.name
	case 2:
		return fmt.Sprintf("do %s move %s %s", h.name, unit, pick(c.r, c.names))
	case 3:
		return fmt.Sprintf("do %s %s %s", h.name, pick(c.r, []string{"stop", "run"}), unit)
	}
	return fmt.Sprintf("die %s %s", h.name, pick(c.r, c.units[unit]))
}

// TestSupersededBootReturns: a boot ID that another one superseded speaks again,
// without any flag: it is a second machine, not a reboot. That ends when only one
// has spoken for a while.
func TestSupersededBootReturns(t *testing.T) {
	const other = routerid.ID(0x0a000002)
	n, at := joined(t)
	n.Step(at, node.Medium{Event: discovery.Reachable{Routers: reach(other)}})
	of := func(boot byte, incarnation uint64) discovery.Record {
		r := nodeOf(other, incarnation)
		r.Boot, r.Nonce = discovery.BootID{boot}, incarnation
		r.Node.Flags, r.Node.Instances = discovery.Settled, 0
		return r
	}
	free := func(want bool, when string) {
		t.Helper()
		e, _ := n.Explain(at, service.Unit{Name: "web"})
		if (e.Blocked == "") != want {
			t.Errorf("%s: blocked by %q, want free: %v", when, e.Blocked, want)
		}
	}
	started := stranger(other, 1, "web")
	started.Nonce, started.Instance.DeadAfter = 1, 7*time.Second
	n.Step(at, seen(of(2, 1)), seen(started))
	n.Step(at, seen(of(3, 2)))
	free(false, "a moment after another boot spoke")
	at.Boot += 3 * time.Second
	n.Step(at, seen(of(2, 3)))
	if as := n.Alarms(); len(as) != 1 || as[0].Key != "duplicate 10.0.0.2" {
		t.Fatalf("alarms: %v", as)
	}
	at.Boot += 5 * time.Second
	n.Step(at, seen(of(3, 4)))
	at.Boot += 5 * time.Second
	n.Step(at, node.Tick{})
	free(false, "5 s after the last of both")
	at.Boot += time.Second
	n.Step(at, node.Tick{})
	free(true, "after 6 s of one alone")
	if as := n.Alarms(); len(as) != 0 {
		t.Errorf("alarms: %v", as)
	}
}
