package node

import (
	"fmt"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/selection"
	"srr/internal/service"
)

// instance is one service on this node.
type instance struct {
	spec   service.Spec
	unit   *unit
	state  service.State
	since  time.Duration
	wall   time.Time
	reason service.Reason
	detail string

	record  ownRecord
	changed bool               // the record must be looked at again
	body    discovery.Instance // what it would say now, see instanceBody
	hash    uint32             // of the name, see remaining
	shown   shown
	// sinceCounter is the counter when the state was entered: later records tell it.
	sinceCounter uint64
	released     bool // stopping, and the addresses are withdrawn

	// activation
	wasActive    bool // at any time since it was configured like this, or the daemon began
	wantActive   bool // activate, as soon as that is possible
	wantInactive bool // deactivate, see retire
	retireFor    service.Reason
	wantDisabled bool // then disable
	wantRestart  bool // activate again after a deactivation
	flushAt      time.Duration
	deactivateAt time.Duration

	// starting
	own         bool
	startCalled bool
	deadline    time.Duration

	// started
	inherited  bool // its address is still the last daemon's, see ranOut
	ready      bool // the first check after the start did not say down
	recovering bool
	died       bool // or has to be restarted, in maintenance: nothing is done about it before its end
	restartAt  time.Duration
	restarts   []time.Duration
	health     service.Health
	checkText  string
	checkedAt  time.Time
	unknownAt  time.Duration
	checkNow   uint64
	checkEvery time.Duration // not 0: the first check after the start or a restart is awaited
	patience   time.Duration // until when that one may say down; 0: one has not, since the last start or restart
	awaitedAt  time.Duration // since when it is awaited
	upTook     time.Duration // from the start or restart to the first check that did not say down; 0: not known
	lostAt     time.Duration // the medium was lost while started

	// stopping
	failing  bool // it stops because of an error
	stopped  bool // primitive `stop` has returned
	verified bool
	disown   bool
	stopAt   time.Duration // linger: do not call `stop` before
	stopRuns bool

	failure  discovery.Failure
	failedAt time.Duration
	// failedBefore: the failure is of an earlier run of the daemon, and not over.
	failedBefore bool
	heldOff      bool
	nextVerify   time.Duration
	call         uint64 // outstanding, 0: none
	recall       time.Duration
	recallPrim   service.Primitive
	info         []infoCall // join, leave, failed: in line with the others
	operatorRun  service.Primitive
	peersSeen    map[routerid.ID]bool
	differs      string // on which node its configuration is another
	unknownOn    []routerid.ID
}

type infoCall struct {
	primitive service.Primitive
	peer      string
	at        time.Duration // not before: it asked to be called again
}

// retire has an instance stop and leave: an operator wants it, the daemon stops,
// or it should not have run when the daemon started.
func (i *instance) retire(reason service.Reason) { i.wantInactive, i.retireFor = true, reason }

// set is the only place where a state changes.
func (n *Node) set(i *instance, on service.Event, reason service.Reason, detail string) {
	to, ok := service.Next(i.state, on)
	if !ok {
		panic(fmt.Sprintf("node: %s cannot %q in %s", i.spec.Name, on, i.state))
	}
	n.event(Event{Kind: EventState, Subject: i.spec.Name, From: i.state, To: to, Reason: reason, Detail: detail})
	i.state, i.since, i.wall, i.reason, i.detail = to, n.now.Boot, n.now.Wall, reason, detail
	i.changed, i.sinceCounter = true, n.counter
	i.wasActive = i.wasActive || to.Active()
	n.entered(i)
	if to != service.FailedHeld {
		n.unconfirm(n.opt.RouterID, i.spec.Name)
	}
	n.saveInstance(i)
	n.mark(i.unit)
}

