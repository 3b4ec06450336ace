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
	out map[*host.Host]map[string]time.Duration // failed or not active, since when
}

func (p *failStatic) see(e *host.Effect) string {
	p.note(e)
	if e.Kind != host.Said || e.Event.Kind != node.EventState || e.Event.From != service.Started || e.Event.To != service.Stopping {
		return ""
	}
	if e.Event.Reason != service.CheckDown && e.Event.Reason != service.CheckUnknownLong {
		return ""
	}
	if !e.Host.Router.Running() {
		return "" // its ospfd died while srrd stood still: it goes by what that said last
	}
	for _, o := range p.world.Hosts {
		if o == e.Host || o.Spec(e.Event.Subject) == nil || !e.Host.Router.Reaches(o.ID) {
			continue
		}
		if since, silent := p.silent(o); silent && e.At < max(since, p.world.Disturbed())+p.world.Timers.Detect()+p.slack() {
			return ""
		}
		if s, ok := p.state(o, e.Event.Subject); ok && !p.knownToBeOut(e.Host, o, e.Event.Subject, s) {
			return ""
		}
	}
	return fmt.Sprintf("%s stops %s because of its check, although nobody else could run it", e.Host.Name, e.Event.Subject)
}

// silent says whether a host tells nothing: its srrd has ended, and when, or has no
// ospfd any more, which disturbed the world. Of one that stands still nobody knows.
func (p *failStatic) silent(h *host.Host) (since time.Duration, silent bool) {
	switch {
	case h.Core() != nil && !h.Awake():
		return p.world.Queue.Now(), true
	case !h.Awake():
		return p.ended[h], true
	}
	up, _, _ := h.Core().MediumUp()
	return 0, !up
}

// note keeps since when an instance has failed, or is not active.
func (p *failStatic) note(e *host.Effect) {
	if e.Kind != host.Said || e.Event.Kind != node.EventState {
		return
	}
	if p.out[e.Host] == nil {
		p.out[e.Host] = map[string]time.Duration{}
	}
	if _, already := p.out[e.Host][e.Event.Subject]; e.Event.To.Active() && e.Event.To != service.FailedReleased {
		delete(p.out[e.Host], e.Event.Subject)
	} else if !already || e.Event.To == service.FailedReleased {
		p.out[e.Host][e.Event.Subject] = e.At
	}
}

// knownToBeOut: a service without which its unit is nothing has failed on another
// host, or was taken from it, for so long that this one must have heard.
func (p *failStatic) knownToBeOut(m, other *host.Host, name string, there service.State) bool {
	since, out := p.out[other][name]
	if there.Active() {
		s := m.Spec(name)
		return out && (s.Critical || s.Group == "") && p.mutual(m, other, since)
	}
	return p.mutual(m, other, since)
}

// state is that of an instance on a host whose srrd runs.
func (p *failStatic) state(h *host.Host, name string) (service.State, bool) {
	if !h.Awake() {
		return 0, false
	}
	return h.Core().State(name)
}
