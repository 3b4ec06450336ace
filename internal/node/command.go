package node

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/selection"
	"srr/internal/service"
)

// Verb is what an operator asks for.
type Verb string

// The verbs. Those in the first block act on the instance of this node, the
// second on the unit wherever it runs, the third on this node.
const (
	Activate   Verb = "activate"
	Deactivate Verb = "deactivate"
	Enable     Verb = "enable"
	Disable    Verb = "disable"
	Restart    Verb = "restart"
	Reload     Verb = "reload"
	Check      Verb = "check"
	Clear      Verb = "clear"

	Start            Verb = "start" // here: a move to this node, and the end of a stop
	Move             Verb = "move"
	Unmove           Verb = "unmove"
	Stop             Verb = "stop"
	Run              Verb = "run" // the end of a stop
	ConfirmedStopped Verb = "confirm-stopped"

	Drain          Verb = "drain"
	Undrain        Verb = "undrain"
	MaintenanceOn  Verb = "maintenance on"
	MaintenanceOff Verb = "maintenance off"
	Shutdown       Verb = "shutdown" // hand everything over, then end
	Detach         Verb = "detach"   // end, and leave everything running
)

// Command is one request of an operator.
type Command struct {
	Verb    Verb
	Subject string // service
	Unit    service.Unit
	Node    routerid.ID
	Until   time.Time // of a move; zero: in eight hours
	Author  string
	Reason  string
	Stop    bool // drain, shutdown: stop what cannot leave
}

// ErrRefused is wrapped by the error of a command that a rule forbids; its
// text names the rule.
var ErrRefused = errors.New("refused")

// ErrUnknown is wrapped by the error of a command about something that this
// node does not know.
var ErrUnknown = errors.New("unknown")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

// Command carries out what an operator asks for, or refuses it; the answer says
// what will happen.
func (n *Node) Command(now Now, c Command) (string, error) {
	n.now, n.stale = now, true
	reply, err := n.command(c)
	n.settle()
	return reply, err
}

func (n *Node) command(c Command) (string, error) {
	switch c.Verb {
	case Activate, Deactivate, Enable, Disable, Restart, Reload, Check, Clear:
		i := n.instances[c.Subject]
		if i == nil {
			return "", fmt.Errorf("%w service %q: not configured on this node", ErrUnknown, c.Subject)
		}
		n.mark(i.unit)
		return n.instanceVerb(i, c)
	case Start, Move, Unmove, Stop, Run:
		u := n.units[c.Unit]
		if u == nil {
			return "", fmt.Errorf("%w %s: not configured on this node; ask a node that has it", ErrUnknown, c.Unit)
		}
		return n.unitVerb(u, c)
	case ConfirmedStopped:
		return n.confirm(c)
	}
	return n.nodeVerb(c)
}

func (n *Node) instanceVerb(i *instance, c Command) (string, error) {
	name := i.spec.Name
	switch c.Verb {
	case Activate:
		return n.activateVerb(i)
	case Deactivate, Disable:
		return n.deactivateVerb(i, c.Verb == Disable)
	case Enable:
		if i.state != service.Disabled {
			return "", refuse("%s is not disabled, it is %s", name, i.state)
		}
		n.set(i, service.EvEnable, service.ByOperator, c.Author)
		return name + " is enabled; activate it when it should take part", nil
	case Clear:
		return n.clearVerb(i)
	}
	if i.state != service.Started {
		return "", refuse("%s does not run on this node, it is %s", name, i.state)
	}
	switch c.Verb {
	case Check:
		if !i.spec.HasCheck {
			return "", refuse("%s has no check", name)
		}
		i.checkNow++
		return name + " is being checked", nil
	case Restart:
		if !i.spec.Primitives[service.Restart] {
			return "", refuse("%s has no primitive restart; stop and run it instead", name)
		}
		n.forgetRestarts(i)
		i.recovering, i.changed, i.restartAt, i.operatorRun = true, true, n.now.Boot, service.Restart
		n.cancel(i)
		n.event(Event{Kind: EventCall, Subject: name, From: i.state, To: i.state, Reason: service.Restarting, Detail: c.Author})
		return name + " is being restarted in place", nil
	}
	if !i.spec.Primitives[service.Reload] {
		return "", refuse("%s has no primitive reload", name)
	}
	i.operatorRun = service.Reload
	return name + " is being reloaded", nil
}

func (n *Node) activateVerb(i *instance) (string, error) {
	switch i.state {
	case service.Disabled:
		return "", refuse("%s is disabled; enable it first", i.spec.Name)
	case service.Inactive, service.Refused:
		i.wantActive, i.wantInactive, i.reason = true, false, service.ByOperator
		return i.spec.Name + " is being activated", nil
	}
	if i.state == service.Deactivated || i.state == service.Stopping && i.wantInactive {
		i.wantRestart, i.wantDisabled = true, false
		return i.spec.Name + " is leaving; it will be activated afterwards", nil
	}
	i.wantInactive, i.wantDisabled = false, false
	return i.spec.Name + " is active already", nil
}

