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
	members  []*instance // dependencies first
	services []string    // that any node has in this unit, sorted
	place    int         // among all units, see rankUnits
	dirty    bool        // waits to be evaluated
	claim    uint64      // of this node
	lacking  bool        // a critical member is not active here, and nothing is started: see lacks
	intent   discovery.Intent
	spent    discovery.IntentVersion // the move that this node, its target, has ended

	view      view
	rankMoved time.Duration // last change of this node's own rank by its own doing, or of differing
	differing []routerid.ID // who is not configured as the reference
	wake      time.Duration
	answered  map[routerid.ID]uint64 // rival → incarnation whose claim was answered
	lastTry   time.Duration          // last resort
	tries     int
}

// view is what an evaluation found. The next one uses its memory again.
type view struct {
	facts    []selection.Facts     // this node's first
	members  []*discovery.Instance // of all facts
	unit     selection.Unit
	order    []selection.Candidate // best first
	unknown  []unknown             // who fell silent, see noteUnknown
	self     int                   // index of this node; -1: no candidate
	outranks routerid.ID           // a better node that is starting or started; 0: none
	awaited  routerid.ID           // a better node that has started it and does not serve yet; 0: none
	blockers []blocker             // who keeps others from starting, each for one reason
	holder   routerid.ID           // another node that holds it, reachable; 0: none
	unclear  routerid.ID           // it may run under this router ID, and it is not clear who that is; 0: none
	maxClaim uint64
}

// sortUnits puts units into the order of rankUnits.
func sortUnits(us []*unit) {
	slices.SortFunc(us, func(a, b *unit) int { return cmp.Compare(a.place, b.place) })
}

// rankUnits gives every unit its place: by priority, then name.
func (n *Node) rankUnits() {
	us := slices.SortedFunc(maps.Values(n.units), func(a, b *unit) int {
		return cmp.Or(-cmp.Compare(a.priority(), b.priority()), cmp.Compare(a.key.Name, b.key.Name), cmp.Compare(bit(a.key.Group), bit(b.key.Group)))
	})
	for k, u := range us {
		u.place = k
	}
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
	v := &u.view
	*v = view{self: -1, unit: v.unit, facts: v.facts[:0], members: v.members[:0], order: v.order[:0], unknown: v.unknown[:0], blockers: v.blockers[:0]}
	v.unit.Elsewhere = v.unit.Elsewhere[:0]
	u.noteLacking()
	v.facts = append(v.facts, n.ownFacts(u))
	for _, id := range n.authors(u) {
		n.judgePeer(u, n.peers[id])
	}
	v.unit.Critical, v.unit.Intent, v.unit.Reference = n.critical(u, v.unit.Critical[:0]), u.intent, selection.Reference(v.facts)
	for i := range v.facts {
		f := &v.facts[i]
		c := selection.Judge(&v.unit, f)
		v.maxClaim = max(v.maxClaim, c.Claim)
		if len(f.Members) > 0 || f.Node == n.opt.RouterID {
			v.order = append(v.order, c)
		}
	}
	for k := range v.unit.Elsewhere {
		v.maxClaim = max(v.maxClaim, v.unit.Elsewhere[k].Instance.Claim)
	}
	n.noteDiffering(u)
	n.differs(u)
	for _, i := range u.members {
		n.noteUnknown(i)
	}
	selection.Rank(v.order)
	n.standing(u)
}

// judgePeer collects what is known of a peer for a unit, and what it blocks.
func (n *Node) judgePeer(u *unit, p *peer) {
	v := &u.view
	f := selection.Facts{
		Node: p.id, Reachable: n.up(p.id), Known: p.node != nil,
		Duplicate: p.who.shared, Flags: p.lastFlags,
	}
	from := len(v.members)
	for _, name := range u.services {
		r, told := p.instances[name]
		h := n.holdSaid(p, name, &r, told)
		switch {
		case told && unitOf(r.Instance) == u.key:
			v.members = append(v.members, r.Instance)
		case h.blocked():
			f.Unknown = true
		}
		if told && f.Reachable && f.Known && unitOf(r.Instance) != u.key {
			v.unit.Elsewhere = append(v.unit.Elsewhere, selection.Elsewhere{
				Node: p.id, Flags: p.lastFlags, Instance: r.Instance, Failed: p.failed(unitOf(r.Instance)),
			})
		}
		if told && f.Reachable {
			if who, unknown := n.hearsay(&r); unknown {
				v.block(blocker{who, name, holding{}, p.id})
			}
		}
		if !h.blocked() {
			continue
		}
		if p.who.shared || h.why == rebootedNow {
			v.unclear = p.id
		}
		n.wakeAt(u, h.until)
		v.block(blocker{p.id, name, h, 0})
		if a, absent := p.absent[name]; absent && h.until == never && !a.returned && !a.released {
			v.unknown = append(v.unknown, unknown{p.id, name})
		}
	}
	f.Members = v.members[from:len(v.members):len(v.members)]
	v.facts = append(v.facts, f)
}

