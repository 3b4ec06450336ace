package node

import (
	"cmp"
	"slices"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/selection"
	"srr/internal/service"
)

func compareUnits(a, b service.Unit) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(bit(a.Group), bit(b.Group)))
}

// learnIntent keeps the highest version of a unit's register.
func (n *Node) learnIntent(key service.Unit, in discovery.Intent) {
	u := n.units[key]
	if u == nil || !u.intent.Version.Less(in.Version) {
		return
	}
	n.setIntent(u, in)
}

func (n *Node) setIntent(u *unit, in discovery.Intent) {
	u.intent = in
	for _, i := range u.members {
		i.changed = true
	}
	n.saveUnit(u)
	n.event(Event{Kind: EventIntent, Subject: u.key.String(), Detail: describeIntent(in)})
	n.mark(u)
}

func describeIntent(in discovery.Intent) string {
	s := in.Author + ": "
	switch in.Kind {
	case discovery.IntentRun:
		s += "run"
	case discovery.IntentStopped:
		s += "stop"
	case discovery.IntentPrefer:
		s += "move to " + in.Target.String()
		if !in.Until.IsZero() {
			s += " until " + in.Until.UTC().Format("2006-01-02 15:04:05Z")
		}
	default:
		return ""
	}
	if in.Reason != "" {
		s += " (" + in.Reason + ")"
	}
	return s
}

// spendMove: the target of a move judges alone when it is over: it runs the
// unit and preferences are equal, the time is up, or it has failed.
func (n *Node) spendMove(u *unit) {
	in := &u.intent
	if in.Kind != discovery.IntentPrefer || in.Target != n.opt.RouterID || u.spent == in.Version {
		return
	}
	switch {
	case !in.Until.IsZero() && !n.now.Wall.Before(in.Until):
	case n.collapsing(u) != "" && anyFailing(u):
	case holdsStarted(u) && equalPreferences(u.view.order):
	default:
		if !in.Until.IsZero() {
			n.wakeAt(u, n.now.Boot+in.Until.Sub(n.now.Wall))
		}
		return
	}
	u.spent = in.Version
	n.saveUnit(u)
	for _, i := range u.members {
		i.changed = true
	}
	n.judge(u)
}

func anyFailing(u *unit) bool {
	return slices.ContainsFunc(u.members, func(i *instance) bool {
		return i.failing || i.state == service.FailedReleased || i.state == service.FailedHeld
	})
}

func equalPreferences(order []selection.Candidate) bool {
	for i := range order {
		if order[i].Eligible() && order[i].Preference != order[0].Preference {
			return false
		}
	}
	return true
}

// learnConfirmation keeps an operator's word about another node, once per
// service and node: the newest incarnation covers the older ones.
func (n *Node) learnConfirmation(c discovery.Confirmation) bool {
	for k := range n.confirmed {
		old := &n.confirmed[k]
		if old.Service != c.Service || old.Node != c.Node {
			continue
		}
		if old.Boot == c.Boot && old.Incarnation >= c.Incarnation || !n.fresher(c) {
			return false
		}
		*old = c
		n.confirmChanged(c)
		return true
	}
	if !n.fresher(c) {
		return false
	}
	if len(n.confirmed) >= maxConfirmed {
		n.confirmed = slices.Delete(n.confirmed, 0, 1)
	}
	n.confirmed = append(n.confirmed, c)
	n.confirmChanged(c)
	return true
}

// maxConfirmed bounds the confirmations in a node record.
const maxConfirmed = 8

// fresher: a confirmation of a boot or incarnation that is over says nothing,
// nor does one of what its node calls anything else than failed and held.
func (n *Node) fresher(c discovery.Confirmation) bool {
	if c.Node == n.opt.RouterID {
		i := n.instances[c.Service]
		return i != nil && i.state == service.FailedHeld && c.Boot == n.opt.Boot && c.Incarnation >= n.incarnation
	}
	p := n.peers[c.Node]
	if p == nil {
		return true
	}
	if r, ok := p.instances[c.Service]; ok && r.Instance.State != service.FailedHeld {
		return false
	}
	return p.node == nil || c.Boot == p.boot && c.Incarnation >= p.node.Version.Incarnation
}

// unconfirm ends what an operator said of a state that is over: what starts
// afterwards, in the same incarnation, it does not cover.
func (n *Node) unconfirm(id routerid.ID, name string) {
	n.confirmed = slices.DeleteFunc(n.confirmed, func(c discovery.Confirmation) bool {
		return c.Node == id && c.Service == name
	})
}

func (n *Node) confirmChanged(c discovery.Confirmation) {
	if i := n.instances[c.Service]; i != nil {
		n.mark(i.unit)
	}
	n.event(Event{Kind: EventIntent, Subject: c.Service, Reason: service.ConfirmedStopped, Detail: "on " + c.Node.String()})
}

func (n *Node) isConfirmed(id routerid.ID, name string, boot discovery.BootID, incarnation uint64) bool {
	return slices.ContainsFunc(n.confirmed, func(c discovery.Confirmation) bool {
		return c.Node == id && c.Service == name && c.Boot == boot && c.Incarnation >= incarnation
	})
}
