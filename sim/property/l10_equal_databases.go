package property

import (
	"fmt"
	"maps"
	"slices"

	"srr/internal/ospf/lsdb"
	"srr/sim/host"
)

// equalDatabases is the other half of L10: the databases of the core are equal.
// Whom somebody has not heard, he could not count.
func equalDatabases(c *calm) (bad []string) {
	first := c.database(c.core[0])
	for _, h := range c.core[1:] {
		other := c.database(h)
		both := maps.Clone(first)
		maps.Copy(both, other)
		for _, k := range slices.SortedFunc(maps.Keys(both), lsdb.Key.Compare) {
			if other[k] != first[k] {
				bad = append(bad, fmt.Sprintf("%v is %#x on %s and %#x on %s", k, first[k], c.core[0].Name, other[k], h.Name))
			}
		}
	}
	return bad
}

// database is what a host's ospfd holds that has not been flushed: sequence numbers.
func (c *calm) database(h *host.Host) map[lsdb.Key]uint32 {
	all := map[lsdb.Key]uint32{}
	if !h.Router.Running() {
		return all
	}
	for e := range h.Router.Database().All() {
		if !e.MaxAge(c.world.Queue.Now()) {
			all[e.Key] = uint32(e.LSA.Header.Seq)
		}
	}
	return all
}
