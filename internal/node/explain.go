package node

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/selection"
	"srr/internal/service"
)

// Explanation is why a unit is where it is, as this node sees it.
type Explanation struct {
	Unit       service.Unit
	Intent     discovery.Intent
	MoveSpent  bool
	Candidates []Standing // best first
	// Blocked: what must be released before anybody else may start; "" if nothing.
	Blocked string
	// Here: why this node does not start the unit now; "" if it runs it or may.
	Here    string
	Members []MemberView
}

// Standing is the place of one node.
type Standing struct {
	selection.Candidate
	// Against is the rule by which the node before it is better; RuleEligible for the first.
	Against selection.Rule
}

// MemberView is what one member of the unit waits for on this node.
type MemberView struct {
	Service string
	State   service.State
	Waits   string
}

// Explain answers for a unit that is configured on this node.
func (n *Node) Explain(now Now, key service.Unit) (Explanation, bool) {
	n.now = now
	u := n.units[key]
	if u == nil {
		return Explanation{}, false
	}
	n.judge(u)
	v := &u.view
	e := Explanation{Unit: key, Intent: u.intent, Blocked: v.blocked()}
	for k := range v.order {
		s := Standing{Candidate: v.order[k]}
		if k > 0 {
			_, s.Against = selection.Compare(&v.order[k-1], &v.order[k])
		}
		if u.intent.Kind == discovery.IntentPrefer && s.Node == u.intent.Target {
			e.MoveSpent = !s.MoveTarget
		}
		e.Candidates = append(e.Candidates, s)
	}
	if !holdsAny(u) {
		e.Here = n.mayStart(u)
	}
	for _, i := range u.members {
		e.Members = append(e.Members, MemberView{i.spec.Name, i.state, n.waits(i)})
	}
	return e, true
}

// waits says what an instance is waiting for now.
func (n *Node) waits(i *instance) string {
	switch i.state {
	case service.Injected:
		if !n.medium {
			return "the medium: " + n.mediumErr
		}
		return "its own echo"
	case service.Stopped:
		return n.mayEnter(i)
	case service.Starting:
		return n.startWaits(i)
	case service.Started:
		if i.recovering && i.died {
			return "the end of the maintenance, then the restart in place"
		}
		if i.recovering {
			return "the restart in place"
		}
		if i.checkEvery != 0 {
			return "its first check"
		}
		if who := i.unit.view.awaited; who != 0 {
			return "the join gate of " + who.String() + ", which ranks better and will run it"
		}
		return ""
	case service.Stopping:
		if !i.stopped {
			return "its dependents, then primitive stop"
		}
		return "its addresses to go"
	case service.FailedReleased:
		return "the time-out of its failure, or `clear`"
	case service.FailedHeld:
		return "somebody to find what is left of it"
	}
	return ""
}

// startWaits says what a starting instance is waiting for.
func (n *Node) startWaits(i *instance) string {
	why := n.startBlocked(i)
	switch {
	case i.startCalled:
		return "primitive start"
	case why != "":
		return why
	case !i.spec.Resource() && !n.routes[i.spec.Name].Owned:
		return "its addresses"
	case n.noPlace(i):
		return fmt.Sprintf("one of %d starts that run to end: more may not run at once (node.parallel-starts)", n.starts)
	}
	return ""
}

// State returns the state of a local instance.
func (n *Node) State(name string) (service.State, bool) {
	i := n.instances[name]
	if i == nil {
		return 0, false
	}
	return i.state, true
}

// Health is what the check of a local instance says.
func (n *Node) Health(name string) service.Health {
	if i := n.instances[name]; i != nil {
		return i.health
	}
	return service.Unknown
}

// InstanceView is a local instance as operators see it.
type InstanceView struct {
	Spec      *service.Spec
	State     service.State
	Since     time.Time
	Reason    service.Reason
	Detail    string
	Failure   discovery.Failure
	HeldOff   bool
	Claim     uint64
	Health    service.Health
	CheckText string
	CheckedAt time.Time
	Route     Route
	Flags     discovery.InstanceFlags
	Waits     string
	Stays     string // why it has not left, if the node is drained
	Pending   string // the primitive that runs
	Restarts  int    // in place, within the window
}

// Instances returns the local instances, dependencies first.
func (n *Node) Instances() []InstanceView {
	vs := make([]InstanceView, 0, len(n.order))
	for _, i := range n.order {
		name := i.spec.Name
		v := InstanceView{
			Spec: &i.spec, State: i.state, Since: i.wall, Reason: i.reason, Detail: i.detail,
			Failure: i.failure, HeldOff: i.heldOff, Claim: i.unit.claim, Health: i.health,
			CheckText: i.checkText, CheckedAt: i.checkedAt, Route: n.routes[name],
			Flags: n.instanceFlags(i), Waits: n.waits(i), Stays: n.stays(i), Restarts: len(i.restarts),
		}
		if c, ok := n.calls[name]; ok {
			v.Pending = c.Primitive.String()
		}
		vs = append(vs, v)
	}
	return vs
}

// PeerView is another node as this one sees it.
type PeerView struct {
	ID        routerid.ID
	Reach     discovery.Reach
	Node      *discovery.Record // nil: srrd there is silent
	Duplicate bool
	Instances []discovery.Record // sorted by service
	Unknown   map[string]string  // services that it may hold, and why that is not known
}

