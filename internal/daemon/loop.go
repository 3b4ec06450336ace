package daemon

import (
	"context"
	"time"

	"srr/internal/node"
)

const (
	// heartbeat is how often addresses are renewed and the kernel's timer is
	// armed again.
	heartbeat = time.Second
	// batch is how many waiting facts are taken before the world is changed.
	batch = 4096
	// pauseLimit: a process that did not run for so long doubts itself.
	pauseLimit = time.Second
)

// loop is the only place that touches the core.
func (d *Daemon) loop(ctx context.Context) error {
	guard, err := newGuard()
	if err != nil {
		return err
	}
	defer guard.disarm()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	done := ctx.Done()
	last := bootTime()
	d.apply()
	notify("READY=1")
	for {
		timer.Reset(d.untilDeadline())
		select {
		case in := <-d.inbox:
			d.core.Step(d.now(), in)
			d.drain()
		case f := <-d.requests:
			f()
		case <-timer.C:
			d.core.Step(d.now(), node.Tick{})
		case <-beat.C:
			last = d.beat(guard, last)
		case <-d.store.Notify():
			d.core.Step(d.now(), node.Durable{Err: d.store.Status().Err})
		case <-done:
			done = nil
			d.beginStop()
		}
		if d.apply() {
			return nil
		}
	}
}

// drain takes what else is waiting, so that many facts cost one change.
func (d *Daemon) drain() {
	for range batch {
		select {
		case in := <-d.inbox:
			d.core.Step(d.now(), in)
		default:
			return
		}
	}
}

// untilDeadline is how long nothing needs to be done without a fact.
func (d *Daemon) untilDeadline() time.Duration {
	now := bootTime()
	wait := d.core.Deadline() - now
	if t := d.routes.Deadline(); t > 0 {
		wait = min(wait, t-now)
		d.applied.routesDue = d.applied.routesDue || t <= now
	}
	if t := d.view.due; t > 0 {
		wait = min(wait, t-now)
	}
	return max(wait, 0)
}

// beat renews what lives only as long as this loop does.
func (d *Daemon) beat(g *guard, last time.Duration) time.Duration {
	now := bootTime()
	g.arm()
	notify("WATCHDOG=1")
	if late := now - last - heartbeat; late > pauseLimit {
		d.log.Warn("the process was paused", "took", late)
		d.core.Step(d.now(), node.Paused{For: late})
	}
	if err := d.routes.Renew(); err != nil {
		d.log.Warn("addresses were not renewed", "err", err)
		d.applied.routesDue = true
	}
	d.adjustMetrics()
	d.retryPending()
	return now
}

// beginStop: a daemon in maintenance leaves everything running; otherwise it
// hands everything over.
func (d *Daemon) beginStop() {
	notify("STOPPING=1")
	verb := node.Shutdown
	if d.core.Self().Maintenance() {
		verb = node.Detach
	}
	if _, err := d.core.Command(d.now(), node.Command{Verb: verb, Author: "signal", Stop: true}); err != nil {
		d.log.Error("stop", "err", err)
	}
	d.detaching = verb == node.Detach
}
