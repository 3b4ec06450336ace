package property

import (
	"fmt"
	"slices"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
)

// maintenance is S22: what runs on a node in maintenance is not touched, but by
// operators. What does not work there gives way to who runs it elsewhere (seed 995). A shutdown is an operator's, and so is all that comes of it.
type maintenance struct {
	*truth
	leaving map[*host.Host]bool // an operator has shut srrd down
}

func (p *maintenance) see(e *host.Effect) string {
	switch {
	case e.Kind == host.DaemonBegan:
		delete(p.leaving, e.Host)
	case e.Kind == host.Said && e.Event.Kind == node.EventNode && e.Event.Reason == service.DaemonStops:
		p.leaving[e.Host] = true
	}
	if p.leaving[e.Host] {
		return ""
	}
	if e.Kind != host.Said || e.Event.Kind != node.EventState || e.Event.From != service.Started {
		return ""
	}
	c := e.Host.Core()
	if c == nil || !c.Self().Flags.Has(discovery.Maintenance) {
		return ""
	}
	if e.Event.Reason == service.ByOperator || e.Event.Reason == service.Outranked && p.broken(e.Host, e.Host.Spec(e.Event.Subject).Unit()) {
		return ""
	}
	return fmt.Sprintf("%s stops %s in maintenance: %s", e.Host.Name, e.Event.Subject, e.Event.Reason)
}

// broken: something of a unit does not run on a host, or fails its check there.
func (t *truth) broken(h *host.Host, u service.Unit) bool {
	return slices.ContainsFunc(t.world.Members(u), func(s *service.Spec) bool {
		return s.Primitives[service.Start] && !h.Runs(s.Name) || h.FailsCheck(s.Name)
	})
}
