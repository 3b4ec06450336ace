package property

import (
	"fmt"
	"slices"
	"time"

	"srr/internal/routerid"
	"srr/internal/selection"
)

// UsableWithin is how long after it was switched on a node may be no candidate:
// until its join gate opens, at the latest because it waited for long enough.
func (w *Watch) UsableWithin() time.Duration {
	const aloneAfter, more = time.Minute, 15 * time.Second
	return w.world.Timers.Dead + aloneAfter + more
}

// UsableAgain is L5: the host that Takeover switched off is switched on, and with
// no operator it is a candidate again for all that it has. Check is to be called
// UsableWithin later.
func (w *Watch) UsableAgain() (check func()) {
	back := w.victim
	if back == nil {
		return func() {}
	}
	back.PowerOn()
	return func() {
		for _, u := range w.world.Units() {
			if !w.calm.configured(back, u) {
				continue
			}
			for _, h := range w.calm.core {
				if h.Awake() && h.Spec(w.world.Members(u)[0].Name) != nil && !eligible(h.Core().Ranking(u), back.ID) {
					w.Fail(w.world.Queue.Now(), "L5 usable again", fmt.Sprintf("%s came back, and for %s it is no candidate of %s (%s)",
						back.Name, h.Name, u, w.calm.where(w.world.Members(u)[0].Name)))
				}
			}
		}
	}
}

func eligible(order []selection.Candidate, id routerid.ID) bool {
	return slices.ContainsFunc(order, func(c selection.Candidate) bool { return c.Node == id && c.Eligible() })
}