func (n *Node) deactivateVerb(i *instance, disable bool) (string, error) {
	if d := i.user(); d != nil && n.maintenance() {
		return "", refuse("%s uses %s and goes on in maintenance; `srrctl deactivate %s` first, or `srrctl maintenance off`", d.spec.Name, i.spec.Name, d.spec.Name)
	}
	i.wantActive, i.wantRestart = false, false
	i.wantDisabled = disable
	switch i.state {
	case service.Disabled:
		i.wantDisabled = false
		return i.spec.Name + " is disabled already", nil
	case service.Inactive, service.Refused:
		n.cancel(i)
		return i.spec.Name + " is inactive", nil
	case service.FailedHeld:
		i.wantDisabled = false
		return "", refuse("%s could not be stopped; look for what is left of it, then `srrctl confirm-stopped %s %s`", i.spec.Name, n.opt.RouterID, i.spec.Name)
	}
	i.retire(service.ByOperator)
	return i.spec.Name + " stops here if it runs, and leaves", nil
}

// user is what uses an instance and does not stop; nil: nothing.
func (i *instance) user() *instance {
	for _, d := range i.unit.members {
		if dependsOn(d, i.spec.Name) && stillRuns(d) && d.state != service.Stopping && !d.wantInactive {
			return d
		}
	}
	return nil
}

func (n *Node) clearVerb(i *instance) (string, error) {
	if i.state == service.FailedHeld {
		return "", refuse("%s could not be stopped; look for what is left of it, then `srrctl confirm-stopped %s %s`", i.spec.Name, n.opt.RouterID, i.spec.Name)
	}
	if i.failing {
		return "", refuse("%s is being stopped because it failed; `srrctl clear %s` when it has stopped", i.spec.Name, i.spec.Name)
	}
	i.failure, i.heldOff, i.changed = discovery.Failure{}, false, true
	i.restarts = nil
	i.unit.tries = 0
	i.unit.rankMoved = n.now.Boot
	n.alarm("failed "+i.spec.Name, "")
	n.alarm("last "+i.spec.Name, "")
	n.saveInstance(i)
	if i.state == service.FailedReleased {
		n.set(i, service.EvClear, service.Cleared, "")
	}
	return i.spec.Name + " has no failure any more", nil
}

func (n *Node) unitVerb(u *unit, c Command) (string, error) {
	n.judge(u)
	if !n.canFlood(u) {
		return "", refuse("no member of %s is active here, and the node record is full; ask a node where it is active", u.key)
	}
	if u.intent.Version.Counter >= discovery.MaxNumber {
		return "", refuse("somebody has given %s the highest version that an intent can have; to forget it, stop srrd and remove its state on every node that has it", u.key)
	}
	when := ""
	in := discovery.Intent{Author: clip(c.Author, 32), Reason: clip(c.Reason, 64)}
	switch c.Verb {
	case Stop:
		in.Kind = discovery.IntentStopped
	case Run:
		in.Kind = discovery.IntentRun
	case Unmove:
		if u.intent.Kind != discovery.IntentPrefer {
			return "", refuse("%s has not been moved", u.key)
		}
		in.Kind = discovery.IntentRun
	case Start, Move:
		if c.Verb == Start {
			c.Node = n.opt.RouterID
		}
		var err error
		if when, err = n.movable(u, c.Node); err != nil {
			return "", err
		}
		in.Kind, in.Target = discovery.IntentPrefer, c.Node
		in.Until = n.expiry(c.Until)
	}
	in.Version = discovery.IntentVersion{
		Counter: u.intent.Version.Counter + 1, Stopped: in.Kind == discovery.IntentStopped,
		Incarnation: n.incarnation, Author: n.opt.RouterID,
	}
	n.setIntent(u, in)
	return fmt.Sprintf("%s: %s%s", u.key, describeIntent(in), when), nil
}

// moveExpiry is how long a move holds unless the operator says otherwise.
const moveExpiry = 8 * time.Hour

func (n *Node) expiry(until time.Time) time.Time {
	if until.IsZero() {
		until = n.now.Wall.Add(moveExpiry)
	}
	return until.UTC().Truncate(time.Second)
}

// canFlood: a member's record carries the intent, or the node record has room.
func (n *Node) canFlood(u *unit) bool {
	full := n.uncarriedIntents()
	return len(full) < discovery.MaxIntents || slices.ContainsFunc(u.members, n.flooded) ||
		slices.ContainsFunc(full, func(x discovery.UnitIntent) bool { return x.Unit == u.key })
}