// entered resets what belongs to the state that was left.
func (n *Node) entered(i *instance) {
	if i.state != service.Starting {
		i.own, i.startCalled, i.deadline = i.own && i.state == service.Stopping, false, 0
	}
	if i.state == service.Inactive {
		n.alarm("refused "+i.spec.Name, "")
	}
	if !i.state.Held() {
		n.alarm("stray "+i.spec.Name, "")
	}
	if i.state != service.Started {
		for _, key := range []string{"check ", "last ", "clash ", "address "} {
			n.alarm(key+i.spec.Name, "")
		}
		if i.died {
			n.alarm("failed "+i.spec.Name, "")
		}
		i.died = false
		i.operatorRun = 0
		i.inherited, i.ready, i.recovering, i.restartAt, i.checkEvery, i.patience, i.lostAt = false, false, false, 0, 0, 0, 0
		i.health, i.unknownAt = service.Unknown, 0
	}
	if i.state != service.Stopping {
		i.failing, i.stopped, i.verified, i.disown, i.stopRuns, i.stopAt, i.released = false, false, false, false, false, 0, false
	}
	switch i.state {
	case service.Started:
		i.ready = !i.spec.HasCheck
		n.awaitCheck(i, service.Start)
	case service.Stopped, service.FailedReleased, service.FailedHeld:
		i.restarts = nil
	}
	i.recall = 0
}

// advance moves an instance on by at most one transition; what it waits for
// marks its unit when it comes.
func (n *Node) advance(i *instance) {
	switch i.state {
	case service.Disabled, service.Inactive, service.Refused:
		n.advanceInactive(i)
	case service.Injected:
		n.advanceInjected(i)
	case service.Stopped:
		n.advanceStopped(i)
	case service.Starting:
		n.advanceStarting(i)
	case service.Started:
		n.advanceStarted(i)
	case service.Stopping:
		n.advanceStopping(i)
	case service.FailedReleased, service.FailedHeld:
		n.advanceFailed(i)
	case service.Deactivated:
		n.advanceDeactivated(i)
	}
	n.nextInfo(i)
}

func (n *Node) advanceInjected(i *instance) {
	switch {
	case i.wantInactive:
		n.set(i, service.EvDeactivate, i.retireFor, "")
	case n.medium && n.heard(i):
		n.set(i, service.EvEcho, service.OwnEcho, "")
		i.unit.rankMoved = n.now.Boot
	}
}

func (n *Node) advanceStopped(i *instance) {
	switch {
	case !n.medium:
		n.set(i, service.EvMediumLost, service.MediumLost, "")
	case i.wantInactive:
		n.set(i, service.EvDeactivate, i.retireFor, "")
	case i.failedBefore:
		i.failedBefore = false
		n.set(i, service.EvFailed, service.LeftOver, i.failure.Text)
		n.alarm("failed "+i.spec.Name, i.failure.Code.String()+": "+i.failure.Text)
	case n.mayEnter(i) == "":
		n.claim(i.unit)
		n.set(i, service.EvRankFirst, service.RanksFirst, n.whyFirst(i.unit))
	}
}

// mayEnter says why an instance may not enter starting now; "" if it may.
func (n *Node) mayEnter(i *instance) string {
	u := i.unit
	if why := n.mayStart(u); why != "" {
		return why
	}
	for _, d := range i.spec.DependsOn {
		dep := n.instances[d]
		if dep == nil || !dep.state.Active() || failedOrStopping(dep.state) || dep.wantInactive {
			return "its dependency " + d + " is " + stateOf(dep)
		}
	}
	return ""
}

func failedOrStopping(s service.State) bool {
	return s == service.Stopping || s == service.FailedReleased || s == service.FailedHeld
}

func stateOf(i *instance) string {
	if i == nil {
		return "not configured here"
	}
	return i.state.String()
}

// mayStart says why this node may not begin to start the unit now.
func (n *Node) mayStart(u *unit) string {
	v := &u.view
	switch {
	case n.leaving:
		return "the daemon stops"
	case u.intent.Kind == discovery.IntentStopped:
		return "an operator stopped it (" + byWhom(&u.intent) + ")"
	case n.twin.here:
		return "another node uses this router ID"
	case !n.gate.open:
		return "the join gate is closed: " + n.gate.why
	case n.cannotAnnounce() != "":
		return n.cannotAnnounce()
	case n.cutOff():
		return "this node is cut off"
	case n.collapsing(u) != "":
		return "critical member " + n.collapsing(u) + " stops or failed"
	case n.criticalGone(u) != "":
		return "critical member " + n.criticalGone(u) + " is not active here" // nothing may start that would have to stop
	case n.barred(u) != "":
		return n.barred(u)
	case !v.first():
		return "another node ranks better"
	}
	if holdsAny(u) {
		return "" // this node runs it already: a member comes back
	}
	return n.notYet(u)
}

