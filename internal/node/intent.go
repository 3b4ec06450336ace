package node

import (
	"cmp"
	"maps"
	"slices"

	"srr/internal/discovery"
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

// learnIntents looks for the register of a unit that is configured only now in what the others
// flood already.
func (n *Node) learnIntents(key service.Unit) {
	for _, p := range n.everyPeer {
		for _, name := range slices.Sorted(maps.Keys(p.instances)) {
			if b := p.instances[name].Instance; unitOf(b) == key {
				n.learnIntent(key, b.Intent)
			}
		}
		if p.node == nil {
			continue
		}
		for _, ui := range p.node.Node.Intents {
			if ui.Unit == key {
				n.learnIntent(key, ui.Intent)
			}
		}
	}
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

// byWhom is who wrote a register, and why if that was said.
func byWhom(in *discovery.Intent) string {
	if in.Reason == "" {
		return in.Author
	}
	return in.Author + ": " + in.Reason
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
// unit and preferences are equal, the time is up, or it has failed. Before its
// view has settled it does not know the others' preferences.
func (n *Node) spendMove(u *unit) {
	in := &u.intent
	if in.Kind != discovery.IntentPrefer || in.Target != n.opt.RouterID || u.spent == in.Version {
		return
	}
	switch {
	case !in.Until.IsZero() && !n.now.Wall.Before(in.Until):
	case n.collapsing(u) != "" && anyFailing(u):
	case holdsStarted(u) && n.gate.open && equalPreferences(u.view.order):
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

// equalPreferences asks those that may run the unit, and those that may in a moment.
func equalPreferences(order []selection.Candidate) bool {
	for i := range order {
		if (order[i].Eligible() || order[i].Bar == selection.BarJoinGate) && order[i].Preference != order[0].Preference {
			return false
		}
	}
	return true
}
