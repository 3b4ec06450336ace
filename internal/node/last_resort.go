package node

import (
	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/selection"
	"srr/internal/service"
)

// lastResort: when every node that could run the unit has failed, or is in maintenance, the
// one whose failure is the oldest (lowest claim) is tried again, with back-off.
func (n *Node) lastResort(u *unit) {
	if !n.medium || !n.gate.open || n.cutOff() || u.intent.Kind == discovery.IntentStopped || n.maintenance() {
		return
	}
	best, all := n.oldestFailure(u)
	if !all || best != n.opt.RouterID {
		return
	}
	if u.lastTry == 0 {
		u.lastTry = n.now.Boot
	}
	wait := min(lastResortMin<<min(u.tries, 10), lastResortMax)
	if due := u.lastTry + wait; n.now.Boot < due {
		n.wakeAt(u, due)
		return
	}
	u.lastTry = n.now.Boot
	u.tries++
	for _, i := range u.members {
		if i.state == service.FailedReleased && u.vital(i) {
			n.expire(i, service.LastResort)
		}
	}
}

// runs reports whether everything has started here without which the unit is
// nothing. One member that starts each time does not mend another one.
func (u *unit) runs() bool {
	for _, i := range u.members {
		if u.vital(i) && i.state != service.Started {
			return false
		}
	}
	return true
}

// vital: the unit is nothing without the member, or it has no such members and needs any.
func (u *unit) vital(i *instance) bool {
	return i.spec.Critical || !u.key.Group || len(u.view.unit.Critical) == 0
}

// oldestFailure finds who failed first, and whether everybody who could run
// the unit has failed.
func (n *Node) oldestFailure(u *unit) (who routerid.ID, all bool) {
	low := uint64(1<<64 - 1)
	for i := range u.view.order {
		c := &u.view.order[i]
		if c.Bar == selection.NoBar && !c.Maintained {
			return 0, false
		}
		if c.Bar != selection.BarFailed || u.view.resting(c.Node) {
			continue
		}
		if f := failureClaim(u.view.of(c.Node)); f < low || f == low && c.Node > who {
			low, who = f, c.Node
		}
	}
	return who, who != 0
}

// resting: a node that starts nothing for another reason than its failure.
func (v *view) resting(id routerid.ID) bool {
	const rest = discovery.CutOff | discovery.JoinGate | discovery.Maintenance | discovery.DrainHard | discovery.NodeLeaving
	return v.of(id).Flags&rest != 0
}

func failureClaim(f *selection.Facts) uint64 {
	claim := uint64(1<<64 - 1)
	for _, m := range f.Members {
		if m.Failure.Count > 0 {
			claim = min(claim, m.Failure.Claim)
		}
	}
	return claim
}