// barred says why this node may not run the unit, however it ranks; "" if it may.
func (n *Node) barred(u *unit) string {
	v := &u.view
	if v.self < 0 {
		return ""
	}
	switch bar := v.order[v.self].Bar; bar {
	case selection.NoBar:
		return ""
	case selection.BarFailed:
		return "it failed here"
	case selection.BarLeaving:
		return "this node is drained"
	case selection.BarInactive, selection.BarNoRecord:
		return n.missing(u) + " is not active here"
	default:
		return bar.String()
	}
}

// missing names a critical member that is not active here, or what another one depends on; if
// there is none, the unit.
func (n *Node) missing(u *unit) string {
	if own := u.lacks(); own != "" {
		return "critical member " + own
	}
	for _, name := range u.view.unit.Critical {
		if i := n.instances[name]; u.key.Group && (i == nil || !i.state.Active()) {
			return "critical member " + name
		}
	}
	for _, i := range u.members {
		for _, d := range i.spec.DependsOn {
			if dep := n.instances[d]; i.state.Active() && (dep == nil || !dep.state.Active()) {
				return "dependency " + d
			}
		}
	}
	return u.key.String()
}

// notYet holds back what would be allowed, but too early or against a maintenance.
func (n *Node) notYet(u *unit) string {
	v := &u.view
	if n.maintenance() && !n.lostHolder(u) {
		return "this node is in maintenance"
	}
	if q := n.quietUntil(u); q > n.now.Boot {
		n.wakeAt(u, q)
		return "its rank has just changed"
	}
	if v.unclear != 0 {
		return v.blocked() // nobody may be made to stop what could then not be started
	}
	if why, until := n.shaken(); why != "" {
		n.wakeAt(u, until)
		return why
	}
	if p := n.peers[v.holder]; p != nil && p.lastFlags.Has(discovery.Maintenance) {
		return "the holder " + v.holder.String() + " is in maintenance"
	}
	if v.holder != 0 && v.inTheWay(n.opt.RouterID) != "" {
		return "the holder " + v.holder.String() + " would stop, and then " + v.inTheWay(n.opt.RouterID)
	}
	if v.holder != 0 && n.byPreference(u) {
		if q := n.returnedAt(v.holder) + displaceQuiet; q > n.now.Boot {
			n.wakeAt(u, q)
			return "it returned a moment ago and does not displace the holder yet"
		}
	}
	return ""
}

// byPreference: no operator, drain or failure makes this node better than the
// holder, only its preference or configuration.
func (n *Node) byPreference(u *unit) bool {
	v := &u.view
	for k := range v.order {
		if v.order[k].Node == v.holder && v.self >= 0 {
			_, rule := selection.Compare(&v.order[v.self], &v.order[k])
			return rule >= selection.RuleConfig
		}
	}
	return false
}

// lostHolder: the node that ran the unit cannot be reached any more.
func (n *Node) lostHolder(u *unit) bool {
	for _, name := range u.services {
		for _, p := range n.peers {
			if r, ok := p.instances[name]; ok && !n.up(p.id) && r.Instance.State.Held() && p.node != nil {
				return true
			}
		}
	}
	return false
}

func holdsAny(u *unit) bool {
	return slices.ContainsFunc(u.members, func(i *instance) bool { return i.state.Held() })
}

// collapsing names a critical member whose end is the unit's end here.
func (n *Node) collapsing(u *unit) string {
	for _, i := range u.members {
		if (i.spec.Critical || !u.key.Group) && failedOrStopping(i.state) {
			return i.spec.Name
		}
	}
	return ""
}

// claim takes the newest claim of the unit, unless this node holds it already.
func (n *Node) claim(u *unit) {
	if !holdsAny(u) {
		n.setClaim(u, max(u.view.maxClaim, u.claim)+1)
	}
}

// whyFirst is the rule by which this node beat the next one.
func (n *Node) whyFirst(u *unit) string {
	v := &u.view
	if len(v.order) < 2 || v.self != 0 {
		return "the only candidate"
	}
	if !v.order[1].Eligible() {
		return fmt.Sprintf("the only candidate: %s %s", v.order[1].Node, v.order[1].Bar)
	}
	_, rule := selection.Compare(&v.order[0], &v.order[1])
	return fmt.Sprintf("before %s by %s", v.order[1].Node, rule)
}
