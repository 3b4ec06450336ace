package property

import (
	"fmt"

	"srr/internal/service"
	"srr/sim/host"
)

// partners is R4, of `leave`: it is called for a partner that has gone,
// on every node with an active instance.
type partners struct {
	left map[partner]bool
}

type partner struct {
	host    *host.Host
	service string
	gone    string // router ID
}

func (p *partners) see(e *host.Effect) string {
	if e.Kind == host.CallBegan && e.Call.Primitive == service.Leave {
		p.left[partner{e.Host, e.Service, e.Call.Peer}] = true
	}
	return ""
}

// Leaves demands that `leave` is called for a host that is about to lose its power.
// Check is to be called when that was noticed.
func (w *Watch) leaves(victim *host.Host) (check func()) {
	c, p := w.calm, w.partners
	clear(p.left)
	var told []partner
	for _, h := range c.core {
		if h == victim || !h.Awake() {
			continue
		}
		for _, s := range h.Services() {
			mine, _ := h.Core().State(s.Name)
			theirs, there := victim.Core().State(s.Name)
			if s.Primitives[service.Leave] && mine.Active() && there && theirs.Active() {
				told = append(told, partner{h, s.Name, victim.ID.String()})
			}
		}
	}
	return func() {
		for _, x := range told {
			if state, _ := x.host.Core().State(x.service); !p.left[x] && state.Active() {
				w.Fail(w.world.Queue.Now(), "R4 partners", fmt.Sprintf("%s was not told by `leave` of %s that %s has gone", x.host.Name, x.service, victim.Name))
			}
		}
	}
}
