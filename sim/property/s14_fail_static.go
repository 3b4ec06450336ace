package property

import (
	"fmt"
	"time"

	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
)

// failStatic is S14: a check never takes the last holder away. Whoever has fallen silent and
// can still be reached, as far as its neighbors have noticed, counts as one who
// could run it (seed 358).
type failStatic struct {
	*truth
	failed map[*host.Host]map[string]time.Duration // since when
}

func (p *failStatic) see(e *host.Effect) string {
	p.note(e)
	if e.Kind != host.Said || e.Event.Kind != node.EventState || e.Event.From != service.Started || e.Event.To != service.Stopping {
		return ""
	}
	if e.Event.Reason != service.CheckDown && e.Event.Reason != service.CheckUnknownLong {
		return ""
	}
	for _, o := range p.world.Hosts {
		if o == e.Host || o.Spec(e.Event.Subject) == nil || !e.Host.Router.Reaches(o.ID) {
			continue
		}
		if since, silent := p.silent(o); silent && e.At < max(since, p.world.Disturbed())+p.world.Timers.Detect()+p.slack() {
			return ""
		}
		if s, ok := p.state(o, e.Event.Subject); ok && s.Active() && !p.knownToFail(e.Host, o, e.Event.Subject) {
			return ""
		}
	}
	return fmt.Sprintf("%s stops %s because of its check, although nobody else could run it", e.Host.Name, e.Event.Subject)
}

// silent says whether a host tells nothing: its srrd has ended, and when, or has no
// ospfd any more (seed 293), which disturbed the world.
func (p *failStatic) silent(h *host.Host) (since time.Duration, silent bool) {
	if !h.Awake() {
		return p.ended[h], true
	}
	up, _, _ := h.Core().MediumUp()
	return 0, !up
}

// note keeps since when an instance has failed.
func (p *failStatic) note(e *host.Effect) {
	if e.Kind != host.Said || e.Event.Kind != node.EventState {
		return
	}
	if p.failed[e.Host] == nil {
		p.failed[e.Host] = map[string]time.Duration{}
	}
	switch e.Event.To {
	case service.FailedReleased:
		p.failed[e.Host][e.Event.Subject] = e.At
	default:
		delete(p.failed[e.Host], e.Event.Subject)
	}
}

// knownToFail: a service without which its unit is nothing has failed on another
// host, for so long that this one must have heard.
func (p *failStatic) knownToFail(m, other *host.Host, name string) bool {
	since, failed := p.failed[other][name]
	s := m.Spec(name)
	return failed && (s.Critical || s.Group == "") && p.mutual(m, other, since)
}

// state is that of an instance on a host whose srrd runs.
func (p *failStatic) state(h *host.Host, name string) (service.State, bool) {
	if !h.Awake() {
		return 0, false
	}
	return h.Core().State(name)
}
