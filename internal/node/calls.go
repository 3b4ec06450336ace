package node

import (
	"maps"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// request calls a primitive; one that the agent does not answer is ok at once.
func (n *Node) request(i *instance, p service.Primitive, reason service.Reason) {
	i.recall, i.recallPrim = 0, p
	if !i.spec.Primitives[p] {
		n.result(i, p, service.Result{Outcome: service.OK, Verified: true})
		n.mark(i.unit)
		return
	}
	n.ask(i, Call{Primitive: p, Timeout: i.spec.Timeout[p], Reason: reason})
}

// ask puts a call into the output.
func (n *Node) ask(i *instance, c Call) {
	n.postpone(i)
	n.nextID++
	c.ID, c.Service = n.nextID, i.spec.Name
	if c.Primitive == service.Start {
		n.starts++
	}
	i.call = c.ID
	n.ownCalls()[i.spec.Name] = c
}

// cancel takes the outstanding call out of the output; the runner kills it.
func (n *Node) cancel(i *instance) {
	n.postpone(i)
	n.drop(i)
	i.recall = 0
}

func (n *Node) drop(i *instance) {
	i.call = 0
	c, ok := n.calls[i.spec.Name]
	if !ok {
		return
	}
	if c.Primitive == service.Start && !c.Kill {
		n.starts--
		n.freeStart()
	}
	delete(n.ownCalls(), i.spec.Name)
}

// ownCalls are the calls, to be changed: an Output keeps those that it was given.
func (n *Node) ownCalls() map[string]Call {
	if n.callsGiven {
		n.calls, n.callsGiven = maps.Clone(n.calls), false
		n.called++
	}
	return n.calls
}

// freeStart lets the next unit in the queue start; the last start that ends
// lets everybody look, lest a unit that gave up its turn strands the rest.
func (n *Node) freeStart() {
	sortUnits(n.queue)
	k := min(1, len(n.queue))
	if n.starts == 0 {
		k = len(n.queue)
	}
	for _, u := range n.queue[:k] {
		n.mark(u)
	}
	n.queue = n.queue[k:]
}

// recallDue calls again what answered "not finished".
func (n *Node) recallDue(i *instance) {
	if i.recall == 0 || i.call != 0 {
		return
	}
	if n.now.Boot < i.recall {
		n.wakeAt(i.unit, i.recall)
		return
	}
	n.request(i, i.recallPrim, i.reason)
}

// recallUntil calls again what answered "not finished", until its deadline.
func (n *Node) recallUntil(i *instance, p service.Primitive) {
	if n.now.Boot < i.deadline {
		n.wakeAt(i.unit, i.deadline)
		n.recallDue(i)
		return
	}
	i.recall = 0
	n.result(i, p, service.Result{Outcome: service.TimedOut, Text: p.String() + " did not finish in time, it asked to be called again"})
	n.mark(i.unit)
}

// stepDone takes the answer of a primitive. Answers to cancelled calls are late
// and mean nothing.
func (n *Node) stepDone(in Done) {
	i := n.instances[in.Service]
	if i == nil || in.ID == 0 || i.call != in.ID {
		return
	}
	c := n.calls[in.Service]
	n.drop(i)
	n.mark(i.unit)
	if i.state == service.FailedHeld && c.Primitive == service.Stop {
		if in.Result.Outcome == service.OK && in.Result.Verified {
			n.set(i, service.EvVerified, service.VerifiedLater, "")
		}
		return
	}
	if c.Kill {
		return
	}
	if informs(c.Primitive) {
		n.informed(i, c, in.Result)
		return
	}
	n.result(i, c.Primitive, in.Result)
}

// result carries on with what a primitive answered.
func (n *Node) result(i *instance, p service.Primitive, r service.Result) {
	if r.Outcome == service.NotFinished {
		i.recall = n.now.Boot + max(r.Recall, 10*time.Millisecond)
		i.recallPrim = p
		return
	}
	if r.Outcome != service.OK {
		n.event(Event{Kind: EventCall, Subject: i.spec.Name, From: i.state, To: i.state, Reason: service.PrimitiveFailed, Detail: p.String() + " " + r.Outcome.String() + ": " + r.Text})
	}
	switch p {
	case service.Activate:
		n.activated(i, r)
	case service.Deactivate:
		n.deactivated(i)
	case service.Start:
		n.startDone(i, r)
	case service.Stop:
		if i.state == service.Stopping {
			n.stopDone(i, r)
		}
	case service.Restart:
		if i.state == service.Started {
			n.restarted(i, r)
		}
	}
}

func (n *Node) startDone(i *instance, r service.Result) {
	if i.state != service.Starting {
		return
	}
	switch r.Outcome {
	case service.OK:
		n.set(i, service.EvStarted, service.PrimitiveOK, "")
		n.alarm("failed "+i.spec.Name, "")
		if i.unit.runs() {
			i.unit.tries = 0
		}
	case service.TimedOut:
		n.fail(i, service.FailStartTimeout, r, service.DeadlinePassed)
	default:
		n.fail(i, service.FailStart, r, service.PrimitiveFailed)
	}
}

// nextInfo runs join, leave and failed in line with the other primitives;
// their results never change the state. A stop comes first.
func (n *Node) nextInfo(i *instance) {
	if len(i.info) == 0 || i.call != 0 || i.recall != 0 || i.state == service.Stopping {
		return
	}
	if !i.state.Active() {
		i.info = nil
		return
	}
	for k, c := range i.info {
		if c.at > n.now.Boot {
			n.wakeAt(i.unit, c.at)
			continue
		}
		i.info = slices.Delete(i.info, k, k+1)
		n.ask(i, Call{Primitive: c.primitive, Timeout: i.spec.Timeout[c.primitive], Reason: i.reason, Peer: c.peer})
		return
	}
}

func informs(p service.Primitive) bool {
	return p == service.Join || p == service.Leave || p == service.Failed
}

// informed: what is not finished comes again, and keeps nothing waiting meanwhile.
func (n *Node) informed(i *instance, c Call, r service.Result) {
	if r.Outcome == service.NotFinished {
		n.informAgain(i, c, n.now.Boot+max(r.Recall, 10*time.Millisecond))
		return
	}
	n.result(i, c.Primitive, r)
}

// postpone repeats later what another call interrupts.
func (n *Node) postpone(i *instance) {
	if c, ok := n.calls[i.spec.Name]; ok && informs(c.Primitive) {
		n.informAgain(i, c, n.now.Boot)
	}
}

// informAgain: unless the partner has come or gone meanwhile.
func (n *Node) informAgain(i *instance, c Call, at time.Duration) {
	if !slices.ContainsFunc(i.info, func(x infoCall) bool { return x.peer == c.Peer }) {
		i.info = append(i.info, infoCall{c.Primitive, c.Peer, at})
	}
}

// advanceInactive activates what should be active.
func (n *Node) advanceInactive(i *instance) {
	if i.wantDisabled && i.state != service.Disabled {
		i.wantDisabled = false
		n.cancel(i)
		n.set(i, service.EvDisable, service.ByOperator, "")
		return
	}
	if !i.wantActive || i.call != 0 || n.leaving {
		return
	}
	switch i.state {
	case service.Refused:
		n.set(i, service.EvReactivate, service.ByOperator, "")
	case service.Inactive:
		if i.recall != 0 {
			n.recallUntil(i, service.Activate)
			return
		}
		i.deadline = n.now.Boot + i.spec.Timeout[service.Activate]
		n.request(i, service.Activate, i.reason)
	}
}

func (n *Node) activated(i *instance, r service.Result) {
	if i.state != service.Inactive {
		return
	}
	i.wantActive = false
	if r.Outcome == service.OK {
		if i.failure.Code == service.FailActivate {
			i.failure = discovery.Failure{}
			n.alarm("failed "+i.spec.Name, "")
		}
		n.set(i, service.EvActivated, service.PrimitiveOK, "")
		return
	}
	i.failure = discovery.Failure{Code: service.FailActivate, Exit: r.Code, Text: r.Text, Count: i.failure.Count + 1}
	n.set(i, service.EvActivateFailed, service.PrimitiveFailed, r.Text)
	n.alarm("failed "+i.spec.Name, i.failure.Code.String()+": "+r.Text)
}

// advanceDeactivated floods `stopped` and leaving for a while, flushes, and
// calls `deactivate` when everybody has had time to notice.
func (n *Node) advanceDeactivated(i *instance) {
	if i.flushAt == 0 {
		i.flushAt = n.now.Boot + flushAfter
		i.changed = true
	}
	if n.now.Boot < i.flushAt && n.medium {
		n.wakeAt(i.unit, i.flushAt)
		return
	}
	if i.deactivateAt == 0 {
		i.deactivateAt = n.now.Boot + n.opt.LeaveGrace
		if !n.medium || n.leaving || !i.spec.Primitives[service.Deactivate] {
			i.deactivateAt = n.now.Boot
		}
	}
	switch {
	case n.now.Boot < i.deactivateAt:
		n.wakeAt(i.unit, i.deactivateAt)
	case i.call != 0:
	case i.recall != 0 && n.now.Boot >= i.deactivateAt+i.spec.Timeout[service.Deactivate]:
		n.result(i, service.Deactivate, service.Result{Outcome: service.TimedOut, Text: "it asked to be called again"})
	case i.recall != 0:
		n.recallDue(i)
	default:
		n.request(i, service.Deactivate, i.reason)
	}
}

func (n *Node) deactivated(i *instance) {
	if i.state != service.Deactivated {
		return
	}
	i.flushAt, i.deactivateAt = 0, 0
	n.alarm("failed "+i.spec.Name, "")
	i.wantInactive, i.wantActive, i.wantRestart = false, i.wantRestart, false
	n.set(i, service.EvDeactivated, i.reason, "")
}

// refused: the medium does not take our records, or one of them.
func (n *Node) refused(e discovery.Refused) {
	if e.Key.Service != "" {
		n.recordRefused(n.instances[e.Key.Service], e.Err)
		return
	}
	n.alarm("medium", "the medium refuses this node's records: "+e.Err.Error())
	if !n.medium {
		return // nothing starts before it is back, and then all begins anew (decision 112)
	}
	for _, i := range n.order { // without the node's own record none of the others counts
		if i.state == service.Injected {
			n.set(i, service.EvRefused, service.MediumRefused, e.Err.Error())
		}
	}
}

// recordRefused concerns one service. An active one waits for its echo, as for
// one that is late; the others hold to what it said last.
func (n *Node) recordRefused(i *instance, err error) {
	if i == nil {
		return
	}
	n.alarm("refused "+i.spec.Name, err.Error())
	if i.state == service.Injected {
		n.set(i, service.EvRefused, service.MediumRefused, err.Error())
	}
}
