package property

import (
	"fmt"

	"srr/internal/service"
)

// reasons is L9: a node of the core that does not run a unit says why.
func reasons(c *calm) (bad []string) {
	for _, h := range c.core {
		if !h.Awake() {
			bad = append(bad, fmt.Sprintf("%s was repaired, and its srrd does not answer", h.Name))
			continue
		}
		for _, u := range c.world.Units() {
			e, ok := h.Core().Explain(h.Now(), u)
			if !ok {
				continue
			}
			for _, m := range e.Members {
				if m.State != service.Started && m.Waits == "" && e.Here == "" {
					bad = append(bad, fmt.Sprintf("%s does not say why %s is %s", h.Name, m.Service, m.State))
				}
			}
		}
	}
	return bad
}
