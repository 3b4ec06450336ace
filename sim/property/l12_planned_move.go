package property

import (
	"fmt"
	"time"

	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
)

// MoveWithin is how long a planned move may take in the calm: two primitives,
// and the news of them.
const MoveWithin = 20 * time.Second

// moves is L12: a planned move ends on its target.
type moves struct {
	*calm
	to map[service.Unit]*host.Host
}

// Moves lets an operator move every unit that the core runs to another host of
// the core. Check is to be called MoveWithin later.
func (w *Watch) Moves() (check func()) {
	m := &moves{w.calm, map[service.Unit]*host.Host{}}
	for _, u := range w.world.Units() {
		m.begin(u)
	}
	return func() {
		for _, u := range w.world.Units() {
			if target := m.to[u]; target != nil {
				m.check(w, u, target)
			}
		}
	}
}

// begin asks the target itself. It may refuse, and says why.
func (m *moves) begin(u service.Unit) {
	if !m.ofCore(u) {
		return
	}
	for _, h := range m.core {
		if !m.configured(h, u) || !h.Awake() || len(m.missing(h, u)) == 0 {
			continue
		}
		if _, err := h.Do(node.Command{Verb: node.Move, Unit: u, Node: h.ID, Author: "op"}); err == nil {
			m.to[u] = h
		}
		return
	}
}

func (m *moves) check(w *Watch, u service.Unit, target *host.Host) {
	if missing := m.missing(target, u); len(missing) > 0 {
		w.Fail(m.world.Queue.Now(), "L12 planned move", fmt.Sprintf("%s was moved to %s, where %s does not run (%s)",
			u, target.Name, missing[0].Name, m.where(missing[0].Name)))
	}
}

// missing are the members of a unit that do not run on a host.
func (c *calm) missing(h *host.Host, u service.Unit) (missing []*service.Spec) {
	for _, s := range c.world.Members(u) {
		if s.Primitives[service.Start] && !h.Runs(s.Name) || !s.Resource() && !h.Announces(s.Name) {
			missing = append(missing, s)
		}
	}
	return missing
}

func (c *calm) configured(h *host.Host, u service.Unit) bool {
	for _, s := range c.world.Members(u) {
		if h.Spec(s.Name) == nil {
			return false
		}
	}
	return true
}

// ofCore: whoever could run the unit, as far as the core reaches, is in the core.
func (c *calm) ofCore(u service.Unit) bool {
	for _, h := range c.world.Hosts {
		if c.configured(h, u) && c.reachesCore(h) && !c.inCore(h) {
			return false
		}
	}
	return true
}

func (c *calm) inCore(h *host.Host) bool {
	for _, k := range c.core {
		if k == h {
			return true
		}
	}
	return false
}
