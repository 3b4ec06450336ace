package property

import (
	"fmt"
	"time"

	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
)

// ExpiresWithin is how long a first failure may keep a node from being a candidate:
// the move that fails, and the time-out of failures, 10 minutes.
const ExpiresWithin = 10*time.Minute + time.Minute

// FailureExpires is the other half of L5: a node on which a service failed once is
// usable again after the penalty, with no operator, and takes nothing away from who
// runs it by then. A unit is moved to where it cannot start. Check is to be called
// ExpiresWithin later.
func (w *Watch) FailureExpires() (check func()) {
	c := w.calm
	for _, u := range w.world.Units() {
		s := c.failsAlone(u)
		if s == nil {
			continue
		}
		for _, h := range c.core {
			target := c.another(h, u)
			if target == nil {
				continue
			}
			_ = target.Behave(s.Name, service.Start, host.Fails) // it is configured there
			if _, err := target.Do(node.Command{Verb: node.Move, Unit: u, Node: target.ID, Author: "op"}); err != nil {
				_ = target.Behave(s.Name, service.Start, host.Works)
				continue
			}
			return func() { w.expired(target, s) }
		}
	}
	return func() {}
}

// failsAlone is the service of a unit without others, if it is one that can fail to
// start.
func (c *calm) failsAlone(u service.Unit) *service.Spec {
	ms := c.world.Members(u)
	if len(ms) == 1 && ms[0].Primitives[service.Start] && !ms[0].Resource() {
		return ms[0]
	}
	return nil
}

func (w *Watch) expired(target *host.Host, s *service.Spec) {
	fail := func(text string) {
		w.Fail(w.world.Queue.Now(), "L5 usable again", fmt.Sprintf("%s was moved to %s, where its start failed; %v later %s (%s)",
			s.Name, target.Name, ExpiresWithin, text, w.calm.where(s.Name)))
	}
	if !target.Awake() {
		return
	}
	if state, _ := target.Core().State(s.Name); state.Active() && !eligible(target.Core().Ranking(s.Unit()), target.ID) {
		fail("it is no candidate")
	}
	_ = target.Behave(s.Name, service.Start, host.Works)
}