// movable says why a unit cannot be moved to a node, or what the move waits for. What
// is over by itself, and in a cluster that has just come together mostly in a moment,
// is no reason to refuse it: the move stays until it is spent.
func (n *Node) movable(u *unit, id routerid.ID) (when string, err error) {
	for k := range u.view.order {
		c := &u.view.order[k]
		if c.Node != id {
			continue
		}
		b := n.hinders(u, id)
		switch {
		case c.Bar == selection.BarJoinGate:
			return "; it waits until that node has joined", nil
		case c.Bar == selection.BarNoRecord:
			return "", refuse("%s has no record of %s yet that is heard here; ask again in a moment, or there", id, u.key)
		case !c.Eligible():
			return "", refuse("%s cannot run on %s: %s", u.key, id, c.Bar)
		case c.HeldOff:
			return "", refuse("%s is held off on %s after a failure; `srrctl clear` there first", u.key, id)
		case c.Drained:
			return "", refuse("%s is drained; `srrctl undrain` there first", id)
		case c.Maintained:
			return "", refuse("%s is in maintenance; `srrctl maintenance off` there first", id)
		case n.keeper(u) != 0 && n.keeper(u) != id:
			return fmt.Sprintf("; it waits: %s has it, which is in maintenance", n.keeper(u)), nil
		case b == nil || id == u.view.holder:
			return "", nil
		case !b.passes():
			return "", refuse("%s could not start on %s: %s", u.key, id, b)
		case b.holding.until != never:
			return fmt.Sprintf("; it waits for %s at most: %s", (b.holding.until - n.now.Boot).Round(time.Second), b), nil
		}
		return "; it waits: " + b.String(), nil
	}
	return "", refuse("%s is not active on %s; `srrctl activate` there first", u.key, id)
}

// keeper is the node that has started a unit, and does not give it away in maintenance; 0:
// none.
func (n *Node) keeper(u *unit) routerid.ID {
	if n.maintenance() && holdsStarted(u) {
		return n.opt.RouterID
	}
	if p := n.peers[u.view.holder]; p != nil && p.lastFlags.Has(discovery.Maintenance) {
		return p.id
	}
	return 0
}

func (n *Node) nodeVerb(c Command) (string, error) {
	switch c.Verb {
	case Drain:
		return n.drain(c)
	case Undrain:
		n.flags &^= discovery.Drained | discovery.DrainHard
	case MaintenanceOn:
		n.flags |= discovery.Maintenance
	case MaintenanceOff:
		n.flags &^= discovery.Maintenance
	case Shutdown:
		if stuck := n.stuck(); len(stuck) > 0 && !c.Stop {
			return "", refuse("no other node could take %s; --stop stops them instead", strings.Join(stuck, ", "))
		}
		n.leave()
		return "the services of this node are handed over, then srrd ends", nil
	case Detach:
		n.flags |= discovery.Detached
		for _, i := range n.instances {
			i.changed = true
		}
		return "srrd ends and leaves its services running", nil
	default:
		return "", fmt.Errorf("%w verb %q", ErrUnknown, c.Verb)
	}
	for _, u := range n.units {
		u.rankMoved = n.now.Boot
	}
	n.saveNode()
	n.markAll()
	n.event(Event{Kind: EventNode, Subject: n.opt.Name, Reason: service.ByOperator, Detail: string(c.Verb) + " by " + c.Author})
	return string(c.Verb) + " on " + n.opt.Name, nil
}

// drain gives everything away, if everything can leave.
func (n *Node) drain(c Command) (string, error) {
	if n.maintenance() && n.heldAny() {
		return "", refuse("this node is in maintenance, so nothing here is stopped; `srrctl maintenance off` first")
	}
	if stuck := n.stuck(); len(stuck) > 0 && !c.Stop {
		return "", refuse("no other node could take %s; --stop stops them instead", strings.Join(stuck, ", "))
	}
	n.flags |= discovery.Drained
	if c.Stop {
		n.flags |= discovery.DrainHard
	}
	n.saveNode()
	n.markAll()
	n.event(Event{Kind: EventNode, Subject: n.opt.Name, Reason: service.ByOperator, Detail: "drain by " + c.Author})
	return "the services of this node move away", nil
}

// handOver: a unit that nobody can take, or that somebody is about to take
// (then Outranked ends it); waiting longer helps nobody.
func (n *Node) handOver(u *unit) bool {
	return !n.couldLeave(u) || n.now.Boot >= n.leaveAt+handOverFor
}

// handOverFor is how long a leaving node waits for a better one to claim.
const handOverFor = 3 * time.Second

func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}
