package node

import (
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/selection"
	"srr/internal/service"
)

// restartBackoff is how long the k-th restart in place waits.
var restartBackoff = []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second}

func (n *Node) advanceStarted(i *instance) {
	if reason, detail := n.mustEnd(i); reason != "" {
		n.stop(i, reason, detail)
		return
	}
	if n.medium {
		i.lostAt = 0
	}
	n.checkUnknown(i)
	if i.state != service.Started {
		return
	}
	if i.died && !i.recovering && !n.maintenance() {
		i.died = false
		n.trouble(i, service.FailDied, service.ProcessDied, "during the maintenance")
		return
	}
	if i.recovering {
		n.advanceRestart(i)
		return
	}
	n.recallDue(i)
	if i.operatorRun != 0 && i.call == 0 {
		p := i.operatorRun
		i.operatorRun = 0
		n.request(i, p, service.ByOperator)
	}
}

// mayAnnounce: a cut-off node withdraws; so does one whose address another service
// announces already. Only what the daemon has adopted at its start does not wait for the
// join gate. While a service is restarted in place, its address stays as it is.
func (n *Node) mayAnnounce(i *instance) bool {
	if i.recovering && !n.routes[i.spec.Name].Announced {
		return false
	}
	if !n.medium {
		return i.lostAt > 0 || n.firstMedium(i)
	}
	return !n.cutOff() && (n.gate.open || n.fresh && i.reason == service.Adopted) && n.clash(i) == ""
}

// stepDied: the process ended by itself.
func (n *Node) stepDied(in Died) {
	i := n.instances[in.Service]
	if i == nil || i.state != service.Started || i.recovering {
		return
	}
	n.trouble(i, service.FailDied, service.ProcessDied, in.Text)
	n.mark(i.unit)
}

// stepChecked takes the result of a check.
func (n *Node) stepChecked(in Checked) {
	i := n.instances[in.Service]
	if i == nil || i.state != service.Started || i.recovering {
		return
	}
	i.checkedAt, i.checkText = n.now.Wall, in.Text
	if in.Health == service.Up {
		n.alarm("last "+in.Service, "")
	}
	if i.health != in.Health || in.Health == service.Unknown && i.unknownAt == 0 {
		i.health, i.changed = in.Health, true
		i.unknownAt = n.now.Boot
		n.mark(i.unit)
	}
	n.alarm("check "+in.Service, alarmText(in))
	switch {
	case i.checkEvery != 0:
		n.firstChecked(i, in)
	case in.Health == service.Down:
		n.trouble(i, service.FailCheck, service.CheckDown, in.Text)
		n.mark(i.unit)
	case in.Last != service.Down:
		i.patience = 0
	}
}

func alarmText(in Checked) string {
	if in.Health == service.Up {
		return ""
	}
	return "check says " + in.Health.String() + ": " + in.Text
}

// awaitCheck asks for the first check after a start or a restart in place. For a while
// a service may need some checks to come up (decision 115).
func (n *Node) awaitCheck(i *instance, after service.Primitive) {
	i.checkNow++
	if !i.spec.HasCheck {
		return
	}
	i.checkEvery, i.awaitedAt = firstCheck, n.now.Boot
	i.patience = n.now.Boot + i.mayTake(after)
}

// unknownUp is how long what was adopted may take to come up after a restart in place.
const unknownUp = 10 * time.Second

// mayTake is how long a service may say down after a primitive: after `restart` twice as
// long as it needed last time, because clients wait and another node may do better.
func (i *instance) mayTake(after service.Primitive) time.Duration {
	most := max(i.spec.Timeout[after], time.Second)
	switch {
	case after == service.Start:
		return most
	case i.upTook == 0:
		return min(most, unknownUp)
	}
	return min(most, max(2*i.upTook, time.Second))
}

// firstChecked: the address is announced only after the first check. One check that
// says down keeps it from being announced, however many are counted later. What is
// announced when it is restarted in place stays so.
func (n *Node) firstChecked(i *instance, in Checked) {
	n.mark(i.unit)
	if in.Health != service.Down && in.Last != service.Down {
		i.ready, i.checkEvery, i.patience = true, 0, 0
		i.upTook = max(n.now.Boot-i.awaitedAt, time.Millisecond)
		return
	}
	if n.now.Boot < i.patience {
		i.checkEvery = min(2*i.checkEvery, n.firstCheckMax())
		return
	}
	i.checkEvery = 0
	n.trouble(i, service.FailCheck, service.CheckDown, in.Text)
	if i.state == service.Started && !i.recovering {
		i.ready = true // it keeps serving
	}
}

// firstCheckMax is the longest pause between first checks. Many services that come
// up at once share what one alone may cost.
func (n *Node) firstCheckMax() time.Duration {
	waiting := 0
	for _, i := range n.order {
		if i.checkEvery != 0 {
			waiting++
		}
	}
	return min(max(firstCheckMax, time.Duration(waiting)*firstCheckShare), time.Second)
}

// checkUnknown: checks that cannot run for too long count as down.
func (n *Node) checkUnknown(i *instance) {
	if !i.spec.HasCheck || i.health != service.Unknown || i.unknownAt == 0 || i.spec.UnknownTimeout == 0 || i.recovering {
		return
	}
	end := i.unknownAt + i.spec.UnknownTimeout
	if n.now.Boot < end {
		n.wakeAt(i.unit, end)
		return
	}
	i.unknownAt = n.now.Boot
	n.trouble(i, service.FailCheckUnknown, service.CheckUnknownLong, i.checkText)
}

