package host

import (
	"fmt"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
)

// daemon is one life of srrd, after internal/daemon: its loop, and what it owns.
type daemon struct {
	host   *Host
	life   int
	core   *node.Node // nil until the probes have ended
	newer  bool
	medium *medium
	runner *runner
	checks *checks

	inbox     []node.Input
	taken     []node.Input // the memory of the inbox before
	turning   bool         // a turn of the loop is planned
	frozen    bool         // SIGSTOP
	deferred  []func()     // what came due meanwhile
	stalled   bool         // it is: nothing is renewed
	stalls    int
	beatBase  time.Duration // of the heartbeat's ticker; the last beat while it is stalled
	wakeAt    time.Duration // when a turn is planned because of a deadline
	fuse      int           // effects until it crashes; 0: none
	detaching bool
	detachAt  time.Duration

	version     uint64 // of the output that was applied last
	routed      levels // which of it the routes are after
	called      uint64 // the same of the calls
	checked     uint64 // and of the checks
	routesDue   bool
	known       map[string]node.Route
	withdrawn   map[string]time.Duration
	holdUntil   time.Duration
	incarnation uint64
	flooded     []discovery.Record
	undurable   bool // something is not on disk yet
	// What waits for the disk, but not for longer: the records of an incarnation,
	// and calls of start by their ID.
	floodAt time.Duration
	startAt map[uint64]time.Duration
}

// levels say which state of the routes was applied last, and to which state of the
// kernel: as long as both stay, there is nothing to do.
type levels struct {
	wanted uint64 // Output.Shown
	kernel uint64 // Host.routeChanges
}

// restartAfter is RestartSec of the unit, and what a start takes.
const restartAfter = 100 * time.Millisecond

// StartDaemon starts srrd. It probes what runs, and then begins.
func (h *Host) StartDaemon() {
	if !h.on || h.daemon != nil {
		return
	}
	h.masked = false
	h.lives++
	d := &daemon{
		host: h, life: h.lives, newer: h.newer, beatBase: h.now(),
		known: map[string]node.Route{}, withdrawn: map[string]time.Duration{}, startAt: map[uint64]time.Duration{}, wakeAt: -1,
	}
	d.medium, d.runner, d.checks = newMedium(d), newRunner(d), newChecks(d)
	h.daemon = d
	saved := make(map[string]node.Saved, len(h.disk.values))
	for k, v := range h.disk.values {
		saved[k] = v
	}
	found := h.probe(saved)
	d.after(h.env.between(20*time.Millisecond, 150*time.Millisecond), func() { d.begin(saved, found) })
}

// probe looks for what runs and which addresses are announced.
func (h *Host) probe(saved map[string]node.Saved) map[string]node.Found {
	found := map[string]node.Found{}
	for i := range h.services {
		s := &h.services[i]
		f := node.Found{Running: h.procs[s.Name], Address: h.routes[s.Name].announced, Text: "processes"}
		if f.Running || f.Address {
			found[s.Name] = f
		}
	}
	return found
}

func (d *daemon) begin(saved map[string]node.Saved, found map[string]node.Found) {
	h := d.host
	h.emit(Effect{Kind: DaemonBegan})
	d.guarded(func() {
		o := d.options()
		o.Saved, o.Found = saved, found
		d.core = node.New(d.now(), o)
	})
	d.beatBase = h.now()
	h.bequeath()
	d.routesDue = true
	d.medium.dial()
	d.turn()
}

func (d *daemon) options() node.Options {
	h := d.host
	return node.Options{
		Cluster: h.env.Cluster, Name: h.Name, RouterID: h.ID, Boot: h.bootID(),
		Seed: uint64(h.ID)*7919 + uint64(d.life)*104729, Software: "sim",
		Services: slices.Clone(h.services), AloneAfter: h.config.AloneAfter, StartCutOff: h.config.StartCutOff,
	}
}

