package property

import (
	"fmt"
	"time"

	"srr/sim/host"
	"srr/sim/script"
)

// silence is S8: a node that can be reached and whose srrd ended while it held a
// service still holds it, until it says otherwise, an operator does, or what it
// promised has passed.
type silence struct {
	*truth
	ended map[*host.Host]map[string]promise
}

// promise is until when a silent node may hold a service; never: 0.
type promise struct{ at, deadAfter time.Duration }

// detachFor is what a daemon that detaches promises: the lifetime of its addresses, and 2 s.
const detachFor = time.Minute + 2*time.Second

func (p *silence) see(e *host.Effect) string {
	switch {
	case e.Kind == host.DaemonEnded:
		p.end(e)
	case e.Kind == host.DaemonBegan:
		delete(p.ended, e.Host)
	case e.Kind == host.ProcessEnded:
		delete(p.ended[e.Host], e.Service)
	}
	if name := startBegins(e); name != "" {
		return p.start(e, name)
	}
	return ""
}

func (p *silence) end(e *host.Effect) {
	m := map[string]promise{}
	for _, s := range e.Host.Services() {
		x := p.held[e.Host][s.Name]
		if x == nil || x.released || !e.Host.Runs(s.Name) && !e.Host.Announces(s.Name) {
			continue
		}
		d := s.DeadAfter
		if e.Text == "detached" && d > 0 {
			d = max(d, detachFor)
		}
		m[s.Name] = promise{e.At, d}
	}
	p.ended[e.Host] = m
}

func (p *silence) start(e *host.Effect, name string) string {
	for _, o := range p.world.Hosts {
		x, held := p.ended[o][name]
		if !held || o == e.Host || p.world.Confirmed(o, name) >= x.at || x.deadAfter > 0 && e.At >= x.at+script.Shortest(x.deadAfter) || p.stoodStill(e.Host) || p.stoodStill(o) || p.world.LostPast(o) {
			continue
		}
		if p.mutual(e.Host, o, x.at) {
			return fmt.Sprintf("%s starts %s, %.3f s after srrd on %s ended while it held it", e.Host.Name, name, (e.At - x.at).Seconds(), o.Name)
		}
	}
	return ""
}
