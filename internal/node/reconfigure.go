package node

import (
	"slices"

	"srr/internal/service"
)

// Reconfigure replaces the definitions and what else of the options may change
// while the daemon runs. What may not change while an instance
// is active (config.Diff) the caller has refused before: here, an instance that is
// not inactive keeps what is not live by reload.
func (n *Node) Reconfigure(now Now, opt Options) {
	n.now, n.stale = now, true
	opt.defaults()
	n.opt.AloneAfter, n.opt.StartCutOff = opt.AloneAfter, opt.StartCutOff
	n.opt.ParallelStarts, n.opt.LeaveGrace, n.opt.DetachFor = opt.ParallelStarts, opt.LeaveGrace, opt.DetachFor
	want := map[string]bool{}
	for _, s := range opt.Services {
		want[s.Name] = true
		i := n.instances[s.Name]
		switch {
		case i == nil:
			n.takeUp(n.add(s))
			for _, p := range n.everyPeer {
				n.expectAgain(p, s.Name)
				p.watches = false // what it passes on of this service was not heard
			}
			n.wordsWake = n.now.Boot
		case idle(i):
			n.remove(i)
			fresh := n.add(s)
			fresh.state, fresh.wantActive = i.state, i.wantActive
			fresh.failure, fresh.failedAt, fresh.heldOff = i.failure, i.failedAt, i.heldOff
		default:
			n.changeLive(i, s)
		}
	}
	for name, i := range n.instances {
		if !want[name] && idle(i) {
			n.remove(i)
			n.endAlarms(name)
		}
	}
	n.pruneMembers()
	n.sortInstances()
	n.markAll()
	n.settle()
}

// idle: nothing of the instance is known to anybody.
func idle(i *instance) bool {
	return i.state == service.Inactive || i.state == service.Disabled || i.state == service.Refused
}

// changeLive takes over what may change while the service runs.
func (n *Node) changeLive(i *instance, s service.Spec) {
	if i.spec.Preference != s.Preference {
		i.unit.rankMoved = n.now.Boot
	}
	keep := i.spec
	i.spec = s
	i.spec.Addresses, i.spec.Group, i.spec.DependsOn = keep.Addresses, keep.Group, keep.DependsOn
	i.spec.Critical, i.spec.Scope, i.spec.Digest = keep.Critical, keep.Scope, keep.Digest
	i.spec.Primitives, i.spec.Release = keep.Primitives, keep.Release
	i.changed = true
	if keep.HasCheck && !s.HasCheck {
		n.uncheck(i)
	}
}

// uncheck: no check comes any more, so nothing waits for one, and what the last
// one said is of no account.
func (n *Node) uncheck(i *instance) {
	i.ready = i.ready || i.state == service.Started
	i.checkEvery, i.patience, i.health, i.unknownAt, i.checkText = 0, 0, service.Unknown, 0, ""
	n.alarm("check "+i.spec.Name, "")
	n.alarm("last "+i.spec.Name, "")
}

func (n *Node) remove(i *instance) {
	u := i.unit
	n.cancel(i)
	n.alarm("differs "+i.spec.Name, "") // its successor looks for itself
	u.members = slices.DeleteFunc(u.members, func(m *instance) bool { return m == i })
	delete(n.instances, i.spec.Name)
	delete(n.routes, i.spec.Name)
	n.output.Routes, n.flooding = nil, nil // it may be in them
	n.quit(u.key, i.spec.Name)
	if len(u.members) == 0 {
		delete(n.units, u.key)
		n.dirty = slices.DeleteFunc(n.dirty, func(x *unit) bool { return x == u })
	}
}

// endAlarms ends every alarm about a service that is not configured any more.
func (n *Node) endAlarms(name string) {
	for _, about := range []string{"refused ", "failed ", "stray ", "differs ", "check ", "last ", "clash ", "address "} {
		n.alarm(about+name, "")
	}
}
