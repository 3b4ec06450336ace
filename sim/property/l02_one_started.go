package property

import (
	"fmt"
	"slices"

	"srr/internal/service"
	"srr/sim/host"
)

// oneStarted is L2: every unit that the core can run is started on exactly one
// node that the core reaches, and announced there.
func oneStarted(c *calm) (bad []string) {
	for _, u := range c.world.Units() {
		for _, s := range c.world.Members(u) {
			if c.canRun(s) {
				if text := c.notOne(s); text != "" {
					bad = append(bad, text)
				}
			}
		}
	}
	return bad
}

// canRun: the service is configured on a host of the core.
func (c *calm) canRun(s *service.Spec) bool {
	for _, h := range c.core {
		if h.Spec(s.Name) != nil {
			return true
		}
	}
	return false
}

func (c *calm) notOne(s *service.Spec) string {
	var reached []*host.Host
	for _, h := range c.runsOn(s) {
		if c.reachesCore(h) {
			reached = append(reached, h)
		}
	}
	reached = slices.DeleteFunc(slices.Clone(reached), func(h *host.Host) bool { return c.forgotten(h, reached) })
	if len(reached) == 0 && c.leftAlone(s) {
		return ""
	}
	if len(reached) != 1 {
		return fmt.Sprintf("%s runs on %s (%s)", s.Name, names(reached), c.where(s.Name))
	}
	h := reached[0]
	if !s.Resource() && !h.Announces(s.Name) && h.Awake() && !h.RefusesAddress(s.Name) {
		return fmt.Sprintf("%s runs on %s, which does not announce it (%s)", s.Name, h.Name, c.where(s.Name))
	}
	return ""
}

// forgotten: srrd on a host outside of the core is silent, and who else runs the service
// knows nothing of it, since it has lost its state file (seed 21662).
func (c *calm) forgotten(h *host.Host, holders []*host.Host) bool {
	return !c.inCore(h) && !h.Awake() && slices.ContainsFunc(holders, func(m *host.Host) bool { return m.Awake() && c.forgot(m, h) })
}

// leftAlone: who runs the unit is not of the core, so what is broken there stays
// broken, and by the rules nobody else takes it away: a member that is not critical
// has failed, or is not active there, alone; or the host is in maintenance, and what
// died there meanwhile stays as it is; or it is about to start it, and waits for the
// word of an operator there that another one does not run it (seed 10807: the word that
// was given on a host of the core covers only what that one had heard).
func (c *calm) leftAlone(s *service.Spec) bool {
	for _, h := range c.world.Hosts {
		if c.inCore(h) || !h.Awake() || !c.reachesCore(h) {
			continue
		}
		state, _ := h.Core().State(s.Name)
		if maintained(h) && state == service.Started || state == service.Starting && c.waitsForAWord(h, s.Unit()) {
			return true
		}
		if s.Group != "" && !s.Critical && c.runsCritical(h, s.Unit()) {
			return true
		}
	}
	return false
}

// waitsForAWord: a host does not know what another one holds of a unit, and will never
// know by itself.
func (c *calm) waitsForAWord(h *host.Host, u service.Unit) bool {
	for _, p := range h.Core().Peers() {
		for _, s := range c.world.Members(u) {
			if p.Unknown[s.Name] != "" && s.DeadAfter == 0 {
				return true
			}
		}
	}
	return false
}

// runsCritical: every critical member of a group runs on a host.
func (c *calm) runsCritical(h *host.Host, u service.Unit) bool {
	missing := c.missing(h, u)
	for _, s := range missing {
		if s.Critical {
			return false
		}
	}
	return len(missing) < len(c.world.Members(u))
}

// reachesCore: some host of the core reaches it, or is it.
func (c *calm) reachesCore(h *host.Host) bool {
	for _, k := range c.core {
		if k == h || k.Router.Reaches(h.ID) {
			return true
		}
	}
	return false
}