// Counted yields what this node counts of the others: each instance record with the
// node record that it belongs to; by node, in no order of services.
func (n *Node) Counted() iter.Seq2[*discovery.Record, *discovery.Record] {
	return func(yield func(node, instance *discovery.Record) bool) {
		for _, p := range n.everyPeer {
			if p.node == nil {
				continue
			}
			for _, r := range p.instances {
				if !yield(p.node, &r) {
					return
				}
			}
		}
	}
}

// Peers returns the other nodes, sorted by router ID.
func (n *Node) Peers() []PeerView {
	var vs []PeerView
	for _, p := range n.peers {
		v := PeerView{ID: p.id, Reach: n.reach[p.id], Node: p.node, Duplicate: p.who.shared, Unknown: map[string]string{}}
		for _, r := range p.instances {
			v.Instances = append(v.Instances, r)
		}
		slices.SortFunc(v.Instances, func(a, b discovery.Record) int {
			if a.Instance.Service < b.Instance.Service {
				return -1
			}
			return 1
		})
		for name := range p.absent {
			if h := n.hold(p, name); h.blocked() {
				v.Unknown[name] = h.String()
			}
		}
		for g := range p.who.held {
			if h := n.hold(p, g.service); h.blocked() {
				v.Unknown[g.service] = h.String()
			}
		}
		for name := range p.pending {
			if h := n.hold(p, name); h.blocked() {
				v.Unknown[name] = h.String()
			}
		}
		vs = append(vs, v)
	}
	slices.SortFunc(vs, func(a, b PeerView) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return vs
}

// Missing are, for each service that is configured here, the other nodes that had it,
// cannot be reached, and of whose record nothing is left: routers keep those of who is
// gone for an hour.
func (n *Node) Missing() map[string][]routerid.ID {
	out := map[string][]routerid.ID{}
	for _, m := range n.members {
		if n.up(m.Node) || n.instances[m.Service] == nil {
			continue
		}
		if p := n.peers[m.Node]; p != nil && p.instances[m.Service].Instance != nil {
			continue
		}
		out[m.Service] = append(out[m.Service], m.Node)
	}
	for _, ids := range out {
		slices.Sort(ids)
	}
	return out
}

// SelfView is this node as operators see it.
type SelfView struct {
	Flags       discovery.NodeFlags
	Incarnation uint64
	Medium      bool
	MediumWhy   string
	GateOpen    bool
	GateWhy     string
	CutOff      bool
}

// Self returns the state of this node.
func (n *Node) Self() SelfView {
	return SelfView{
		Flags: n.nodeFlags(), Incarnation: n.incarnation, Medium: n.medium, MediumWhy: n.mediumErr,
		GateOpen: n.gate.open, GateWhy: n.gate.why, CutOff: n.cutOff(),
	}
}

// Intents returns the registers that somebody wrote, by unit.
func (n *Node) Intents() map[service.Unit]discovery.Intent {
	m := map[service.Unit]discovery.Intent{}
	for key, u := range n.units {
		if u.intent.Kind != discovery.IntentNone {
			m[key] = u.intent
		}
	}
	return m
}

// Maintenance reports whether nothing shall be touched on this node.
func (s SelfView) Maintenance() bool { return s.Flags.Has(discovery.Maintenance) }

// Partners are the router IDs of the other nodes on which a service is active.
func (n *Node) Partners(name string) []string {
	var ids []string
	if k := n.services[name]; k != nil {
		for _, id := range k.authors {
			if p := n.peers[id]; p != nil && n.up(id) && p.instances[name].Instance != nil {
				ids = append(ids, id.String())
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// AllHeard reports whether the medium holds the newest version of every record.
func (n *Node) AllHeard() bool {
	if !n.medium {
		return true
	}
	for _, i := range n.instances {
		if n.flooded(i) && i.record.echo.Less(i.record.rec.Version) {
			return false
		}
	}
	return !n.nodeRecord.echo.Less(n.nodeRecord.rec.Version)
}

// NewestClaim reports whether this node's claim of a service is the newest.
func (n *Node) NewestClaim(name string) bool {
	i := n.instances[name]
	return i != nil && i.unit.claim > 0 && i.unit.claim >= i.unit.view.maxClaim
}

// Ranking is the order of candidates as of the last evaluation, best first;
// nil for a unit that is not configured here.
func (n *Node) Ranking(key service.Unit) []selection.Candidate {
	if u := n.units[key]; u != nil {
		return slices.Clone(u.view.order)
	}
	return nil
}

// FullNeighbors are the adjacencies of this node that are Full.
func (n *Node) FullNeighbors() []routerid.ID { return n.links.Full }

// Configured reports whether a service is configured on this node.
func (n *Node) Configured(name string) bool { return n.instances[name] != nil }

// Reachable are the routers that the medium reaches; nobody changes the map.
func (n *Node) Reachable() map[routerid.ID]discovery.Reach { return n.reach }

// Reaches reports whether the medium reaches a node.
func (n *Node) Reaches(id routerid.ID) bool { return n.up(id) }
