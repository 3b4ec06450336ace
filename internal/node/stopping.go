package node

import (
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// stop enters stopping, from starting or started.
func (n *Node) stop(i *instance, reason service.Reason, detail string) {
	ran := i.state == service.Started || i.startCalled
	n.cancel(i)
	n.set(i, service.EvStop, reason, detail)
	i.stopped = !ran
	i.verified = !ran
	if reason == service.Outranked && i.spec.Release == service.ReleaseAddress && !i.spec.Resource() {
		i.stopAt = n.now.Boot + lingerFor
	}
}

// fail notes a failure and stops, or fails at once if nothing was started.
func (n *Node) fail(i *instance, code service.FailureCode, r service.Result, reason service.Reason) {
	i.failure = discovery.Failure{
		Code: code, Exit: r.Code, Text: r.Text,
		Claim: i.unit.claim, Count: i.failure.Count + 1,
	}
	i.failedAt = n.now.Boot
	i.heldOff = false
	i.changed = true
	n.saveInstance(i)
	if i.state == service.Starting && !i.startCalled {
		n.cancel(i)
		n.set(i, service.EvFailed, reason, r.Text)
		n.failed(i)
		return
	}
	n.stop(i, reason, r.Text)
	i.failing = true
}

// advanceStopping: echo, withdraw, dependents, stop, verify, disown.
func (n *Node) advanceStopping(i *instance) {
	n.withdrawn(i)
	if !n.stopMayBegin(i) {
		return
	}
	if !i.stopped {
		n.callStop(i)
		return
	}
	if i.call != 0 {
		return
	}
	i.disown = true
	if r := n.routes[i.spec.Name]; !i.spec.Resource() && (r.Owned || r.Announced) {
		return // the routing driver will say
	}
	n.stopEnded(i)
}

// withdrawn floods the release as soon as the addresses are gone.
func (n *Node) withdrawn(i *instance) {
	if i.released || i.spec.Resource() || i.spec.Release != service.ReleaseAddress {
		return
	}
	if !n.routes[i.spec.Name].Announced {
		i.released, i.changed = true, true
	}
}

// stopMayBegin: the own echo was heard (or a second has passed, or there is no
// medium), routers were told, and every dependent has stopped.
func (n *Node) stopMayBegin(i *instance) bool {
	if n.medium && !n.cutOff() && !n.heard(i) {
		if end := i.since + echoWait; n.now.Boot < end {
			n.wakeAt(i.unit, end)
			return false
		}
	}
	if n.now.Boot < i.stopAt {
		n.wakeAt(i.unit, i.stopAt)
		return false
	}
	if !i.spec.Resource() && n.routes[i.spec.Name].Announced {
		return false
	}
	for _, d := range i.unit.members {
		if d != i && dependsOn(d, i.spec.Name) && stillRuns(d) {
			return false
		}
	}
	return true
}

func dependsOn(d *instance, name string) bool {
	for _, x := range d.spec.DependsOn {
		if x == name {
			return true
		}
	}
	return false
}

// stillRuns reports whether something of a dependent may use its dependency.
func stillRuns(d *instance) bool {
	return d.state == service.Started || d.state == service.FailedHeld || d.state == service.Stopping && !d.verified || d.state == service.Starting && d.startCalled
}

func (n *Node) callStop(i *instance) {
	if i.call != 0 {
		return
	}
	if !i.stopRuns {
		i.stopRuns = true
		i.deadline = n.now.Boot + i.spec.Timeout[service.Stop]
		n.request(i, service.Stop, i.reason)
		return
	}
	if n.now.Boot >= i.deadline {
		n.stopDone(i, service.Result{Outcome: service.TimedOut, Text: "stop did not finish in time, it asked to be called again"})
		n.mark(i.unit)
		return
	}
	n.wakeAt(i.unit, i.deadline)
	n.recallDue(i)
}

// stopDone takes the result of `stop`.
func (n *Node) stopDone(i *instance, r service.Result) {
	i.stopped = true
	i.verified = r.Verified
	if r.Outcome == service.OK && r.Verified {
		return
	}
	if !i.failing {
		i.failure = discovery.Failure{Code: service.FailStop, Exit: r.Code, Text: r.Text, Claim: i.unit.claim, Count: i.failure.Count + 1}
		i.failedAt = n.now.Boot
		i.failing = true
	}
	if !r.Verified {
		i.failure.Code = service.FailNotVerified
		if i.failure.Text == "" {
			i.failure.Text = r.Text
		}
	}
	i.changed = true
}

// stopEnded leaves stopping for what it has come to.
func (n *Node) stopEnded(i *instance) {
	switch {
	case !i.verified:
		n.set(i, service.EvHeld, service.StopUnverified, i.failure.Text)
		i.nextVerify = n.now.Boot + verifyEvery
		n.failed(i)
	case i.failing:
		n.set(i, service.EvReleasedFailed, service.StopVerified, i.failure.Text)
		n.failed(i)
	default:
		n.set(i, service.EvReleased, service.StopVerified, "")
	}
}

// failed calls primitive `failed`, the alarm.
func (n *Node) failed(i *instance) {
	if i.spec.Primitives[service.Failed] {
		i.info = append(i.info, infoCall{primitive: service.Failed})
	}
	n.alarm("failed "+i.spec.Name, i.failure.Code.String()+": "+i.failure.Text)
}

// advanceFailed waits for the failure's time-out, or verifies again.
func (n *Node) advanceFailed(i *instance) {
	if i.state == service.FailedHeld {
		n.verifyAgain(i)
		return
	}
	if i.wantInactive {
		n.set(i, service.EvDeactivate, i.retireFor, "")
		return
	}
	if due := i.failedAt + n.failureTimeout(i); n.now.Boot < due {
		n.wakeAt(i.unit, due)
		return
	}
	n.expire(i, service.FailureExpired)
}

// failureTimeout doubles with every failure since the last clear.
func (n *Node) failureTimeout(i *instance) time.Duration {
	d := i.spec.FailureTimeout
	for k := 1; k < i.failure.Count && d < i.spec.FailureMax; k++ {
		d *= 2
	}
	return min(d, i.spec.FailureMax)
}

// expire makes a failed instance a candidate again, held off.
func (n *Node) expire(i *instance, reason service.Reason) {
	i.heldOff = true
	n.set(i, service.EvClear, reason, "")
	n.alarm("failed "+i.spec.Name, "")
	i.unit.rankMoved = n.now.Boot
}

func (n *Node) verifyAgain(i *instance) {
	if i.call != 0 {
		return
	}
	if n.isConfirmed(n.opt.RouterID, i.spec.Name, n.opt.Boot, n.incarnation) {
		n.set(i, service.EvVerified, service.ConfirmedStopped, "")
		return
	}
	if n.maintenance() {
		return
	}
	if n.now.Boot < i.nextVerify {
		n.wakeAt(i.unit, i.nextVerify)
		return
	}
	i.nextVerify = n.now.Boot + verifyEvery
	n.wakeAt(i.unit, i.nextVerify)
	// Of a resource, empty cgroups prove nothing: a mount has no processes.
	// Only its own `stop` can say that it is gone.
	n.ask(i, Call{Kill: !i.spec.Resource(), Primitive: service.Stop, Timeout: i.spec.Timeout[service.Stop], Reason: service.StopUnverified})
}
