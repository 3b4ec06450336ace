package property

import (
	"fmt"

	"srr/internal/discovery"
)

// bounded is S20, as far as it can be seen in the network: in the calm, a host of
// the core floods one LSA for each record. Former versions, and those of former
// lives, have been flushed.
func bounded(c *calm) (bad []string) {
	for _, h := range c.core {
		copies := map[discovery.Key]int{}
		for e, r := range c.world.Records(h, h.ID) {
			k := r.Key()
			if e.MaxAge(c.world.Queue.Now()) {
				continue
			}
			if copies[k]++; copies[k] == 2 {
				bad = append(bad, fmt.Sprintf("%s floods more than one record of %q", h.Name, k.Service))
			}
		}
	}
	return bad
}
