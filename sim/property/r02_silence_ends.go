package property

import (
	"fmt"
	"slices"
	"time"

	"srr/internal/service"
	"srr/sim/host"
)

// SilenceWithin is how long what a srrd held that has died for good may be nowhere:
// dead_after, for which it counts as held, and a start.
const SilenceWithin = 7*time.Second + 15*time.Second

// Silence is the other half of R2, and of S8: what a silent node held is free when
// its dead_after has passed. The srrd of the host of the core that runs the most
// dies, and is not started again. Check is to be called SilenceWithin later.
func (w *Watch) Silence() (check func()) {
	c := w.calm
	silent := c.busiest()
	if silent == nil || len(c.core) < 2 {
		return func() {}
	}
	var units []service.Unit
	for _, u := range w.world.Units() {
		if c.configured(silent, u) && len(c.missing(silent, u)) == 0 && c.ofCore(u) && c.elsewhere(silent, u) && c.endsBySilence(u) {
			units = append(units, u)
		}
	}
	silent.Kill(-1)
	return func() {
		for _, u := range units {
			if !slices.ContainsFunc(c.core, func(h *host.Host) bool { return h != silent && c.configured(h, u) && len(c.missing(h, u)) == 0 }) {
				w.Fail(w.world.Queue.Now(), "R2 silence ends", fmt.Sprintf("%s ran on %s, whose srrd died, and runs nowhere else (%s)",
					u, silent.Name, c.where(w.world.Members(u)[0].Name)))
			}
		}
		silent.StartDaemon()
	}
}

// busiest is the host of the core that runs the most, nil if none runs anything.
func (c *calm) busiest() (busiest *host.Host) {
	most := 0
	for _, h := range c.core {
		if n := c.carries(h); h.Awake() && n > most {
			busiest, most = h, n
		}
	}
	return busiest
}

// endsBySilence: every member of a unit is free some time after its node fell silent.
func (c *calm) endsBySilence(u service.Unit) bool {
	return !slices.ContainsFunc(c.world.Members(u), func(s *service.Spec) bool {
		return s.DeadAfter == 0 || s.Release != service.ReleaseAddress
	})
}