func (d *daemon) reload() {
	if d.core != nil {
		d.routesDue = true
		d.ask(func() { d.core.Reconfigure(d.now(), d.options()) })
	}
}

// now is the time as this machine knows it.
func (d *daemon) now() node.Now {
	t := d.host.now()
	return node.Now{Boot: d.host.clock.bootTime(t), Wall: d.host.clock.wallTime(t)}
}

func (d *daemon) alive() bool { return d.host.daemon == d }

// after does something later in this life. A frozen daemon does it when it goes on.
func (d *daemon) after(t time.Duration, do func()) { d.host.afterIn(d, t, do) }

// Freeze stops the process, as SIGSTOP does, or lets it go on. The kernel's
// timer ends it if it is not let go on in time.
func (h *Host) Freeze(frozen bool) {
	d := h.daemon
	if d == nil || d.frozen == frozen {
		return
	}
	if d.frozen = frozen; frozen {
		d.stall()
		return
	}
	d.goOn()
	due := d.deferred
	d.deferred = nil
	for _, do := range due {
		d.after(0, func() { d.unfrozen(do) })
	}
}

// lastBeat is when the loop renewed everything last: once a second while it runs.
func (d *daemon) lastBeat(now time.Duration) time.Duration {
	if d.stalled {
		return d.beatBase
	}
	return d.beatBase + (now-d.beatBase)/heartbeat*heartbeat
}

// stall: from now on nothing is renewed. The kernel's timer was armed, and the
// addresses were renewed, by the last heartbeat.
func (d *daemon) stall() {
	if d.stalled {
		return
	}
	d.beatBase, d.stalled = d.lastBeat(d.host.now()), true
	d.stalls++
	stall := d.stalls
	d.host.expireAt(d.beatBase + d.host.clock.lasts(addressLifetime))
	d.after(d.beatBase+d.host.clock.lasts(guardAfter)-d.host.now(), func() {
		if d.stalled && d.stalls == stall {
			d.host.end("the kernel's timer ended it")
		}
	})
}

// goOn is the first heartbeat after a stall.
func (d *daemon) goOn() {
	if !d.stalled || d.frozen {
		return
	}
	d.stalled = false
	d.beat(d.beatBase)
}

// beat is a heartbeat that comes late.
func (d *daemon) beat(last time.Duration) {
	d.beatBase = d.host.now()
	d.host.renew()
	d.routesDue = true
	if late := d.host.now() - last - heartbeat; late > time.Second {
		d.inbox = append(d.inbox, node.Paused{For: late})
	}
	d.turnSoon()
}

// routesDueAtBeat: what the kernel takes again, nobody tells. The next heartbeat finds
// it, as every one does; those that find nothing are not simulated.
func (d *daemon) routesDueAtBeat() {
	if d.stalled {
		return // the heartbeat that ends it
	}
	now := d.host.now()
	d.after(d.lastBeat(now)+heartbeat-now, func() {
		d.routesDue = true
		d.turn()
	})
}

// resumed: the whole machine stood still since then. If its clocks did as well,
// it does not know.
func (d *daemon) resumed(since time.Duration, clocksStoodStill bool) {
	now := d.host.now()
	switch last := d.lastBeat(since); {
	case clocksStoodStill:
		d.beatBase = last + now - since
		d.wakeAt = -1
		d.turnSoon()
	case now-last >= guardAfter:
		d.host.end("the kernel's timer ended it")
	case !d.stalled:
		d.beat(last)
	}
}

// tell hands a fact to the loop.
func (d *daemon) tell(in node.Input) {
	if d.alive() {
		d.inbox = append(d.inbox, in)
		d.turnSoon()
	}
}

// turnSoon plans a turn of the loop, which takes all facts that wait by then.
func (d *daemon) turnSoon() {
	if d.turning {
		return
	}
	d.turning = true
	d.after(d.host.env.between(20*time.Microsecond, 300*time.Microsecond), func() {
		d.turning = false
		d.turn()
	})
}

