package whatif

import (
	"fmt"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
)

// patient asks whether to stop only now and then.
func patient(stop func() bool) func() bool {
	const every = 1024
	n, stopped := 0, false
	return func() bool {
		if n++; n%every == 1 {
			stopped = stopped || stop()
		}
		return stopped
	}
}

// begin lets the network come up, then srrd on all machines at once, which adopts
// what runs, and waits until everything is at rest.
func (w *world) begin() error {
	for _, r := range w.Network().Routers() {
		if x := w.model.byName[r.Name]; x == nil || !x.down {
			r.Start()
		}
	}
	if err := w.converge(); err != nil {
		return err
	}
	for _, h := range w.Hosts {
		if x := w.hosts[h]; !x.down {
			w.put(h, x)
		}
	}
	w.seen.last = w.Queue.Now() // what has begun here shows only later
	return w.rest()
}

// converge lets the network come up, until every host reaches what it is joined to
// and for some time longer; at most for some minutes, since a network may be such
// that some never do.
func (w *world) converge() error {
	t := w.Timers
	pause := 2*t.Hello + t.LSInterval + time.Second
	if err := w.run(t.Dead + pause); err != nil {
		return err
	}
	for range 60 {
		if w.converged() {
			break
		}
		if err := w.run(t.Hello + time.Second); err != nil {
			return err
		}
	}
	return w.run(pause)
}

func (w *world) converged() bool {
	joined, parts := w.joined()
	if parts > 1 {
		return false
	}
	for h := range w.hosts {
		for r := range joined {
			if joined[h.Router] && r != h.Router && !h.Router.Reaches(r.ID) {
				return false
			}
		}
	}
	return true
}

// put puts a machine into the state of the picture. What has failed there fails
// again. On a machine that says nothing srrd does not run.
func (w *world) put(h *host.Host, x *machine) {
	for k := range x.instances {
		in := &x.instances[k]
		if h.Spec(in.spec.Name) == nil {
			continue
		}
		switch in.state { // the errors would be of services that are not defined
		case service.FailedHeld:
			_ = h.Behave(in.spec.Name, service.Stop, host.Unverified)
		case service.FailedReleased:
			_ = h.Behave(in.spec.Name, service.Start, host.Fails)
		}
	}
	if x.silent {
		return
	}
	h.Continue(x.runs(w.only), func(boot discovery.BootID) map[string]node.Saved {
		past := x.saved(w.only, w.model.picture.At, boot)
		for _, other := range w.model.machines {
			for _, name := range other.unknown {
				if h.Spec(name) != nil {
					past.Member(name, other.id, node.Saved{Held: true})
				}
			}
		}
		return past
	})
}

// run lets time pass.
func (w *world) run(d time.Duration) error {
	if err := w.Run(nil, w.Queue.Now()+d, w.stop); err != nil {
		return err
	}
	if w.stop() {
		return ErrStopped
	}
	return nil
}

// restless is how long a world may go on changing.
const restless = 10 * time.Minute

// errRestless: it still changed after that time.
var errRestless = fmt.Errorf("it has not come to rest within %s", restless)

// rest waits until nothing has happened for so long that nothing will.
func (w *world) rest() error {
	end := w.Queue.Now() + restless
	for {
		now := w.Queue.Now()
		next := w.seen.last + w.still()
		if w.seen.busy() || w.joining() {
			next = max(next, now+time.Second)
		}
		switch {
		case now >= next:
			return nil
		case now >= end:
			return errRestless
		}
		if err := w.run(min(next, end) - now); err != nil {
			return err
		}
	}
}

// joining reports whether any node still waits to join the others: it will, or
// begin alone.
func (w *world) joining() bool {
	for _, h := range w.Hosts {
		if !h.On() || h.Paused() || h.Core() == nil {
			continue
		}
		if s := h.Core().Self(); s.Medium && !s.GateOpen && !s.CutOff {
			return true
		}
	}
	return false
}

// still is how long nothing may happen before nothing will: until a loss is
// noticed, until what is silent counts as released, and what nodes wait for
// before they start something.
func (w *world) still() time.Duration {
	silence := time.Duration(0)
	for h := range w.hosts {
		for _, s := range h.Services() {
			silence = max(silence, min(s.DeadAfter, time.Minute))
		}
	}
	return w.Timers.Dead + silence + 10*time.Second
}
