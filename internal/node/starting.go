package node

import (
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// advanceStarting waits for everything that a start needs, in the order
// release, echo, dependencies, address; then calls `start`.
func (n *Node) advanceStarting(i *instance) {
	if reason, detail := n.mustEnd(i); reason != "" {
		n.abandon(i, reason, detail)
		return
	}
	if i.startCalled {
		n.awaitStart(i)
		return
	}
	if n.startBlocked(i) != "" {
		_, until := n.shaken()
		n.wakeAt(i.unit, until)
		return
	}
	if !i.own {
		i.own = true
	}
	if !i.spec.Resource() {
		r := n.routes[i.spec.Name]
		if r.Err != "" && !r.Owned {
			n.fail(i, service.FailAddress, service.Result{Text: r.Err}, service.AddressFailed)
			return
		}
		if !r.Owned {
			return // the routing driver will say
		}
	}
	if n.noPlace(i) {
		if !slices.Contains(n.queue, i.unit) {
			n.queue = append(n.queue, i.unit)
		}
		return
	}
	i.startCalled = true
	i.deadline = n.now.Boot + i.spec.Timeout[service.Start]
	n.request(i, service.Start, service.RanksFirst)
}

// noPlace: as many `start` primitives run as may.
func (n *Node) noPlace(i *instance) bool {
	return i.spec.Primitives[service.Start] && n.starts >= n.opt.ParallelStarts
}

// startBlocked says what a starting instance waits for; "" for nothing.
func (n *Node) startBlocked(i *instance) string {
	u := i.unit
	switch {
	case !n.medium:
		return "the medium is lost"
	case !n.heard(i):
		return "its own echo is not heard yet"
	case len(u.view.blockers) > 0:
		return u.view.blocked()
	case !u.view.first():
		return "another node ranks better"
	}
	for _, d := range i.spec.DependsOn {
		if dep := n.instances[d]; dep == nil || dep.state != service.Started {
			return "its dependency " + d + " is " + stateOf(dep)
		}
	}
	why, _ := n.shaken()
	return why
}

// awaitStart: `start` was called; it may recall, and it has one deadline. To call it
// again while another node holds the service would be to start it twice (simulator,
// seed 947).
func (n *Node) awaitStart(i *instance) {
	if n.now.Boot >= i.deadline {
		n.fail(i, service.FailStartTimeout, service.Result{Text: "start did not finish in time"}, service.DeadlinePassed)
		return
	}
	n.wakeAt(i.unit, i.deadline)
	if len(i.unit.view.blockers) == 0 {
		n.recallDue(i)
	}
}

// abandon ends a start: at once if `start` was not called, else by a stop.
func (n *Node) abandon(i *instance, reason service.Reason, detail string) {
	if !i.startCalled {
		n.cancel(i)
		n.set(i, service.EvAbort, reason, detail)
		return
	}
	n.stop(i, reason, detail)
}

// mustEnd says why an instance may not go on starting or running here.
func (n *Node) mustEnd(i *instance) (service.Reason, string) {
	u := i.unit
	v := &u.view
	if n.maintenance() && !i.wantInactive && !n.leaving && (i.state == service.Started || i.startCalled) && !n.givesWay(u) {
		return "", ""
	}
	if reason := n.mediumEnds(i); reason != "" && !i.wantInactive {
		return reason, n.mediumErr
	}
	switch {
	case i.wantInactive:
		return i.retireFor, ""
	case n.ranOut(i):
		return service.AddressRanOut, ""
	case n.leaving && n.handOver(u):
		return service.DaemonStops, ""
	case u.intent.Kind == discovery.IntentStopped:
		return service.IntentIsStop, byWhom(&u.intent)
	case v.outranks != 0:
		return service.Outranked, n.whyOutranked(u)
	case n.collapsing(u) != "" && n.collapsing(u) != i.spec.Name:
		return service.CriticalLost, n.collapsing(u)
	case v.self >= 0 && !v.order[v.self].Eligible() && i.state == service.Starting:
		return service.NotEligible, v.order[v.self].Bar.String()
	case n.flags.Has(discovery.DrainHard) && !n.couldLeave(u):
		return service.NotEligible, "drained"
	case !i.startCalled && i.state == service.Starting && !v.first():
		return service.Outranked, "another node ranks better"
	case n.criticalGone(u) != "":
		return service.CriticalLost, n.criticalGone(u)
	}
	return n.dependencyGone(i)
}

// givesWay: in maintenance nothing is touched that works. What has died there gives
// way to who runs it elsewhere, since the network was split (decision 75).
func (n *Node) givesWay(u *unit) bool {
	v := &u.view
	return v.outranks != 0 && v.self >= 0 && holdsStarted(u) && v.order[v.self].Maintained
}

// criticalGone names a critical member that is not active here any more. One that a
// reload has added, and that was never active, ends nothing that runs (decision 117).
func (n *Node) criticalGone(u *unit) string {
	for _, i := range u.members {
		if i.spec.Critical && u.key.Group && i.wasActive && (!i.state.Active() || i.wantInactive) {
			return i.spec.Name
		}
	}
	return ""
}

// dependencyGone: what it depends on has stopped, or is about to.
func (n *Node) dependencyGone(i *instance) (service.Reason, string) {
	for _, d := range i.spec.DependsOn {
		dep := n.instances[d]
		lost := dep == nil || !dep.state.Held() || failedOrStopping(dep.state)
		if i.state == service.Starting && !i.startCalled {
			lost = dep == nil || !dep.state.Active() || failedOrStopping(dep.state)
		}
		if lost {
			return service.DependencyLost, d + " is " + stateOf(dep)
		}
	}
	return "", ""
}

// firstMediumWait is how long an adopted service runs on until the daemon has
// reached its medium for the first time.
const firstMediumWait = 5 * time.Second

// firstMedium: the daemon has just started and adopted the service; the medium
// is not lost, it was not there yet.
func (n *Node) firstMedium(i *instance) bool {
	return i.reason == service.Adopted && !n.mediumEver && n.now.Boot < n.bornAt+firstMediumWait
}

// mediumEnds: a lost medium ends everything, unless it may be kept for a while.
func (n *Node) mediumEnds(i *instance) service.Reason {
	if n.medium {
		return ""
	}
	if n.firstMedium(i) {
		n.wakeAt(i.unit, n.bornAt+firstMediumWait)
		return ""
	}
	if i.state != service.Started || i.spec.OnMediumLoss == 0 || i.spec.Resource() {
		return service.MediumLost
	}
	if i.lostAt == 0 {
		i.lostAt = n.now.Boot
	}
	end := i.lostAt + i.spec.OnMediumLoss
	if n.now.Boot >= end {
		return service.MediumLost
	}
	n.wakeAt(i.unit, end)
	return ""
}
