package node

import (
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
		n.flooding = nil
		return nil
	}
	var stay remaining
	fresh := n.flooding == nil
	for _, i := range n.order {
		if !n.flooded(i) {
			fresh = fresh || i.record.rec.Instance != nil
			i.record.rec = discovery.Record{}
			continue
		}
		fresh = n.update(i) || fresh
		if stays(i.record.rec.Instance) {
			stay.count++
			stay.set += i.hash
		}
	}
	fresh = n.recordAbandoned(&stay) || fresh
	fresh = n.refreshNode(stay) || fresh
	if fresh {
		n.flooding = n.collect()
	}
	return n.flooding
}

// update brings the record of an instance up to date, and reports whether it is
// another one now.
func (n *Node) update(i *instance) (fresh bool) {
	if i.spec.HasCheck && n.now.Boot-i.record.madeAt >= checkTimesEvery {
		i.changed = true
	}
	if i.changed || i.record.rec.Version.Incarnation != n.incarnation {
		fresh = n.refreshInstance(i)
		i.changed = false
	}
	return fresh
}

// collect lists all own records.
func (n *Node) collect() []discovery.Record {
	out := make([]discovery.Record, 0, len(n.order)+1)
	for _, i := range n.order {
		if i.record.rec.Instance != nil {
			out = append(out, i.record.rec)
		}
	}
	for _, name := range n.abandonedNames() {
		out = append(out, n.abandoned[name].record.rec)
	}
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

// refreshInstance gives the record of an instance a new version if its content has
// changed, or if it was written before the present state, and reports whether it did.
func (n *Node) refreshInstance(i *instance) (fresh bool) {
	now, was := n.instanceBody(i), &i.record.rec
	if was.Version.Incarnation == n.incarnation && was.Version.Counter >= i.mustTell() && was.Instance != nil && was.Instance.Same(now) {
		return false
	}
	b := *now // instanceBody writes over it
	n.write(&i.record, nil, &b)
	return true
}

// refreshNode does the same for the node record.
func (n *Node) refreshNode(stay remaining) (fresh bool) {
	now, was := n.nodeBody(stay), &n.nodeRecord.rec
	if was.Version.Incarnation == n.incarnation && was.Node != nil && was.Node.Same(&now) {
		return false
	}
	n.write(&n.nodeRecord, &now, nil)
	return true
}

// write makes a new version of a record.
func (n *Node) write(o *ownRecord, node *discovery.Node, inst *discovery.Instance) {
	n.counter++
	o.rec = discovery.Record{
		Author: n.opt.RouterID, Boot: n.opt.Boot, Nonce: n.nonce,
		Version: discovery.Version{Incarnation: n.incarnation, Counter: n.counter},
		Node:    node, Instance: inst,
	}
	o.madeAt = n.now.Boot
}

// instanceBody is what this node says of an instance. The next call for the same
// instance writes over it.
func (n *Node) instanceBody(i *instance) *discovery.Instance {
	s := &i.spec
	b := &i.body
	*b = discovery.Instance{
		Service: s.Name, Group: s.Group, DependsOn: s.DependsOn, Addresses: s.Addresses,
		Critical: s.Critical, Preference: s.Preference, Scope: s.Scope, Digest: s.Digest,
		State: i.state, Flags: n.instanceFlags(i), Failure: i.failure,
		Claim: i.unit.claim, Intent: i.unit.intent,
		DeadAfter: n.deadAfter(i), CheckInterval: s.CheckInterval, Health: i.floodedHealth(),
		CheckedAt: i.checkedAt.Truncate(time.Second),
		Unknown:   i.unknownOn,
		Confirmed: n.confirmations(func(name string) bool { return name == s.Name }),
	}
	if i.state == service.Injected || i.state == service.Deactivated {
		b.State = service.Stopped
	}
	if old := i.record.rec.Instance; old != nil && !i.changed {
		b.CheckedAt = old.CheckedAt // check times alone are not worth an LSA
	}
	return b
}

// floodedHealth: what has died in maintenance is down, whoever asked last.
func (i *instance) floodedHealth() service.Health {
	if i.died {
		return service.Down
	}
	return i.health
}

// deadAfter is the guarantee that goes with a record. What could not be stopped
// gives none, unless the addresses, which run out, are all that others wait for.
func (n *Node) deadAfter(i *instance) time.Duration {
	if n.flags.Has(discovery.Detached) {
		return n.silence(i.guarantee())
	}
	return i.guarantee()
}

func (i *instance) guarantee() time.Duration {
	if i.state == service.FailedHeld && i.spec.Release != service.ReleaseAddress {
		return 0
	}
	return i.spec.DeadAfter
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
	set(i.unit.lacking, discovery.Lacking)
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
	if n.leaving && n.allGone() && !n.heldAny() && !n.abandonedHeld() {
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
	set(!n.gate.open || n.notReady != "" && !n.startsSomething(), discovery.JoinGate)
	set(n.doubtUntil > n.now.Boot, discovery.SelfDoubt)
	set(n.undurable, discovery.NotDurable)
	set(n.leaving || n.gate.refused, discovery.Drained)
	set(n.twin.here, discovery.Duplicate)
	return f
}

// startsSomething: what has been begun is not ended because addresses could not be
// announced for a moment.
func (n *Node) startsSomething() bool {
	return slices.ContainsFunc(n.order, func(i *instance) bool { return i.state == service.Starting && i.startCalled })
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

// remaining are the instance records of a node that do not take their leave:
// how many, and which. Those of link scope are not for everybody, so they do not count.
type remaining struct {
	count int
	set   uint32
}

func (r *remaining) add(b *discovery.Instance) {
	if stays(b) {
		r.count++
		r.set = discovery.AddToSet(r.set, b.Service)
	}
}

// remove undoes add: the set is a sum.
func (r *remaining) remove(b *discovery.Instance) {
	if stays(b) {
		r.count--
		r.set -= discovery.AddToSet(0, b.Service)
	}
}

func stays(b *discovery.Instance) bool {
	return !b.Flags.Has(discovery.Leaving) && b.Scope.Kind != service.ScopeLink
}

func (n *Node) nodeBody(stay remaining) discovery.Node {
	b := discovery.Node{Name: n.opt.Name, Software: n.opt.Software, Console: n.opt.Console, Flags: n.nodeFlags(), Confirmed: n.confirmations(n.uncarried)}
	b.Instances, b.InstanceSet = stay.count, stay.set
	b.Suspects = n.suspects
	b.Intents = n.uncarriedIntents()
	return b
}

// uncarriedIntents are the intents of units none of whose members here has a record.
func (n *Node) uncarriedIntents() (in []discovery.UnitIntent) {
	for key, u := range n.units {
		if u.intent.Kind != discovery.IntentNone && !slices.ContainsFunc(u.members, n.flooded) {
			in = append(in, discovery.UnitIntent{Unit: key, Intent: u.intent})
		}
	}
	slices.SortFunc(in, func(a, b discovery.UnitIntent) int { return compareUnits(a.Unit, b.Unit) })
	return in[:min(len(in), discovery.MaxIntents)]
}

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
			i.inherited = i.inherited && !n.heard(i)
			n.alarm("refused "+i.spec.Name, "")
			n.mark(i.unit)
		} else if n.medium {
			n.alarm("medium", "") // if it had refused this one
		}
	}
}
