package node

import (
	"slices"
	"strings"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// abandoned is what this daemon knows of a service that is not configured here, though it
// ran, or may have, when the last daemon of this boot ended (decision 120). Nobody can stop
// it here. What is not released by its addresses alone is flooded as failed and held.
type abandoned struct {
	body   discovery.Instance
	record ownRecord
	// until when it is flooded; never: until somebody has seen to it. 0: it is not.
	until time.Duration
	seen  bool // somebody has seen to it
}

// findAbandoned looks for them when the daemon starts.
func (n *Node) findAbandoned() {
	for key, s := range n.opt.Saved {
		name, about := strings.CutPrefix(key, instanceKey(""))
		if !about || n.instances[name] != nil || s.Boot != n.opt.Boot || !s.State.Held() {
			continue
		}
		a := &abandoned{body: discovery.Instance{
			Service: name, State: service.FailedHeld, Scope: s.Scope, Digest: s.Digest,
			Failure: discovery.Failure{Code: service.FailStray, Text: "it is not configured any more", Count: 1},
		}}
		switch {
		case s.Unit.Name == "": // saved by an older srrd
		case s.DeadAfter == 0:
			a.until = never
		case s.Release != service.ReleaseAddress:
			a.until = n.now.Boot + n.silence(s.DeadAfter)
		}
		if s.Unit.Group {
			a.body.Group = s.Unit.Name
		}
		n.abandoned[name] = a
		n.alarm("stray "+name, "it was "+s.State.String()+" here when srrd ended, and is not configured any more: nobody stops it, and a resource nobody else starts (configure it again and reload-config, which stops it, or see to it and srrctl confirm-stopped "+n.opt.RouterID.String()+" "+name+")")
	}
}

// abandonedHeld reports whether the others wait for any of them to be released.
func (n *Node) abandonedHeld() bool {
	for _, a := range n.abandoned {
		if a.until != 0 && a.body.State == service.FailedHeld {
			return true
		}
	}
	return false
}

func (n *Node) isAbandoned(name string) bool {
	a := n.abandoned[name]
	return a != nil && !a.seen
}

// abandonedIn are those that are flooded in a unit, sorted, as their records are now.
func (n *Node) abandonedIn(u *unit) (bodies []*discovery.Instance) {
	for _, name := range n.abandonedNames() {
		if b := n.abandonedBody(n.abandoned[name]); unitOf(b) == u.key {
			bodies = append(bodies, b)
		}
	}
	return bodies
}

// abandonedNames are those that are flooded, sorted.
func (n *Node) abandonedNames() (names []string) {
	for name, a := range n.abandoned {
		if a.until != 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// abandonedBody: the preference is that of the unit, like that of its other members.
func (n *Node) abandonedBody(a *abandoned) *discovery.Instance {
	if u := n.units[unitOf(&a.body)]; u != nil {
		a.body.Preference = u.members[0].spec.Preference
	}
	return &a.body
}

// seenTo takes an operator's word that it does not run here.
func (n *Node) seenTo(name string) {
	a := n.abandoned[name]
	a.seen = true
	n.letGo(a)
	n.forgetSaved(instanceKey(name))
	n.alarm("stray "+name, "")
}

// letGo has it take its leave, if it is flooded.
func (n *Node) letGo(a *abandoned) {
	a.body.State, a.body.Failure, a.body.Flags = service.Stopped, discovery.Failure{}, discovery.Leaving
	if a.until != 0 {
		a.until = n.now.Boot + flushAfter
	}
	n.abandonedChanged(a)
}

func (n *Node) abandonedChanged(a *abandoned) {
	n.stale, n.flooding = true, nil
	n.mark(n.units[unitOf(&a.body)])
}

// checkAbandoned ends what was to be flooded for a while. The alarm stays until somebody
// has seen to it.
func (n *Node) checkAbandoned() {
	for _, name := range n.abandonedNames() {
		switch a := n.abandoned[name]; {
		case a.until > n.now.Boot:
		case a.body.State == service.FailedHeld:
			n.letGo(a)
		default:
			a.until = 0
			n.abandonedChanged(a)
		}
	}
}

func (n *Node) abandonedWake() time.Duration {
	wake := never
	for _, a := range n.abandoned {
		if a.until != 0 {
			wake = min(wake, a.until)
		}
	}
	return wake
}

// takeUp: a reload has configured it again, and it is stopped first.
func (n *Node) takeUp(i *instance) {
	a := n.abandoned[i.spec.Name]
	if a == nil {
		return
	}
	if n.isAbandoned(i.spec.Name) {
		n.straight(i, service.LeftOver, "not configured for a while")
	}
	delete(n.abandoned, i.spec.Name)
	n.abandonedChanged(a)
	n.alarm("stray "+i.spec.Name, "")
}

// recordAbandoned brings their records up to date, and reports whether one is another now.
func (n *Node) recordAbandoned(stay *remaining) (fresh bool) {
	for _, name := range n.abandonedNames() {
		a := n.abandoned[name]
		now := n.abandonedBody(a)
		if was := &a.record.rec; was.Version.Incarnation != n.incarnation || !was.Instance.Same(now) {
			b := *now
			n.write(&a.record, nil, &b)
			fresh = true
		}
		stay.add(now)
	}
	return fresh
}
