package node

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/selection"
	"srr/internal/service"
)

// unit is a group, or a service without one, that is configured here.
type unit struct {
	key      service.Unit
	members  []*instance         // dependencies first
	services map[string]struct{} // that any node has in this unit
	claim    uint64              // of this node
	intent   discovery.Intent
	spent    discovery.IntentVersion // the move that this node, its target, has ended

	view      view
	rankMoved time.Duration // last change of this node's own rank by its own doing
	wake      time.Duration
	answered  map[routerid.ID]uint64 // rival → incarnation whose claim was answered
	lastTry   time.Duration          // last resort
	tries     int
}

// view is what an evaluation found.
type view struct {
	facts    []selection.Facts
	unit     selection.Unit
	order    []selection.Candidate // best first
	self     int                   // index of this node; -1: no candidate
	outranks routerid.ID           // a better node that is starting or started; 0: none
	blocked  string                // why nobody else may start; "" if all others released
	holder   routerid.ID           // another node that holds it, reachable; 0: none
	maxClaim uint64
}

func sortUnits(us []*unit) {
	slices.SortFunc(us, func(a, b *unit) int {
		return cmp.Or(-cmp.Compare(a.priority(), b.priority()), cmp.Compare(a.key.Name, b.key.Name), cmp.Compare(bit(a.key.Group), bit(b.key.Group)))
	})
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (u *unit) priority() int {
	if len(u.members) == 0 {
		return 0
	}
	return u.members[0].spec.Priority
}

// wakeAt asks for an evaluation at t, if that is still to come.
func (n *Node) wakeAt(u *unit, t time.Duration) {
	if t > n.now.Boot {
		u.wake = min(u.wake, t)
		n.nextWake = min(n.nextWake, u.wake)
	}
}

// evaluate looks at a unit and moves its instances on, one step each; what
// changes marks the unit again.
func (n *Node) evaluate(u *unit) {
	u.wake, n.stale = never, true
	n.judge(u)
	n.spendMove(u)
	n.answerRival(u)
	n.lastResort(u)
	for _, i := range u.members {
		n.advance(i)
	}
}

// judge ranks the nodes for the unit and finds what blocks a start.
func (n *Node) judge(u *unit) {
	v := view{self: -1}
	v.facts = append(v.facts, n.ownFacts(u))
	ids := n.authors(u)
	for _, id := range ids {
		p := n.peers[id]
		v.facts = append(v.facts, n.peerFacts(p, u))
		for _, name := range sortedServices(u) {
			blocked, why, until := n.hold(p, name)
			if blocked && v.blocked == "" {
				v.blocked = name + " is " + why
			}
			if blocked {
				n.wakeAt(u, until)
			}
		}
	}
	v.unit = selection.Unit{Critical: n.critical(u), Intent: u.intent, Reference: selection.Reference(v.facts)}
	for i := range v.facts {
		f := &v.facts[i]
		c := selection.Judge(&v.unit, f)
		v.maxClaim = max(v.maxClaim, c.Claim)
		if len(f.Members) > 0 || f.Node == n.opt.RouterID {
			v.order = append(v.order, c)
		}
	}
	n.differs(u, v.facts)
	selection.Rank(v.order)
	n.standing(&v)
	u.view = v
}

// differs tells about services that are configured differently on other nodes.
func (n *Node) differs(u *unit, facts []selection.Facts) {
	for _, i := range u.members {
		text := ""
		for k := range facts {
			for _, m := range facts[k].Members {
				if m.Service == i.spec.Name && m.Digest != i.spec.Digest && facts[k].Reachable {
					text = "configured differently on " + facts[k].Node.String() + "; whoever differs from the node that runs it ranks lower"
				}
			}
		}
		if i.differs != text {
			i.differs = text
			n.alarm("differs "+i.spec.Name, text)
		}
	}
}

// standing finds this node's place, and who of the better and the holders is active.
func (n *Node) standing(v *view) {
	for i, c := range v.order {
		if c.Node == n.opt.RouterID {
			v.self = i
		} else if n.active(v, c.Node) {
			if v.self < 0 && c.Eligible() && v.outranks == 0 {
				v.outranks = c.Node
			}
			if c.Hold == selection.HoldsUnit && v.holder == 0 {
				v.holder = c.Node
			}
		}
	}
}

// active reports whether a reachable node is starting or started.
func (n *Node) active(v *view, id routerid.ID) bool {
	for i := range v.facts {
		f := &v.facts[i]
		if f.Node != id || !f.Reachable {
			continue
		}
		for _, m := range f.Members {
			if m.State == service.Starting || m.State == service.Started {
				return true
			}
		}
	}
	return false
}

// first reports whether this node ranks first and may run the unit.
func (v *view) first() bool {
	return v.self == 0 && v.order[0].Eligible()
}

// authors are the peers that have, or may have, a part in the unit.
func (n *Node) authors(u *unit) []routerid.ID {
	set := map[routerid.ID]struct{}{}
	for name := range u.services {
		if k := n.services[name]; k != nil {
			for id := range k.authors {
				set[id] = struct{}{}
			}
		}
	}
	for id, p := range n.peers {
		for name := range u.services {
			if _, ok := p.absent[name]; ok {
				set[id] = struct{}{}
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func sortedServices(u *unit) []string { return slices.Sorted(maps.Keys(u.services)) }

// critical are the members that are critical on any node. A service without a
// group is its own critical member.
func (n *Node) critical(u *unit) []string {
	if !u.key.Group {
		return []string{u.key.Name}
	}
	var names []string
	for _, name := range sortedServices(u) {
		i := n.instances[name]
		crit := i != nil && i.spec.Critical
		if k := n.services[name]; k != nil && !crit {
			for id, c := range k.critical {
				crit = crit || c && n.up(id)
			}
		}
		if crit {
			names = append(names, name)
		}
	}
	return names
}

// ownFacts is what this node floods of itself.
func (n *Node) ownFacts(u *unit) selection.Facts {
	f := selection.Facts{
		Node: n.opt.RouterID, Reachable: true, Known: true,
		Duplicate: n.duplicate != 0, Flags: n.standingFlags(),
	}
	for _, i := range u.members {
		if i.state.Active() {
			f.Members = append(f.Members, n.instanceBody(i))
		}
	}
	return f
}

// answerRival: of two started nodes the survivor claims anew, once per rival
// incarnation, so that everybody sees who stays.
func (n *Node) answerRival(u *unit) {
	v := &u.view
	if v.self < 0 || !holdsStarted(u) || v.outranks != 0 {
		return
	}
	for i := range v.facts {
		f := &v.facts[i]
		p := n.peers[f.Node]
		if p == nil || !f.Reachable || p.node == nil || !startedIn(f.Members) {
			continue
		}
		if inc := p.node.Version.Incarnation; u.answered[f.Node] < inc {
			u.answered[f.Node] = inc
			n.setClaim(u, v.maxClaim+1)
			v.maxClaim++
		}
	}
}

func holdsStarted(u *unit) bool {
	return slices.ContainsFunc(u.members, func(i *instance) bool { return i.state == service.Started })
}

func startedIn(ms []*discovery.Instance) bool {
	return slices.ContainsFunc(ms, func(m *discovery.Instance) bool { return m.State == service.Started })
}

func (n *Node) setClaim(u *unit, claim uint64) {
	u.claim = claim
	n.saveUnit(u)
	for _, i := range u.members {
		i.changed = true
	}
}

// lastResort: when every node that could run the unit has failed, the one whose
// failure is the oldest (lowest claim) is tried again, with back-off.
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
		if i.state == service.FailedReleased && (i.spec.Critical || !u.key.Group) {
			n.expire(i, service.LastResort)
		}
	}
}

// oldestFailure finds who failed first, and whether everybody who could run
// the unit has failed.
func (n *Node) oldestFailure(u *unit) (who routerid.ID, all bool) {
	low := uint64(1<<64 - 1)
	for i := range u.view.order {
		c := &u.view.order[i]
		if c.Bar == selection.NoBar {
			return 0, false
		}
		if c.Bar != selection.BarFailed || u.view.resting(c.Node) {
			continue
		}
		if f := failureClaim(u.view.facts, c.Node); f < low || f == low && c.Node > who {
			low, who = f, c.Node
		}
	}
	return who, who != 0
}

// resting: a node that starts nothing for another reason than its failure.
func (v *view) resting(id routerid.ID) bool {
	const rest = discovery.CutOff | discovery.JoinGate | discovery.Maintenance | discovery.DrainHard | discovery.NodeLeaving
	return slices.ContainsFunc(v.facts, func(f selection.Facts) bool { return f.Node == id && f.Flags&rest != 0 })
}

func failureClaim(facts []selection.Facts, id routerid.ID) uint64 {
	claim := uint64(1<<64 - 1)
	for i := range facts {
		if facts[i].Node != id {
			continue
		}
		for _, m := range facts[i].Members {
			if m.Failure.Count > 0 {
				claim = min(claim, m.Failure.Claim)
			}
		}
	}
	return claim
}

func (n *Node) maintenance() bool { return n.flags.Has(discovery.Maintenance) }
