package property

import "fmt"

// noDuplicates is L3: of hosts that reach each other, only one announces a service.
func noDuplicates(c *calm) (bad []string) {
	for _, u := range c.world.Units() {
		for _, s := range c.world.Members(u) {
			if s.Resource() {
				continue
			}
			n := 0
			for _, h := range c.world.Hosts {
				if h.Spec(s.Name) != nil && h.Announces(s.Name) && !h.Paused() && c.reachesCore(h) {
					n++
				}
			}
			if n > 1 {
				bad = append(bad, fmt.Sprintf("%s is announced by %d hosts (%s)", s.Name, n, c.where(s.Name)))
			}
		}
	}
	return bad
}
