package property

import (
	"fmt"
	"time"

	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
)

// WithoutDelay is how long a move may take beside a service that hangs: two
// primitives of 60 ms, the linger, and an announcement that comes 1.1 s after a
// withdrawal.
const WithoutDelay = 3 * time.Second

// Hung is L7: the stop of one service hangs, and another one moves away from the
// same host meanwhile. Check is to be called WithoutDelay later.
func (w *Watch) Hung() (check func()) {
	c := w.calm
	for _, h := range c.core {
		for _, u := range w.world.Units() {
			target := c.another(h, u)
			stuck := c.beside(h, u)
			if target == nil || stuck == nil {
				continue
			}
			if _, err := target.Do(node.Command{Verb: node.Move, Unit: u, Node: target.ID, Author: "op"}); err != nil {
				continue
			}
			_ = h.Behave(stuck.Name, service.Stop, host.Hangs) // it is configured there
			_, _ = h.Do(node.Command{Verb: node.Stop, Unit: stuck.Unit(), Author: "op"})
			return func() {
				if missing := c.missing(target, u); len(missing) > 0 {
					w.Fail(w.world.Queue.Now(), "L7 one hangs", fmt.Sprintf("%s was moved to %s while %s hung on %s; %s does not run there (%s)",
						u, target.Name, stuck.Name, h.Name, missing[0].Name, c.where(missing[0].Name)))
				}
			}
		}
	}
	return func() {}
}

// another is a host of the core, beside the one that runs a unit, which could.
func (c *calm) another(h *host.Host, u service.Unit) *host.Host {
	if !c.configured(h, u) || len(c.missing(h, u)) > 0 || !c.ofCore(u) {
		return nil
	}
	for _, o := range c.core {
		if o != h && o.Awake() && c.configured(o, u) {
			return o
		}
	}
	return nil
}

// beside is a service of another unit that runs on a host, and could hang.
func (c *calm) beside(h *host.Host, u service.Unit) *service.Spec {
	for _, s := range h.Services() {
		if s.Unit() != u && s.Primitives[service.Stop] && h.Runs(s.Name) {
			return h.Spec(s.Name)
		}
	}
	return nil
}
