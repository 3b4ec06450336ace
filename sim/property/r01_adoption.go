package property

import (
	"fmt"
	"time"

	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
)

// adoption is R1, of a daemon that starts: what runs is adopted only
// while its address is still there. Once that has run out, others may count on it
// that the service is free.
type adoption struct {
	withdrawn map[*host.Host]map[string]time.Duration // when the kernel lost the address last
}

func (p *adoption) see(e *host.Effect) string {
	switch {
	case e.Kind == host.AddressWithdrawn:
		if p.withdrawn[e.Host] == nil {
			p.withdrawn[e.Host] = map[string]time.Duration{}
		}
		p.withdrawn[e.Host][e.Service] = e.At
	case e.Kind == host.Said && e.Event.Kind == node.EventState && e.Event.Reason == service.Adopted:
		return p.adopted(e, e.Host.Spec(e.Event.Subject))
	}
	return ""
}

// probed is how old what a daemon knows may be when it adopts: it looks before it
// begins.
const probed = 200 * time.Millisecond

func (p *adoption) adopted(e *host.Effect, s *service.Spec) string {
	if s.Resource() || e.Host.Announces(s.Name) {
		return ""
	}
	if at, ever := p.withdrawn[e.Host][s.Name]; ever && e.At < at+probed {
		return ""
	}
	return fmt.Sprintf("%s adopts %s, whose address it has not any more", e.Host.Name, s.Name)
}
