package property

import (
	"fmt"
	"time"

	"srr/sim/host"
	"srr/sim/script"
)

// joining is R4, of a node that joins: it starts nothing until what it
// sees has been the same for a second, so nothing within the first one.
type joining struct{ *truth }

// joinsFor is that second, by the fastest clock.
var joinsFor = script.Shortest(time.Second)

func (p *joining) see(e *host.Effect) string {
	name := startBegins(e)
	since := e.Host.Router.ListenedSince()
	if name == "" || e.At >= since+joinsFor || p.stoodStill(e.Host) {
		return ""
	}
	return fmt.Sprintf("%s starts %s, %.3f s after its medium came", e.Host.Name, name, (e.At - since).Seconds())
}
