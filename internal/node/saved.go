package node

import (
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// Saved is one entry of what must survive the process. Which fields are used
// depends on the kind of the key.
type Saved struct {
	// key "node"
	Incarnation uint64              `json:"incarnation,omitempty"`
	Flags       discovery.NodeFlags `json:"flags,omitempty"` // drained, maintenance

	// key "instance/NAME"
	State    service.State     `json:"state,omitempty"`
	Boot     discovery.BootID  `json:"boot,omitzero"` // in which State was entered
	Failure  discovery.Failure `json:"failure,omitzero"`
	FailedAt time.Time         `json:"failedAt,omitzero"`
	HeldOff  bool              `json:"heldOff,omitempty"`
	Release  service.Release   `json:"release,omitempty"`
	Scope    service.Scope     `json:"scope,omitzero"`
	Digest   [8]byte           `json:"digest,omitzero"`

	// key "unit/KIND/NAME"
	Claim  uint64                  `json:"claim,omitempty"`
	Intent discovery.Intent        `json:"intent,omitzero"`
	Spent  discovery.IntentVersion `json:"spent,omitzero"`
	Unit   service.Unit            `json:"unit,omitzero"`

	// key "member/NAME/ROUTER-ID"; Boot is that of Version
	Service   string            `json:"service,omitempty"`
	Node      routerid.ID       `json:"node,omitempty"`
	DeadAfter time.Duration     `json:"deadAfter,omitempty"`
	Version   discovery.Version `json:"version,omitzero"`
	Held      bool              `json:"held,omitempty"`

	// key "confirmed/NAME/ROUTER-ID"
	Confirmed discovery.Confirmation `json:"confirmed,omitzero"`
}

const nodeKey = "node"

func instanceKey(name string) string { return "instance/" + name }

func unitKey(u service.Unit) string {
	if u.Group {
		return "unit/group/" + u.Name
	}
	return "unit/service/" + u.Name
}

func memberKey(name string, id routerid.ID) string { return "member/" + name + "/" + id.String() }

func confirmedKey(w whose) string { return "confirmed/" + w.service + "/" + w.node.String() }

func (n *Node) save(key string, s Saved) {
	if old, ok := n.saves[key]; ok && old == s {
		return
	}
	n.saves[key] = s
	n.unsaved[key] = struct{}{}
}

// forgetSaved deletes an entry.
func (n *Node) forgetSaved(key string) {
	delete(n.saves, key)
	n.unsaved[key] = struct{}{}
}

// TakeSaves returns the entries that changed since the last call. They replace
// older entries of the same key; the zero value deletes one.
func (n *Node) TakeSaves() map[string]Saved {
	if len(n.unsaved) == 0 {
		return nil
	}
	out := make(map[string]Saved, len(n.unsaved))
	for k := range n.unsaved {
		out[k] = n.saves[k]
	}
	clear(n.unsaved)
	return out
}

func (n *Node) saveNode() {
	n.save(nodeKey, Saved{Incarnation: n.incarnation, Flags: n.flags & (discovery.Drained | discovery.DrainHard | discovery.Maintenance)})
}

func (n *Node) saveInstance(i *instance) {
	n.save(instanceKey(i.spec.Name), Saved{
		State: i.state, Boot: n.opt.Boot, Failure: i.failure, HeldOff: i.heldOff,
		Unit: i.spec.Unit(), DeadAfter: i.guarantee(), Release: i.spec.Release, Scope: i.spec.Scope, Digest: i.spec.Digest,
		FailedAt: n.wallOf(i.failedAt, i.failure.Count > 0),
	})
}

// wallOf translates boot time, which ends with the boot, for the file.
func (n *Node) wallOf(at time.Duration, set bool) time.Time {
	if !set {
		return time.Time{}
	}
	return n.now.Wall.Add(at - n.now.Boot).UTC().Truncate(time.Second)
}

func (n *Node) saveUnit(u *unit) {
	n.save(unitKey(u.key), Saved{Unit: u.key, Claim: u.claim, Intent: u.intent, Spent: u.spent})
}

// member is what is persisted of a service of another node.
func member(r *discovery.Record) Saved {
	b := r.Instance
	return Saved{Service: b.Service, Node: r.Author, DeadAfter: b.DeadAfter, Held: b.State.Held(), Version: r.Version, Boot: r.Boot}
}

// remember persists who else has a service, and for how long it may hold it.
// The version is saved when an instance begins or ceases to hold the service:
// what is older can come back from the database of a node that was cut off.
func (n *Node) remember(p *peer, s Saved) {
	key, known := p.keys[s.Service]
	if !known {
		key = memberKey(s.Service, p.id)
		p.keys[s.Service] = key
	}
	if old := n.members[key]; old.Held == s.Held && old.DeadAfter == s.DeadAfter && old.Version.Incarnation == s.Version.Incarnation {
		return
	}
	n.members[key] = s
	n.save(key, s)
}

// correct brings up to date what is still persisted of a service that is not configured
// here any more, see pruneMembers.
func (n *Node) correct(p *peer, r *discovery.Record) {
	key := memberKey(r.Instance.Service, p.id)
	switch _, kept := n.members[key]; {
	case !kept:
	case foreverHeld(member(r)):
		n.remember(p, member(r))
	default:
		delete(n.members, key)
		n.forgetSaved(key)
	}
}

// foreverHeld: the member held the service, and never releases it by itself.
func foreverHeld(m Saved) bool { return m.Held && m.DeadAfter == 0 }

// load takes over what the last process saved.
func (n *Node) load() {
	n.incarnation = n.firstIncarnation()
	for key, s := range n.opt.Saved {
		s = s.bounded()
		n.saves[key] = s
		switch {
		case key == nodeKey:
			n.incarnation = max(s.Incarnation, n.incarnation)
			n.flags = s.Flags
		case s.Service != "":
			n.members[key] = s
		case s.Confirmed.Node != 0:
			n.confirmed[whose{s.Confirmed.Service, s.Confirmed.Node}] = s.Confirmed
		}
	}
}

// bounded forgets a claim and an intent that no record may say.
func (s Saved) bounded() Saved {
	if s.Claim > discovery.MaxNumber {
		s.Claim = 0
	}
	if s.Intent.Version.Counter > discovery.MaxNumber {
		s.Intent = discovery.Intent{}
	}
	return s
}

// add configures a service.
func (n *Node) add(s service.Spec) *instance {
	i := &instance{spec: s, hash: discovery.AddToSet(0, s.Name), state: service.Inactive, changed: true, reason: service.AtStartUp, since: n.now.Boot, wall: n.now.Wall}
	if s.Activation == service.ActivateDisabled {
		i.state = service.Disabled
	}
	i.wantActive = s.Activation == service.ActivateAuto
	key := s.Unit()
	u := n.units[key]
	if u == nil {
		saved := n.saves[unitKey(key)]
		u = &unit{
			key: key, wake: never, answered: map[routerid.ID]uint64{},
			claim: saved.Claim, intent: saved.Intent, spent: saved.Spent,
		}
		n.units[key] = u
	}
	for name, k := range n.services {
		if k.in(key) {
			u.takes(name)
		}
	}
	u.takes(s.Name)
	u.members = append(u.members, i)
	i.unit = u
	n.instances[s.Name] = i
	n.learnIntents(key)
	n.knowPartners(i)
	n.mark(u)
	return i
}

// knowPartners: who was there before a reload replaced the instance can still leave
// (simulator, seed 1559), and who may hold it counts also after srrd is started again.
func (n *Node) knowPartners(i *instance) {
	name := i.spec.Name
	for _, p := range n.everyPeer {
		if a, doubted := p.absent[name]; doubted && a.version != (discovery.Version{}) {
			n.remember(p, Saved{Service: name, Node: p.id, DeadAfter: a.announced, Held: !a.released, Version: a.version, Boot: a.boot})
		}
		r, told := p.instances[name]
		if !told {
			continue
		}
		n.remember(p, member(&r))
		p.expect = max(p.expect, r.Instance.DeadAfter)
		if n.up(p.id) {
			if i.peersSeen == nil {
				i.peersSeen = map[routerid.ID]bool{}
			}
			i.peersSeen[p.id] = true
		}
	}
}

// expectAgain: a reload configures a service again of which is persisted that a peer holds
// it and never releases it by itself, and meanwhile nobody noted what became of that. If
// all records of the peer are here, it does not.
func (n *Node) expectAgain(p *peer, name string) {
	m, known := n.members[memberKey(name, p.id)]
	_, told := p.instances[name]
	if _, doubted := p.absent[name]; !known || !foreverHeld(m) || told || doubted || p.complete() {
		return
	}
	if p.last[name].Less(m.Version) {
		p.last[name] = m.Version
	}
	n.expect(p, name, absence{since: n.now.Boot, boot: m.Boot})
}

// startUp decides what becomes of an instance of which something was found.
func (n *Node) startUp(i *instance) {
	saved, was := n.opt.Saved[instanceKey(i.spec.Name)]
	found := n.opt.Found[i.spec.Name]
	sameBoot := was && saved.Boot == n.opt.Boot
	if was && saved.Failure.Count > 0 {
		i.failure, i.heldOff = saved.Failure, true
		i.failedAt = n.now.Boot - max(0, n.now.Wall.Sub(saved.FailedAt))
		i.failedBefore = saved.State == service.FailedReleased || saved.State == service.FailedHeld
	}
	if saved.State == service.Disabled && was && i.state == service.Inactive {
		i.state, i.wantActive = service.Disabled, false // an operator's word outlives the daemon
	}
	switch {
	case sameBoot && saved.State == service.Started && i.state == service.Inactive && n.mayAdopt(i, found):
		i.wantActive = false
		n.set(i, service.EvAdopt, service.Adopted, found.Text)
		i.ready, i.inherited = true, !i.spec.Resource()
		i.checkEvery, i.patience = 0, 0
		i.unit.rankMoved = n.now.Boot
		i.heldOff = was && saved.HeldOff
	case found.Running && !(sameBoot && saved.State.Held()):
		n.alarm("stray "+i.spec.Name, "it was running although srrd had not started it: "+found.Text)
		i.wantRestart = i.wantActive
		i.retire(service.StrayFound)
		n.straight(i, service.StrayFound, found.Text)
	case sameBoot && saved.State.Held():
		n.straight(i, service.LeftOver, saved.State.String())
		i.failing = saved.Failure.Count > 0 && saved.State == service.FailedHeld
		i.failedBefore = i.failedBefore && !i.failing // it fails by the stop
	}
}

// mayAdopt: it still runs, and its address is still there, so its last renewal
// is younger than the lifetime that dead_after is made of.
func (n *Node) mayAdopt(i *instance, f Found) bool {
	if hasProcesses(&i.spec) && !f.Running {
		return false
	}
	return i.spec.Resource() || f.Address
}

// ranOut: the address of what was adopted lives on by itself, shorter than the dead_after
// that the others count since the last daemon fell silent, until the medium has what this
// one says. Daemons that die before could renew it for ever (decision 118). What this
// node has withdrawn itself, cut off or for another service, has not run out.
func (n *Node) ranOut(i *instance) bool {
	r, told := n.routes[i.spec.Name]
	return i.inherited && told && !r.Announced && n.mayAnnounce(i)
}

// hasProcesses: an address without agent has nothing that could run.
func hasProcesses(s *service.Spec) bool { return s.Primitives[service.Start] }

// straight takes what was found running straight to stopping.
func (n *Node) straight(i *instance, reason service.Reason, text string) {
	if !i.wantActive {
		i.retire(reason)
		i.wantDisabled = i.state == service.Disabled
	}
	i.wantActive = false
	n.set(i, service.EvStray, reason, text)
}

// sortInstances fixes the order in which instances are looked at: dependencies
// before dependents, otherwise by name.
func (n *Node) sortInstances() {
	var names []string
	for name := range n.instances {
		names = append(names, name)
	}
	slices.Sort(names)
	n.order = n.order[:0]
	done := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		i := n.instances[name]
		if i == nil || done[name] {
			return
		}
		done[name] = true
		for _, d := range i.spec.DependsOn {
			visit(d)
		}
		n.order = append(n.order, i)
	}
	for _, name := range names {
		visit(name)
	}
	pos := map[string]int{}
	for k, i := range n.order {
		pos[i.spec.Name] = k
	}
	for _, u := range n.units {
		slices.SortFunc(u.members, func(a, b *instance) int { return pos[a.spec.Name] - pos[b.spec.Name] })
	}
	n.rankUnits()
}

// WasStarted reports whether the last process of this boot left a service started.
func WasStarted(saved map[string]Saved, name string, boot discovery.BootID) bool {
	s, ok := saved[instanceKey(name)]
	return ok && s.State == service.Started && s.Boot == boot
}
