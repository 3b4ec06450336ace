package property

import (
	"fmt"

	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
)

// noDoubleStart is S6: nothing is started while another node that can be
// reached holds it.
type noDoubleStart struct{ *truth }

func (p *noDoubleStart) see(e *host.Effect) string {
	name := startBegins(e)
	if name == "" {
		return ""
	}
	s := e.Host.Spec(name)
	for _, o := range p.world.Hosts {
		if o == e.Host || o.Spec(name) == nil {
			continue
		}
		since, held := p.holds(o, s)
		if held && p.knows(e.Host, o, name, since) && !p.excused(e.Host, o) && !p.world.Lied(o, name) {
			return fmt.Sprintf("%s starts %s while %s holds it since %.3f", e.Host.Name, name, o.Name, since.Seconds())
		}
	}
	return ""
}

// startBegins names the service that an instance begins to hold: its primitive is
// called, or it has none and is started. To announce again what was withdrawn
// for a while is no start.
func startBegins(e *host.Effect) (name string) {
	switch {
	case e.Kind == host.CallBegan && e.Call.Primitive == service.Start && !e.Call.Kill:
		return e.Service
	case e.Kind == host.Said && e.Event.Kind == node.EventState && e.Event.From == service.Starting && e.Event.To == service.Started:
		if s := e.Host.Spec(e.Event.Subject); s != nil && !s.Primitives[service.Start] {
			return s.Name
		}
	}
	return ""
}

// excused: a machine that stood still a moment ago acts on what it knew before
// (assumption ClocksRun), and nobody listens to one that forgot its past (KnownPast).
func (p *noDoubleStart) excused(m, o *host.Host) bool {
	return p.stoodStill(m) || p.stoodStill(o) || p.world.LostPast(o)
}
