package property

import (
	"fmt"
	"slices"

	"srr/internal/discovery"
	"srr/sim/host"
)

// current is S7: what a start rests on are records of the present incarnation of
// their nodes, and none is older than one on which an earlier decision of the same
// daemon rested.
type current struct {
	seen map[*host.Host]map[discovery.Key]discovery.Version // by this life of srrd
}

func (p *current) see(e *host.Effect) string {
	if e.Kind == host.DaemonBegan {
		p.seen[e.Host] = map[discovery.Key]discovery.Version{}
	}
	if startBegins(e) == "" {
		return ""
	}
	var wrong []string
	seen := p.seen[e.Host]
	for node, r := range e.Host.Core().Counted() {
		k := r.Key()
		last := seen[k]
		if r.Version.Incarnation != node.Version.Incarnation {
			wrong = append(wrong, fmt.Sprintf("%s counts %s of incarnation %d on %s, which is at %d",
				e.Host.Name, r.Instance.Service, r.Version.Incarnation, r.Author, node.Version.Incarnation))
		}
		if r.Version.Less(last) {
			wrong = append(wrong, fmt.Sprintf("%s counts %s on %s as of %v, after %v", e.Host.Name, r.Instance.Service, r.Author, r.Version, last))
		}
		if r.Version != last {
			seen[k] = r.Version
		}
	}
	if len(wrong) == 0 {
		return ""
	}
	return slices.Min(wrong) // they come in no order
}
