package property

import (
	"fmt"
	"slices"

	"srr/internal/service"
	"srr/sim/host"
)

// alone is R4, of a node that is cut off: without any Full neighbor it
// starts nothing. Else one router that restarts would start every service on every
// host behind it. What it runs goes on, with all members of its group
// (selection.RulePinned; seed 1478).
type alone struct{ *truth }

func (p *alone) see(e *host.Effect) string {
	name := startBegins(e)
	if name == "" || p.stoodStill(e.Host) {
		return ""
	}
	since, cutOff := e.Host.Router.AloneSince()
	if !cutOff || e.At < since+noticed || p.runsSome(e.Host, e.Host.Spec(name).Unit()) {
		return ""
	}
	return fmt.Sprintf("%s starts %s, although none of its neighbors has been Full for %.3f s", e.Host.Name, name, (e.At - since).Seconds())
}

// runsSome: a host runs a member of a unit already.
func (t *truth) runsSome(h *host.Host, u service.Unit) bool {
	return slices.ContainsFunc(t.world.Members(u), func(s *service.Spec) bool { return h.Runs(s.Name) })
}
