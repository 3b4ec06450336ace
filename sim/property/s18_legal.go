package property

import (
	"fmt"

	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
)

// legal is S18: each instance goes from state to state as the table says, and
// no step is left out.
type legal struct {
	last map[*host.Host]map[string]service.State // of this life of srrd
}

func (p *legal) see(e *host.Effect) string {
	switch {
	case e.Kind == host.DaemonBegan:
		p.last[e.Host] = map[string]service.State{}
		return ""
	case e.Kind != host.Said || e.Event.Kind != node.EventState:
		return ""
	}
	ev := e.Event
	was, known := p.last[e.Host][ev.Subject]
	p.last[e.Host][ev.Subject] = ev.To
	if known && was != ev.From {
		return fmt.Sprintf("%s: %s was %s and leaves %s", e.Host.Name, ev.Subject, was, ev.From)
	}
	for _, t := range service.Table {
		if t.From == ev.From && t.To == ev.To {
			return ""
		}
	}
	return fmt.Sprintf("%s: %s goes from %s to %s", e.Host.Name, ev.Subject, ev.From, ev.To)
}
