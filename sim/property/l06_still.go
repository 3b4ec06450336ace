package property

import (
	"fmt"

	"srr/sim/host"
)

// still is L6 and S16: in the calm nothing is started or stopped any more, however
// broken the hosts outside of the core are.
type still struct{ *calm }

func (p *still) see(e *host.Effect) string {
	name := startBegins(e)
	if name == "" {
		return ""
	}
	for _, h := range p.core {
		if h == e.Host {
			return fmt.Sprintf("%s starts %s, %.0f s after the last repair (%s)",
				h.Name, name, (e.At - p.since).Seconds(), p.where(name))
		}
	}
	return ""
}
