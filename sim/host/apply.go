package host

import (
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/service"
)

// apply makes the world as the core wants it, in the order of node.Output, as
// daemon.apply does.
func (d *daemon) apply() {
	for range 16 {
		if !d.save() {
			return
		}
		o := d.core.Output()
		held := d.holdUntil == 0 || d.holdUntil > d.host.now()
		if o.Version == d.version && !d.routesDue && held && !d.waitedEnough() {
			d.applied(&o)
			return
		}
		changed, ok := d.applyRoutes(&o)
		if !ok {
			return
		}
		if changed {
			continue
		}
		d.version = o.Version
		d.applyRecords(&o)
		return
	}
	d.host.emit(Effect{Kind: Broken, Text: "the routes do not settle"})
}

// effect is called before each change of the world: here the process may die.
func (d *daemon) effect() bool {
	if !d.alive() {
		return false
	}
	if d.fuse > 0 {
		if d.fuse--; d.fuse == 0 {
			d.host.end("crashed between two effects")
			return false
		}
	}
	return true
}

// save hands what must survive to the disk, and reports whether the daemon is
// still there.
func (d *daemon) save() bool {
	d.report()
	saves := d.core.TakeSaves()
	if len(saves) == 0 {
		return true
	}
	if !d.effect() {
		return false
	}
	d.undurable = true
	d.host.put(saves)
	return true
}

// report passes on what the core has to say.
func (d *daemon) report() {
	events := d.core.TakeEvents()
	for i := range events {
		if events[i].Subject == node.Unsettled {
			d.host.emit(Effect{Kind: Broken, Text: "the units do not settle"})
		}
		d.host.emit(Effect{Kind: Said, Event: &events[i]})
	}
}

// applyRoutes sets the addresses: withdraw, disown, own, announce. It reports
// whether the core learned something, and whether the daemon is still there.
func (d *daemon) applyRoutes(o *node.Output) (changed, ok bool) {
	h := d.host
	held := d.holdUntil == 0 || d.holdUntil > h.now()
	if held && !d.routesDue && d.routed == (levels{o.Shown, h.routeChanges}) {
		return false, true
	}
	d.routesDue, d.holdUntil = false, 0
	for round := range 3 { // withdrawals, then ownership, then announcements
		for i := range h.services {
			if !d.applyRoute(o, &h.services[i], round) {
				return false, false
			}
		}
	}
	for i := range h.services {
		s := &h.services[i]
		if s.Resource() {
			continue
		}
		r := h.routes[s.Name]
		fact := node.Route{Owned: r.owned, Announced: r.announced}
		if want, wanted := o.Routes[s.Name]; h.refused[s.Name] && wanted && (!r.owned || want.Announce && !r.announced) {
			fact.Err = "the kernel refuses it"
		}
		if last, told := d.known[s.Name]; !told || last != fact {
			d.known[s.Name] = fact
			d.core.Step(d.now(), node.Routed{Service: s.Name, Route: fact})
			changed = true
		}
	}
	d.routed = levels{o.Shown, h.routeChanges}
	return changed, true
}

func (d *daemon) applyRoute(o *node.Output, s *service.Spec, round int) bool {
	h := d.host
	want, owned := o.Routes[s.Name]
	r := h.routes[s.Name]
	switch {
	case round == 0 && r.announced && !want.Announce:
		if !d.effect() {
			return false
		}
		d.withdrawn[s.Name] = h.now()
		h.setRoute(s.Name, r.owned, false)
	case h.refused[s.Name] && (round == 1 && owned && !r.owned || round == 2 && want.Announce && !r.announced):
	case round == 1 && r.owned != owned:
		if !d.effect() {
			return false
		}
		h.setRoute(s.Name, owned, r.announced && owned)
	case round == 2 && want.Announce && want.Inherited:
	case round == 2 && want.Announce && r.inherited: // renewed at once
		if !d.effect() {
			return false
		}
		h.setRoute(s.Name, true, true)
	case round == 2 && want.Announce && !r.announced:
		if end, held := d.withdrawn[s.Name]; held && end+announceHold > h.now() {
			if end += announceHold; d.holdUntil == 0 || end < d.holdUntil {
				d.holdUntil = end
			}
			return true
		}
		if !d.effect() {
			return false
		}
		h.setRoute(s.Name, true, true)
	}
	return true
}

// Bounds on waiting for the disk, as internal/daemon has them.
const (
	incarnationWait = 2 * time.Second
	startWait       = 50 * time.Millisecond
)

