package property

import (
	"fmt"

	"srr/internal/routerid"
)

// equalViews is L10 and S15: hosts of the core that reach each other put the
// same node first for every unit.
func equalViews(c *calm) (bad []string) {
	for _, u := range c.world.Units() {
		var first routerid.ID
		var who string
		for _, h := range c.core {
			if !h.Awake() {
				continue
			}
			order := h.Core().Ranking(u)
			if len(order) == 0 || !order[0].Eligible() {
				continue
			}
			if who == "" {
				first, who = order[0].Node, h.Name
			} else if order[0].Node != first {
				bad = append(bad, fmt.Sprintf("%s: %s puts %s first, %s puts %s first", u, who, first, h.Name, order[0].Node))
			}
		}
	}
	return bad
}