// active reports whether a reachable node is starting or started.
func (v *view) active(id routerid.ID) bool {
	f := v.of(id)
	return f.Reachable && slices.ContainsFunc(f.Members, func(m *discovery.Instance) bool {
		return m.State == service.Starting || m.State == service.Started
	})
}

// first reports whether this node ranks first and may run the unit.
func (v *view) first() bool {
	return v.self == 0 && v.order[0].Eligible()
}

// authors are the peers that have, or may have, a part in the unit, sorted. The
// next call writes over them.
func (n *Node) authors(u *unit) []routerid.ID {
	ids := n.ids[:0]
	for _, name := range u.services {
		if k := n.services[name]; k != nil {
			ids = append(ids, k.authors...)
		}
	}
	for _, p := range n.everyPeer {
		if len(p.absent)+len(p.pending)+len(p.who.held) > 0 && slices.ContainsFunc(u.services, p.isDoubted) {
			ids = append(ids, p.id)
		}
	}
	slices.Sort(ids)
	n.ids = ids
	return slices.Compact(ids)
}

func (p *peer) isDoubted(name string) bool {
	_, absent := p.absent[name]
	_, waits := p.pending[name]
	return absent || waits || p.who.gripped(name) > 0
}

// takes adds a service to the unit.
func (u *unit) takes(name string) {
	if at, here := slices.BinarySearch(u.services, name); !here {
		u.services = slices.Insert(u.services, at, name)
	}
}

// quit takes a service from a unit that nobody has in it any more: it would be a critical
// member that is active nowhere.
func (n *Node) quit(key service.Unit, name string) {
	u, i, k := n.units[key], n.instances[name], n.services[name]
	if u == nil || i != nil && i.unit == u || k != nil && k.in(key) {
		return
	}
	u.services = slices.DeleteFunc(u.services, func(s string) bool { return s == name })
	n.mark(u)
}

// lacks names a critical member that is configured here and not active: this node does not
// start the unit without it, and nobody else knows of it.
func (u *unit) lacks() string {
	for _, i := range u.members {
		if u.key.Group && i.spec.Critical && !i.state.Active() {
			return i.spec.Name
		}
	}
	return ""
}

// noteLacking keeps whether the unit waits here for a critical member. All records of the
// unit say so.
func (u *unit) noteLacking() {
	lacking := !holdsStarted(u) && u.lacks() != ""
	if lacking == u.lacking {
		return
	}
	u.lacking = lacking
	for _, i := range u.members {
		i.changed = true
	}
}

// critical appends the members that are critical on any node that has them in the unit, as
// all nodes know it. A service without a group is its own critical member.
func (n *Node) critical(u *unit, names []string) []string {
	if !u.key.Group {
		return append(names, u.key.Name)
	}
	for _, name := range u.services {
		i := n.instances[name]
		crit := i != nil && i.unit == u && i.spec.Critical && n.flooded(i)
		if k := n.services[name]; k != nil && !crit {
			for id, m := range k.part {
				p := n.peers[id]
				crit = crit || m.critical && m.unit == u.key && n.up(id) && p != nil && p.tells(name)
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
		Duplicate: n.twin.here, Flags: n.standingFlags(),
	}
	v := &u.view
	for _, i := range u.members {
		if i.state.Active() {
			v.members = append(v.members, n.instanceBody(i))
		}
	}
	v.members = append(v.members, n.abandonedIn(u)...)
	f.Members = v.members[:len(v.members):len(v.members)]
	return f
}

// answerRival: of two started nodes the survivor claims anew, once per rival
// incarnation, so that everybody sees who stays.
func (n *Node) answerRival(u *unit) {
	v := &u.view
	if v.self < 0 || !holdsStarted(u) || v.outranks != 0 || v.awaited != 0 {
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
	u.claim = min(claim, discovery.MaxNumber)
	n.saveUnit(u)
	for _, i := range u.members {
		i.changed = true
	}
}

func (n *Node) maintenance() bool { return n.flags.Has(discovery.Maintenance) }
