package node

import (
	"slices"

	"srr/internal/service"
)

// leave begins the end of the daemon: a drained node that takes nothing any
// more. Better nodes claim what it runs; what nobody claims is stopped.
func (n *Node) leave() {
	if n.leaving {
		return
	}
	n.leaving, n.leaveAt = true, n.now.Boot
	n.event(Event{Kind: EventNode, Subject: n.opt.Name, Reason: service.DaemonStops})
	n.markAll()
}

// checkDaemonStop moves instances that have stopped on to inactive.
func (n *Node) checkDaemonStop() {
	if !n.leaving {
		return
	}
	for _, i := range n.order {
		i.wantActive, i.wantRestart = false, false
		switch i.state {
		case service.Injected, service.Stopped, service.FailedReleased:
			if !unitHeld(i.unit) && !i.wantInactive {
				i.retire(service.DaemonStops)
				n.mark(i.unit)
			}
		case service.Starting, service.Started:
			n.wakeAt(i.unit, n.leaveAt+handOverFor)
		}
	}
}

func unitHeld(u *unit) bool {
	for _, i := range u.members {
		if i.state.Held() && i.state != service.FailedHeld {
			return true
		}
	}
	return false
}

// heldAny: the daemon leaves something behind that could not be stopped.
func (n *Node) heldAny() bool {
	for _, i := range n.instances {
		if i.state.Held() {
			return true
		}
	}
	return false
}

// allGone: nothing is active here any more, but for what could not be stopped.
func (n *Node) allGone() bool {
	for _, i := range n.instances {
		switch i.state {
		case service.Disabled, service.Inactive, service.Refused, service.FailedHeld:
		case service.Stopping:
			if !stuckBelow(i) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// stuckBelow: what could not be stopped may still use it.
func stuckBelow(i *instance) bool {
	return slices.ContainsFunc(i.unit.members, func(d *instance) bool {
		return dependsOn(d, i.spec.Name) && (d.state == service.FailedHeld || d.state == service.Stopping && stuckBelow(d))
	})
}