// trouble: recovery in place comes before failover.
func (n *Node) trouble(i *instance, code service.FailureCode, reason service.Reason, text string) {
	if n.maintenance() {
		if code == service.FailDied || code == service.FailRestart {
			i.died, i.changed = true, true
			n.mark(i.unit)
			n.alarm("failed "+i.spec.Name, code.String()+": "+text+"; nothing is done about it in maintenance")
		}
		return
	}
	if code != service.FailRestart {
		n.forgetRestarts(i)
	}
	k := len(i.restarts)
	if k < i.spec.Restarts && canRestart(&i.spec) {
		i.recovering, i.changed = true, true
		i.restartAt = n.now.Boot + restartBackoff[min(k, len(restartBackoff)-1)]
		i.restarts = append(i.restarts, n.now.Boot)
		n.cancel(i)
		n.event(Event{Kind: EventCall, Subject: i.spec.Name, From: i.state, To: i.state, Reason: service.Restarting, Detail: string(reason) + ": " + text})
		n.mark(i.unit)
		return
	}
	if (code == service.FailCheck || code == service.FailCheckUnknown) && n.lastHolder(i) {
		n.alarm("last "+i.spec.Name, "its check fails, and no other node could run it: it keeps serving")
		return
	}
	n.fail(i, code, service.Result{Text: text}, reason)
}

// forgetRestarts forgets those of long ago, unless they did not help: these count, however
// long each has taken.
func (n *Node) forgetRestarts(i *instance) {
	if i.patience == 0 {
		i.restarts = slices.DeleteFunc(i.restarts, func(t time.Duration) bool { return t+i.spec.RestartWindow < n.now.Boot })
	}
}

// canRestart: an agent that starts processes and has no primitive `restart`
// cannot mend them in place.
func canRestart(s *service.Spec) bool { return s.Primitives[service.Restart] || !hasProcesses(s) }

// lastHolder: no other node could run the service now. One that could run the unit, but
// without this member, is none that could, nor one that would have to wait, or is in
// maintenance: the next check asks again.
func (n *Node) lastHolder(i *instance) bool {
	v := &i.unit.view
	for k := range v.order {
		if c := &v.order[k]; c.Node != n.opt.RouterID && c.Eligible() && !c.Maintained && c.Node != v.awaited && v.usable(c.Node, i.spec.Name) && n.hinders(i.unit, c.Node) == nil {
			return false
		}
	}
	return true
}

// usable: a member of the unit is active on a node, and has not failed there.
func (v *view) usable(node routerid.ID, name string) bool {
	return slices.ContainsFunc(v.of(node).Members, func(m *discovery.Instance) bool { return m.Service == name && m.Usable() })
}

// advanceRestart calls `restart` when its back-off is over, and the maintenance, unless an
// operator asks for it. All its recalls have the deadline of one call: meanwhile nothing
// that dies is noticed.
func (n *Node) advanceRestart(i *instance) {
	switch {
	case i.call != 0:
	case i.recall != 0:
		n.recallUntil(i, service.Restart)
	case n.now.Boot < i.restartAt:
		n.wakeAt(i.unit, i.restartAt)
	case n.maintenance() && i.operatorRun != service.Restart:
		if !i.died {
			i.died, i.changed = true, true
			n.alarm("failed "+i.spec.Name, "it is restarted when the maintenance ends")
		}
	default:
		i.operatorRun = 0
		i.deadline = n.now.Boot + i.spec.Timeout[service.Restart]
		n.request(i, service.Restart, service.Restarting)
	}
}

// restarted takes the result of `restart`.
func (n *Node) restarted(i *instance, r service.Result) {
	wasRecovering := i.recovering
	i.recovering, i.changed = false, true
	if r.Outcome != service.OK {
		n.trouble(i, service.FailRestart, service.PrimitiveFailed, r.Text)
		return
	}
	i.died = false
	n.alarm("failed "+i.spec.Name, "")
	n.awaitCheck(i, service.Restart)
	i.health, i.unknownAt = service.Unknown, n.now.Boot
	if wasRecovering {
		n.event(Event{Kind: EventCall, Subject: i.spec.Name, From: i.state, To: i.state, Reason: service.Restarted})
	}
}

func (n *Node) whyOutranked(u *unit) string {
	v := &u.view
	for k := range v.order {
		if v.order[k].Node != v.outranks {
			continue
		}
		if v.self < 0 {
			return v.outranks.String()
		}
		_, rule := selection.Compare(&v.order[k], &v.order[v.self])
		return v.outranks.String() + " by " + rule.String()
	}
	return v.outranks.String() + ", which has it in another group" // no candidate of this unit
}

// joined and left tell an active instance about its partners.
func (n *Node) joined(i *instance, id routerid.ID) { n.partner(i, id, service.Join, true) }
func (n *Node) left(i *instance, id routerid.ID)   { n.partner(i, id, service.Leave, false) }

func (n *Node) partner(i *instance, id routerid.ID, p service.Primitive, here bool) {
	if i.peersSeen == nil {
		i.peersSeen = map[routerid.ID]bool{}
	}
	if i.peersSeen[id] == here {
		return
	}
	i.peersSeen[id] = here
	if !i.state.Active() || !i.spec.Primitives[p] {
		return
	}
	c := infoCall{primitive: p, peer: id.String()}
	if len(i.info) >= manyInfo { // one of them hangs: of each partner, the last word remains
		i.info = slices.DeleteFunc(i.info, func(x infoCall) bool { return x.peer == c.peer })
	}
	i.info = append(i.info, c)
	n.mark(i.unit)
}

// manyInfo bounds what waits to be told of partners that come and go.
const manyInfo = 64
