package host

import (
	"fmt"
	"time"

	"srr/internal/node"
	"srr/internal/service"
)

// Behaviour is what a primitive of a service does on one machine.
type Behaviour string

// The behaviours of primitives.
const (
	Works      Behaviour = "ok"
	Slow       Behaviour = "slow"       // takes seconds
	Fails      Behaviour = "fail"       // and leaves nothing
	FailsDirty Behaviour = "dirty"      // and leaves its processes
	Hangs      Behaviour = "hang"       // until its time-out
	Recalls    Behaviour = "recall"     // asks to be called again, some times
	RecallsOn  Behaviour = "recalls"    // for ever
	Unverified Behaviour = "unverified" // stop: processes are left that cannot be killed
	Lies       Behaviour = "lie"        // stop: says that nothing is left although something is
	CannotRun  Behaviour = "cannot"     // could not be executed
)

// Behaviours of the check; the others mean the same there.
const (
	Down  Behaviour = "down"
	Flaps Behaviour = "flap" // up and down in turn
)

var behaviours = map[Behaviour]bool{
	Works: true, Slow: true, Fails: true, FailsDirty: true, Hangs: true, Recalls: true, RecallsOn: true,
	Unverified: true, Lies: true, CannotRun: true, Down: true, Flaps: true,
}

type primitiveOf struct {
	service   string
	primitive service.Primitive
}

// Behave sets what a primitive does from now on.
func (h *Host) Behave(name string, p service.Primitive, b Behaviour) error {
	if h.spec(name) == nil {
		return fmt.Errorf("behave: no service %q on %s", name, h.Name)
	}
	if !behaviours[b] {
		return fmt.Errorf("behave: no behaviour %q", b)
	}
	if b == Works {
		delete(h.behave, primitiveOf{name, p})
	} else {
		h.behave[primitiveOf{name, p}] = b
	}
	if p == service.Check && h.daemon != nil {
		h.daemon.checks.changed(name)
	}
	return nil
}

// behaviour of a primitive; Works unless told otherwise.
func (h *Host) behaviour(name string, p service.Primitive) Behaviour {
	if b, ok := h.behave[primitiveOf{name, p}]; ok {
		return b
	}
	return Works
}

// answer is what a call will come to.
type answer struct {
	took   time.Duration
	result service.Result
	left   bool // its processes are there afterwards
}

// plan decides how a call of a primitive will end.
func (h *Host) plan(c *node.Call) answer {
	s := h.spec(c.Service)
	b := h.behaviour(c.Service, c.Primitive)
	ends := c.Kill || c.Primitive == service.Stop || c.Primitive == service.Deactivate
	a := answer{took: h.env.between(time.Millisecond, 60*time.Millisecond), left: !ends}
	if h.took != nil {
		if d, known := h.took(c.Service, c.Primitive); known {
			a.took = d
		}
	}
	a.result = service.Result{Outcome: service.OK, Verified: true}
	if c.Kill && s.Resource() { // of a mount, a kill finds no process, and leaves it mounted
		a.left = h.procs[c.Service]
		return a
	}
	failed := service.Result{Outcome: service.Failure, Code: 1, Text: "does not work", Verified: true}
	switch b {
	case Slow:
		a.took = h.env.between(time.Second, 8*time.Second)
	case Fails, FailsDirty:
		a.result = failed
		// What is left of a resource only its own stop can take away.
		a.left = b == FailsDirty && !ends || ends && s.Resource()
		a.result.Verified = !a.left
	case Hangs:
		a.took = c.Timeout
		a.result = service.Result{Outcome: service.TimedOut, Text: "killed after its time-out", Verified: true}
		a.left = !ends || ends && s.Resource()
		a.result.Verified = !a.left
	case Recalls, RecallsOn:
		a.result = service.Result{Outcome: service.NotFinished, Recall: h.env.between(100*time.Millisecond, 3*time.Second)}
		a.left = true
		if b == Recalls && h.env.Random.IntN(3) == 0 {
			delete(h.behave, primitiveOf{c.Service, c.Primitive})
		}
	case Works, Unverified:
		if ends && b == Unverified {
			a.left = true
			a.result = service.Result{Outcome: service.Failure, Code: 2, Text: "something is left that cannot be killed"}
		}
	case Lies:
		a.left = true
	case CannotRun:
		a.result = service.Result{Outcome: service.CannotRun, Text: "no such file", Verified: true}
		a.left = ends && h.procs[c.Service]
		a.result.Verified = !a.left
	}
	return a
}
