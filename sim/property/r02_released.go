package property

import (
	"fmt"

	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/script"
)

// released is half of R2, of what is released when its stop was verified: who says
// so has nothing of it any more (as long as its stop does not lie).
type released struct{ *truth }

func (p *released) see(e *host.Effect) string {
	if e.Kind != host.Said || e.Event.Kind != node.EventState || !e.Event.From.Held() || e.Event.To.Held() {
		return ""
	}
	s := e.Host.Spec(e.Event.Subject)
	_, lies := p.world.Broken[script.HonestStop]
	if s == nil || s.Release != service.ReleaseVerified || lies || !e.Host.Runs(s.Name) || e.Event.From == service.Starting {
		return ""
	}
	return fmt.Sprintf("%s releases %s, which still runs there: %s", e.Host.Name, s.Name, e.Event.Reason)
}