// applyRecords floods; the first records of an incarnation wait until it is on
// disk.
func (d *daemon) applyRecords(o *node.Output) {
	if inc := d.core.Self().Incarnation; inc != d.incarnation && !same(o.Records, d.flooded) {
		d.incarnation = inc
		d.floodAt = d.await(incarnationWait)
	}
	if !same(o.Records, d.flooded) && d.over(d.floodAt) {
		d.flooded, d.floodAt = o.Records, 0
		if !d.effect() {
			return
		}
		d.medium.set(o.Records)
	}
	d.applyCalls(o)
}

// same reports whether two lists have the same records: of one node, a version names one.
func same(a, b []discovery.Record) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if &a[i] == &b[i] {
			return true // one list
		}
		if a[i].Version != b[i].Version {
			return false
		}
	}
	return true
}

func (d *daemon) applyCalls(o *node.Output) {
	if o.Called == d.called && len(d.startAt) == 0 { // no start waits for the disk
		d.applyChecks(o)
		return
	}
	for i := range d.host.services {
		name := d.host.services[i].Name
		c := o.Calls[name]
		l := d.runner.lanes[name]
		if c.Primitive == service.Start && (l == nil || l.want.ID != c.ID) && !d.mayStart(c.ID) {
			c = node.Call{}
		}
		if l == nil && c.ID == 0 || l != nil && l.want.ID == c.ID {
			continue
		}
		if !d.effect() {
			return
		}
		d.runner.set(name, c)
	}
	for id := range d.startAt {
		if !slices.ContainsFunc(d.host.services, func(s service.Spec) bool { return o.Calls[s.Name].ID == id }) {
			delete(d.startAt, id)
		}
	}
	d.called = o.Called
	d.applyChecks(o)
}

func (d *daemon) applyChecks(o *node.Output) {
	if o.Shown == d.checked {
		d.applied(o)
		return
	}
	d.checked = o.Shown
	d.runner.watches(o.Watch)
	for i := range d.host.services {
		s := &d.host.services[i]
		if want, ok := o.Checks[s.Name]; ok {
			d.checks.set(s, &want)
		} else {
			d.checks.set(s, nil)
		}
	}
	d.applied(o)
}

// applied is the end of a turn.
func (d *daemon) applied(o *node.Output) {
	d.report()
	switch {
	case o.Exit:
		d.exit(0, "shut down")
		return
	case d.detaching && d.detachAt == 0:
		d.detachAt = d.host.now()
		d.after(time.Second, d.turn)
	case d.detaching && (d.core.AllHeard() || d.host.now() >= d.detachAt+time.Second):
		d.exit(detachFor, "detached")
		return
	}
	d.schedule()
}

// detachFor is how long a detached daemon's addresses live on.
const detachFor = time.Minute

// exit is the end of srrd as it was asked for. What is announced stays for a
// while after a detach, and goes at once otherwise.
func (d *daemon) exit(stay time.Duration, how string) {
	h := d.host
	if stay == 0 {
		for i := range h.services {
			h.setRoute(h.services[i].Name, false, false)
		}
		h.masked = true
	}
	h.expireAt(h.now() + stay)
	h.gone(d, how)
	if stay > 0 {
		h.comeBack(restartAfter)
	}
}

// await is until when something waits for the disk; 0: it does not.
func (d *daemon) await(limit time.Duration) time.Duration {
	if !d.undurable {
		return 0
	}
	d.after(limit, d.turn)
	return d.host.now() + limit
}

// over reports whether what waits for the disk need not do so any more.
func (d *daemon) over(until time.Duration) bool {
	return until == 0 || !d.undurable || d.host.now() >= until
}

// mayStart reports whether a call of start has waited for the disk.
func (d *daemon) mayStart(id uint64) bool {
	until, known := d.startAt[id]
	if !known {
		until = d.await(startWait)
	}
	if d.over(until) {
		delete(d.startAt, id)
		return true
	}
	d.startAt[id] = until
	return false
}

// waitedEnough reports whether something waited that does not have to any more.
func (d *daemon) waitedEnough() bool {
	enough := d.floodAt != 0 && d.over(d.floodAt)
	for _, until := range d.startAt {
		enough = enough || d.over(until)
	}
	return enough
}

// unfrozen does something as soon as the process is not stopped.
func (d *daemon) unfrozen(do func()) {
	if d.frozen {
		d.deferred = append(d.deferred, do)
		return
	}
	do()
}

// durable: everything that was handed to the disk is on it.
func (d *daemon) durable() {
	d.undurable = len(d.host.disk.waiting) > 0
	if d.undurable {
		d.host.write()
		return
	}
	if d.waitedEnough() {
		d.turnSoon()
	}
}
