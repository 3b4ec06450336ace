package property

import (
	"fmt"
	"slices"
	"time"

	"srr/internal/service"
	"srr/sim/host"
)

// TakeoverWithin is how long after the death of a node of the calm its units may
// be nowhere: until it is noticed, every router may originate again, and they
// are started.
func (w *Watch) TakeoverWithin() time.Duration {
	t := w.world.Timers
	return t.Detect() + t.LSInterval + 10*time.Second
}

// Takeover is L4: what a dead node's LSAs still say delays nobody. It switches off
// the host of the core that runs the most. Check is to be called TakeoverWithin later.
func (w *Watch) Takeover() (check func()) {
	c := w.calm
	victim := c.busiest()
	if victim == nil || len(c.core) < 2 {
		return func() {}
	}
	var units []service.Unit
	for _, u := range w.world.Units() {
		if c.configured(victim, u) && len(c.missing(victim, u)) == 0 && c.ofCore(u) && c.elsewhere(victim, u) {
			units = append(units, u)
		}
	}
	leaves := w.leaves(victim)
	victim.PowerOff()
	w.victim = victim
	return func() {
		leaves()
		for _, u := range units {
			if !slices.ContainsFunc(c.core, func(h *host.Host) bool { return c.configured(h, u) && len(c.missing(h, u)) == 0 }) {
				w.Fail(w.world.Queue.Now(), "L4 takeover", fmt.Sprintf("%s ran on %s, which died, and runs nowhere (%s)",
					u, victim.Name, c.where(w.world.Members(u)[0].Name)))
			}
		}
	}
}

// carries counts the services that run on a host.
func (c *calm) carries(h *host.Host) (n int) {
	for _, s := range h.Services() {
		if h.Runs(s.Name) || h.Announces(s.Name) {
			n++
		}
	}
	return n
}

// elsewhere: another host of the core has the unit.
func (c *calm) elsewhere(victim *host.Host, u service.Unit) bool {
	return slices.ContainsFunc(c.core, func(h *host.Host) bool {
		return h != victim && c.configured(h, u) && h.Router.HasNeighbor()
	})
}
