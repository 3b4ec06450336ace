package host

import (
	"time"

	"srr/internal/node"
	"srr/internal/service"
)

// runner carries out the calls of one life of the daemon, as agent.Runner does:
// one lane per service, a call that is no longer wanted is killed, and only
// then the next one starts. What a call has started outlives the daemon.
type runner struct {
	d     *daemon
	lanes map[string]*lane
	watch map[string]bool
	spent map[string]bool // its death is known: only a start or restart arms the watch anew
}

type lane struct {
	want     node.Call // ID 0: nothing
	running  node.Call
	finished uint64
	killed   bool
}

// killTime is how long it takes to end the processes of a call.
const killTime = 5 * time.Millisecond

// Cancelled is what a call ends with that was killed because it is no longer wanted.
const Cancelled = "cancelled"

func newRunner(d *daemon) *runner {
	return &runner{d: d, lanes: map[string]*lane{}, watch: map[string]bool{}, spent: map[string]bool{}}
}

// set tells the wanted call of a service; ID 0 for none.
func (r *runner) set(name string, want node.Call) {
	l := r.lanes[name]
	if l == nil {
		if want.ID == 0 {
			return
		}
		l = &lane{}
		r.lanes[name] = l
	}
	l.want = want
	r.advance(name, l)
}

func (r *runner) advance(name string, l *lane) {
	if l.running.ID != 0 && l.running.ID != l.want.ID && !l.killed {
		l.killed = true
		id := l.running.ID
		r.d.host.after(killTime, func() {
			if l.running.ID == id {
				r.end(name, l, service.Result{Outcome: service.CannotRun, Text: Cancelled})
			}
		})
	}
	if l.running.ID == 0 && l.want.ID != 0 && l.want.ID != l.finished {
		r.start(name, l)
	}
}

func (r *runner) start(name string, l *lane) {
	h := r.d.host
	c := l.want
	l.running, l.killed = c, false
	a := h.plan(&c)
	h.emit(Effect{Kind: CallBegan, Service: name, Call: c})
	if c.Primitive == service.Start && !c.Kill {
		h.setProcess(name, true)
	}
	boot, emptied := h.boots, h.emptied[name]
	h.after(a.took, func() {
		if h.boots != boot || l.running.ID != c.ID || h.emptied[name] != emptied {
			return // killed, by whomever, or the machine has lost its power
		}
		h.finish(&c, &a)
		if d := h.daemon; d != nil && d != r.d && h.emptied[name] != emptied {
			d.runner.killed(name) // with what a srrd that died had called
		}
		r.end(name, l, a.result)
	})
}

// finish does what a primitive leaves behind.
func (h *Host) finish(c *node.Call, a *answer) {
	switch {
	case c.Kill || c.Primitive == service.Stop || c.Primitive == service.Deactivate:
		if !a.left {
			h.empty(c.Service)
		}
	case c.Primitive == service.Start && a.result.Outcome == service.NotFinished:
	case c.Primitive == service.Start, c.Primitive == service.Restart && a.result.Outcome == service.OK:
		h.setProcess(c.Service, a.left)
	}
}

func (r *runner) end(name string, l *lane, result service.Result) {
	c := l.running
	l.running, l.finished, l.killed = node.Call{}, c.ID, false
	r.d.host.emit(Effect{Kind: CallEnded, Service: name, Call: c, Result: result})
	r.d.tell(node.Done{Service: name, ID: c.ID, Result: result})
	if !r.d.alive() {
		return // what a srrd that died wanted next, nobody calls
	}
	if result.Outcome == service.OK && (c.Primitive == service.Start || c.Primitive == service.Restart) {
		delete(r.spent, name)
	}
	r.advance(name, l)
	r.look(name)
}

// killed: somebody else has ended the processes of the call that runs for a service.
// What is left of a resource only its own stop can tell.
func (r *runner) killed(name string) {
	l := r.lanes[name]
	if l == nil || l.running.ID == 0 {
		return
	}
	result := service.Result{Outcome: service.Failure, Text: "killed by signal 9", Verified: !r.d.host.spec(name).Resource()}
	if l.running.Kill { // that is srrd itself, and finds nothing any more
		result = service.Result{Outcome: service.OK, Verified: true}
	}
	r.end(name, l, result)
}

// empty ends everything in the control group of a service: also the primitive that
// a srrd had called which has died since, and that hangs.
func (h *Host) empty(name string) {
	h.emptied[name]++
	h.setProcess(name, false)
}

// watches takes the services whose death matters from now on.
func (r *runner) watches(wanted map[string]bool) {
	was := r.watch
	r.watch = wanted
	for i := range r.d.host.services {
		switch name := r.d.host.services[i].Name; {
		case !wanted[name]:
			delete(r.spent, name)
		case !was[name]:
			r.look(name)
		}
	}
}

// endsProcesses: while such a primitive runs, an end of processes is no death.
func endsProcesses(c *node.Call) bool {
	p := c.Primitive
	return c.ID != 0 && (c.Kill || p == service.Start || p == service.Restart || p == service.Stop || p == service.Deactivate)
}

// look: what died while nobody watched it, or while such a primitive ran, is noticed
// when it is watched again.
func (r *runner) look(name string) {
	if s := r.d.host.spec(name); r.watch[name] && s != nil && s.Primitives[service.Start] && !r.d.host.procs[name] {
		r.d.host.noticeDeath(name)
	}
}

// died: the processes of a service ended by themselves.
func (r *runner) died(name string) {
	if l := r.lanes[name]; r.watch[name] && !r.spent[name] && !r.d.host.procs[name] && (l == nil || !endsProcesses(&l.running)) {
		r.spent[name] = true
		r.d.tell(node.Died{Service: name, Text: "killed by signal 9"})
	}
}

// setProcess makes the processes of a service exist, or not.
func (h *Host) setProcess(name string, exists bool) {
	was := h.procs[name]
	if was == exists {
		return
	}
	if exists {
		h.procs[name] = true
		h.emit(Effect{Kind: ProcessBegan, Service: name})
	} else {
		delete(h.procs, name)
		h.emit(Effect{Kind: ProcessEnded, Service: name})
	}
	if h.daemon != nil {
		h.daemon.checks.changed(name)
	}
}
