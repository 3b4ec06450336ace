package node

import (
	"maps"
	"slices"
	"strings"

	"srr/internal/discovery"
	"srr/internal/service"
)

// abandoned is what this daemon knows of a service that is not configured here, though it
// ran, or may have, when the last daemon of this boot ended (decision 120). Nobody can stop
// it here. If it does not end by itself, with its addresses, it is flooded as failed and held.
type abandoned struct {
	body    discovery.Instance
	record  ownRecord
	forever bool
}

// findAbandoned looks for them when the daemon starts.
func (n *Node) findAbandoned() {
	for key, s := range n.opt.Saved {
		name, about := strings.CutPrefix(key, instanceKey(""))
		if !about || n.instances[name] != nil || s.Boot != n.opt.Boot || !s.State.Held() {
			continue
		}
		a := &abandoned{forever: s.DeadAfter == 0 && s.Unit.Name != "", body: discovery.Instance{Service: name, State: service.FailedHeld, Failure: discovery.Failure{
			Code: service.FailStray, Text: "it is not configured any more", Count: 1,
		}}}
		if s.Unit.Group {
			a.body.Group = s.Unit.Name
		}
		n.abandoned[name] = a
		n.alarm("stray "+name, "it was "+s.State.String()+" here when srrd ended, and is not configured any more: nobody stops it, and a resource nobody else starts (configure it again and reload-config, which stops it, or see to it and srrctl confirm-stopped "+n.opt.RouterID.String()+" "+name+")")
	}
}

// abandonedHeld reports whether the others wait for an operator to see to any of them.
func (n *Node) abandonedHeld() bool {
	for name, a := range n.abandoned {
		if a.forever && n.isAbandoned(name) {
			return true
		}
	}
	return false
}

func (n *Node) isAbandoned(name string) bool {
	a := n.abandoned[name]
	return a != nil && a.body.State == service.FailedHeld
}

// seenTo takes an operator's word that it does not run here.
func (n *Node) seenTo(name string) {
	b := &n.abandoned[name].body
	b.State, b.Failure, b.Flags = service.Stopped, discovery.Failure{}, discovery.Leaving
	n.stale = true
	n.forgetSaved(instanceKey(name))
	n.alarm("stray "+name, "")
}

// takeUp: a reload has configured it again, and it is stopped first.
func (n *Node) takeUp(i *instance) {
	if n.isAbandoned(i.spec.Name) {
		n.straight(i, service.LeftOver, "not configured for a while")
	}
	delete(n.abandoned, i.spec.Name)
}

// recordAbandoned brings their records up to date, and reports whether one is another now.
func (n *Node) recordAbandoned(stay *remaining) (fresh bool) {
	for _, name := range slices.Sorted(maps.Keys(n.abandoned)) {
		a := n.abandoned[name]
		if !a.forever {
			continue
		}
		if was := &a.record.rec; was.Version.Incarnation != n.incarnation || !was.Instance.Same(&a.body) {
			b := a.body
			n.write(&a.record, nil, &b)
			fresh = true
		}
		stay.add(&a.body)
	}
	return fresh
}
