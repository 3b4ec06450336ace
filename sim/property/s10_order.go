package property

import (
	"fmt"
	"slices"
	"time"

	"srr/internal/service"
	"srr/sim/host"
)

// order is S10: own, start, announce; withdraw, stop; a dependency before its
// dependents, and after them.
type order struct {
	t    *truth
	died map[process]time.Duration // when it ended last
}

type process struct {
	host    *host.Host
	service string
}

// heardWithin is how long srrd may not have heard that a process has ended (seed 1167).
const heardWithin = 10 * time.Millisecond

func (p *order) see(e *host.Effect) string {
	s := e.Host.Spec(e.Service)
	if e.Kind == host.ProcessEnded {
		p.died[process{e.Host, e.Service}] = e.At
	}
	switch {
	case s == nil:
		return ""
	case e.Kind == host.AddressAnnounced && s.Primitives[service.Start] && !e.Host.Runs(s.Name) && !maintained(e.Host) &&
		e.At > p.died[process{e.Host, s.Name}]+heardWithin:
		return fmt.Sprintf("%s announces %s, which does not run there", e.Host.Name, s.Name)
	case e.Kind == host.AddressAnnounced && !e.Host.Owns(s.Name):
		return fmt.Sprintf("%s announces %s before it owns the address", e.Host.Name, s.Name)
	case e.Kind != host.CallBegan || e.Call.Kill:
		return ""
	}
	switch e.Call.Primitive {
	case service.Start:
		return p.start(e.Host, s)
	case service.Stop:
		return p.stop(e.Host, s)
	}
	return ""
}

// maintained: what died in maintenance is left as it is, announced.
func maintained(h *host.Host) bool {
	return h.Core() != nil && h.Core().Self().Maintenance()
}

func (p *order) start(h *host.Host, s *service.Spec) string {
	if !s.Resource() && !h.Owns(s.Name) {
		return fmt.Sprintf("%s starts %s before it owns the address", h.Name, s.Name)
	}
	for _, d := range s.DependsOn {
		if dep := h.Spec(d); dep != nil && dep.Primitives[service.Start] && !h.Runs(d) && !p.diedHere(h, d) {
			return fmt.Sprintf("%s starts %s before %s, on which it depends", h.Name, s.Name, d)
		}
	}
	return ""
}

func (p *order) stop(h *host.Host, s *service.Spec) string {
	if h.Announces(s.Name) {
		return fmt.Sprintf("%s stops %s before it withdraws the address", h.Name, s.Name)
	}
	for _, o := range h.Services() {
		if slices.Contains(o.DependsOn, s.Name) && h.Runs(o.Name) && !p.unstoppable(h, o.Name) && !p.t.world.Lied(h, o.Name) {
			return fmt.Sprintf("%s stops %s before %s, which depends on it", h.Name, s.Name, o.Name)
		}
	}
	return ""
}

// diedHere: its processes ended by themselves, and the daemon may not have
// heard of it yet.
func (p *order) diedHere(h *host.Host, name string) bool {
	state, _ := h.Core().State(name)
	return state == service.Started
}

// unstoppable: it was tried, and nobody could stop it; its dependency cannot
// wait for ever.
func (p *order) unstoppable(h *host.Host, name string) bool {
	state, _ := h.Core().State(name)
	return state == service.FailedHeld || state == service.FailedReleased || state == service.Stopped ||
		state == service.Inactive || state == service.Disabled
}
