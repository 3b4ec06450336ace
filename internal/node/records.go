package node

import (
	"reflect"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// ownRecord is a record of this node: what is flooded, and what of it was
// heard again.
type ownRecord struct {
	rec    discovery.Record // zero version: not flooded
	madeAt time.Duration
	echo   discovery.Version // newest version heard
}

// checkTimesEvery is how often check times are flooded that nothing else carries.
const checkTimesEvery = 15 * time.Minute

// heard reports whether the medium holds a record that tells the present state
// of i: one that was written after the state was entered.
func (n *Node) heard(i *instance) bool {
	return i.record.echo.Incarnation == n.incarnation && i.record.echo.Counter > i.sinceCounter
}

// records brings every own record up to date and returns them, sorted.
func (n *Node) records() []discovery.Record {
	if !n.medium || n.incarnation == 0 {
		return nil
	}
	out := make([]discovery.Record, 0, len(n.order)+1)
	for _, name := range n.order {
		i := n.instances[name]
		if !n.flooded(i) {
			i.record.rec = discovery.Record{}
			continue
		}
		if i.spec.HasCheck && n.now.Boot-i.record.madeAt >= checkTimesEvery {
			i.changed = true
		}
		if i.changed || i.record.rec.Version.Incarnation != n.incarnation {
			n.refresh(&i.record, nil, n.instanceBody(i), i.mustTell())
			i.changed = false
		}
		out = append(out, i.record.rec)
	}
	n.refresh(&n.nodeRecord, n.nodeBody(remaining(out)), nil, 0)
	return append(out, n.nodeRecord.rec)
}

// flooded reports whether an instance has a record: in the active states, while
// it is injected, and while it takes its leave.
func (n *Node) flooded(i *instance) bool {
	switch i.state {
	case service.Injected:
		return true
	case service.Deactivated:
		return i.deactivateAt == 0
	}
	return i.state.Active()
}

// mustTell is the least counter of a record that tells the present state. Who
// waits for the echo of starting or stopping needs a record of its own, even
// if it says the same as the last one.
func (i *instance) mustTell() uint64 {
	if i.state == service.Starting || i.state == service.Stopping {
		return i.sinceCounter + 1
	}
	return 0
}

// refresh gives a record a new version if its content has changed, or if its
// counter is below atLeast.
func (n *Node) refresh(o *ownRecord, node *discovery.Node, inst *discovery.Instance, atLeast uint64) {
	same := o.rec.Version.Incarnation == n.incarnation && o.rec.Version.Counter >= atLeast &&
		reflect.DeepEqual(o.rec.Node, node) && reflect.DeepEqual(o.rec.Instance, inst)
	if same {
		return
	}
	n.counter++
	o.rec = discovery.Record{
		Author: n.opt.RouterID, Boot: n.opt.Boot, Nonce: n.nonce,
		Version: discovery.Version{Incarnation: n.incarnation, Counter: n.counter},
		Node:    node, Instance: inst,
	}
	o.madeAt = n.now.Boot
}

// instanceBody is what this node says of an instance.
func (n *Node) instanceBody(i *instance) *discovery.Instance {
	s := &i.spec
	b := &discovery.Instance{
		Service: s.Name, Group: s.Group, DependsOn: s.DependsOn, Addresses: s.Addresses,
		Critical: s.Critical, Preference: s.Preference, Scope: s.Scope, Digest: s.Digest,
		State: i.state, Flags: n.instanceFlags(i), Failure: i.failure,
		Claim: i.unit.claim, Intent: i.unit.intent,
		DeadAfter: n.deadAfter(s), CheckInterval: s.CheckInterval, Health: i.health,
		CheckedAt: i.checkedAt.Truncate(time.Second),
	}
	if i.state == service.Injected || i.state == service.Deactivated {
		b.State = service.Stopped
	}
	if old := i.record.rec.Instance; old != nil && !i.changed {
		b.CheckedAt = old.CheckedAt // check times alone are not worth an LSA
	}
	return b
}

func (n *Node) deadAfter(s *service.Spec) time.Duration {
	if n.flags.Has(discovery.Detached) && s.DeadAfter > 0 {
		return max(s.DeadAfter, n.opt.DetachFor)
	}
	return s.DeadAfter
}

func (n *Node) instanceFlags(i *instance) (f discovery.InstanceFlags) {
	set := func(on bool, g discovery.InstanceFlags) {
		if on {
			f |= g
		}
	}
	set(i.released, discovery.Released)
	set(i.recovering, discovery.Recovering)
	set(i.heldOff, discovery.HeldOff)
	set(i.state == service.Deactivated, discovery.Leaving)
	set(i.state == service.Started && n.routes[i.spec.Name].Announced, discovery.Announced)
	set(i.unit.spent == i.unit.intent.Version && i.unit.intent.Kind == discovery.IntentPrefer, discovery.IntentSpent)
	return f
}

// nodeFlags are the flags of the node record as they are now.
func (n *Node) nodeFlags() discovery.NodeFlags {
	f := n.standingFlags()
	if n.settled() {
		f |= discovery.Settled
	}
	if n.leaving && n.allGone() && !n.heldAny() {
		f |= discovery.NodeLeaving
	}
	return f
}

// standingFlags are those that do not take a look at every instance.
func (n *Node) standingFlags() discovery.NodeFlags {
	f := n.flags
	set := func(on bool, g discovery.NodeFlags) {
		if on {
			f |= g
		}
	}
	set(n.cutOff(), discovery.CutOff)
	set(!n.gate.open, discovery.JoinGate)
	set(n.doubtUntil > n.now.Boot, discovery.SelfDoubt)
	set(n.undurable, discovery.NotDurable)
	set(n.leaving, discovery.Drained)
	return f
}

// settled: everything that this daemon held when the incarnation began was
// heard in the medium. It stays so for the incarnation.
func (n *Node) settled() bool {
	if n.hasSettled {
		return true
	}
	for _, i := range n.instances {
		if i.state.Held() && i.record.echo.Incarnation != n.incarnation {
			return false
		}
	}
	n.hasSettled = n.medium && n.nodeRecord.echo.Incarnation == n.incarnation
	return n.hasSettled
}

// remaining counts the instance records that do not take their leave.
func remaining(rs []discovery.Record) int {
	k := 0
	for i := range rs {
		if !rs[i].Instance.Flags.Has(discovery.Leaving) {
			k++
		}
	}
	return k
}

func (n *Node) nodeBody(instances int) *discovery.Node {
	b := &discovery.Node{Instances: instances, Name: n.opt.Name, Software: n.opt.Software, Flags: n.nodeFlags(), Confirmed: slices.Clone(n.confirmed)}
	for id, r := range n.reach {
		if r.State == discovery.ReachSuspect {
			b.Suspects = append(b.Suspects, id)
		}
	}
	slices.Sort(b.Suspects)
	b.Intents = n.uncarried()
	return b
}

// uncarried are the intents of units none of whose members here has a record.
func (n *Node) uncarried() (in []discovery.UnitIntent) {
	for key, u := range n.units {
		if u.intent.Kind != discovery.IntentNone && !slices.ContainsFunc(u.members, n.flooded) {
			in = append(in, discovery.UnitIntent{Unit: key, Intent: u.intent})
		}
	}
	slices.SortFunc(in, func(a, b discovery.UnitIntent) int { return compareUnits(a.Unit, b.Unit) })
	return in[:min(len(in), maxIntents)]
}

// maxIntents bounds the intents in a node record, so that it fits into an LSA.
const maxIntents = 4

// echo takes a record of our own: the echo of a current one, or the sign that
// somebody else uses our router ID.
func (n *Node) echo(r discovery.Record) {
	if r.Nonce != n.nonce || r.Boot != n.opt.Boot {
		n.stranger(r)
		return
	}
	o := &n.nodeRecord
	var i *instance
	if r.Instance != nil {
		if i = n.instances[r.Instance.Service]; i == nil {
			return
		}
		o = &i.record
	}
	if o.echo.Less(r.Version) {
		o.echo = r.Version
		if i != nil {
			n.mark(i.unit)
		}
	}
}

// stranger: a record in our name that this process did not write. What is
// older than this incarnation is our own past.
func (n *Node) stranger(r discovery.Record) {
	if r.Version.Incarnation < n.incarnation || !n.gate.open || n.duplicate != 0 {
		return
	}
	n.duplicate = n.opt.RouterID
	n.alarm("duplicate", "another node uses router ID "+n.opt.RouterID.String()+": this node starts nothing until one of them is changed and srrd is restarted")
	n.markAll()
}