// turn takes the facts that wait, and makes the world as the core wants it.
func (d *daemon) turn() {
	if d.core == nil || d.frozen {
		return
	}
	d.guarded(func() {
		inbox := d.inbox
		d.inbox = d.taken
		d.core.Step(d.now(), inbox...)
		clear(inbox)
		d.taken = inbox[:0]
		d.apply()
	})
}

// guarded turns a panic of the code under test into an effect.
func (d *daemon) guarded(do func()) {
	defer func() {
		if p := recover(); p != nil {
			d.host.emit(Effect{Kind: Broken, Text: fmt.Sprint(p)})
			d.host.end("panic")
		}
	}()
	do()
}

// schedule plans the turn that the core's deadline asks for.
func (d *daemon) schedule() {
	if d.core == nil || !d.alive() {
		return
	}
	h := d.host
	at := d.core.Deadline()
	if at > d.now().Boot+1000*time.Hour {
		at = -1
	} else {
		at = max(h.clock.when(at), h.now())
	}
	if d.holdUntil > h.now() && (at < 0 || d.holdUntil < at) {
		at = d.holdUntil
	}
	if at < 0 || d.wakeAt >= h.now() && d.wakeAt <= at {
		return
	}
	d.wakeAt = at
	d.after(at-h.now(), func() {
		if d.wakeAt == at {
			d.wakeAt = -1
			d.turn()
		}
	})
}

// ask does something in the loop for an operator.
func (d *daemon) ask(do func()) {
	d.guarded(func() {
		do()
		d.apply()
	})
}

// Do carries out what an operator asks srrd for.
func (h *Host) Do(c node.Command) (string, error) {
	if !h.Awake() {
		return "", fmt.Errorf("srrd on %s does not answer", h.Name)
	}
	d := h.daemon
	var reply string
	var err error
	d.ask(func() {
		reply, err = d.core.Command(d.now(), c)
		d.detaching = d.detaching || c.Verb == node.Detach && err == nil
	})
	return reply, err
}

// Wall is what the wall clock of the machine shows.
func (h *Host) Wall() time.Time { return h.clock.wallTime(h.now()) }

// Now is the time as the machine knows it.
func (h *Host) Now() node.Now {
	return node.Now{Boot: h.clock.bootTime(h.now()), Wall: h.Wall()}
}

// Kill ends srrd. Systemd starts it again after a while; with a negative one,
// nobody does.
func (h *Host) Kill(back time.Duration) {
	if h.daemon == nil {
		return
	}
	h.dropDaemon("killed")
	h.comeBack(back)
}

// CrashAfter lets srrd die just before its n-th effect on the world from now on.
func (h *Host) CrashAfter(n int) {
	if h.daemon != nil {
		h.daemon.fuse = n
	}
}

// Upgrade decides of which version the next srrd is.
func (h *Host) Upgrade(newer bool) { h.newer = newer }

// end is the end of srrd by itself, or by the kernel. Systemd starts it again.
func (h *Host) end(how string) {
	h.dropDaemon(how)
	h.comeBack(restartAfter)
}

func (h *Host) comeBack(after time.Duration) {
	if h.masked = after < 0; h.masked {
		return
	}
	lives := h.lives
	h.after(after, func() {
		if h.lives == lives && !h.masked {
			h.StartDaemon()
		}
	})
}

// dropDaemon ends srrd: its addresses run out, ospfd flushes its records.
func (h *Host) dropDaemon(how string) {
	d := h.daemon
	if d == nil {
		return
	}
	if !d.stalled {
		h.expireAt(d.lastBeat(h.now()) + h.clock.lasts(addressLifetime))
	}
	h.gone(d, how)
}

// gone is what every end of srrd has in common.
func (h *Host) gone(d *daemon, how string) {
	h.daemon = nil
	h.disk.lose(false)
	d.medium.close()
	h.emit(Effect{Kind: DaemonEnded, Text: how})
}
