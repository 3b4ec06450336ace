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
	// restTimes its cost, and restMax at most, a change of the world may be put off,
	// see rest.
	restTimes = 3
	restMax   = 30 * time.Millisecond
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
	// The world is not changed before rested, and is due if that put a change off.
	rested, due := time.Duration(0), false
	d.apply()
	tellSystemd("READY=1")
	for {
		wait := d.untilDeadline()
		if due {
			wait = 0
		}
		timer.Reset(max(wait, rested-bootTime()))
		select {
		case in := <-d.inbox:
			facts := d.drain(in)
			d.core.Step(d.now(), facts...)
		case f := <-d.requests:
			f()
		case <-timer.C:
			d.core.Step(d.now(), node.Tick{})
		case <-beat.C:
			last = d.beat(guard, last)
		case <-d.store.Notify():
			d.diskState()
		case <-done:
			done = nil
			d.beginStop()
		}
		began := bootTime()
		if due = began < rested && !d.applied.waits.due(began); due {
			continue
		}
		if d.apply() {
			return nil
		}
		rested = rest(began, bootTime())
	}
}

// rest is when the world may be changed again: most of the time is left for facts
// to come together. What one change costs grows with the number of services, and
// after the loss of a node with 1,000 of them their echoes come one by one. What has
// waited for the disk is not put off once more.
func rest(began, ended time.Duration) time.Duration {
	return ended + min(restTimes*(ended-began), restMax)
}

// drain takes what else is waiting, so that many facts cost one decision.
func (d *Daemon) drain(first node.Input) []node.Input {
	facts := []node.Input{first}
	for range batch {
		select {
		case in := <-d.inbox:
			facts = append(facts, in)
		default:
			return facts
		}
	}
	return facts
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
	if t, some := d.applied.waits.next(); some {
		wait = min(wait, t-now)
	}
	return max(wait, 0)
}

// beat renews what lives only as long as this loop does.
func (d *Daemon) beat(g *guard, last time.Duration) time.Duration {
	now := bootTime()
	g.arm()
	tellSystemd("WATCHDOG=1")
	if late := now - last - heartbeat; late > pauseLimit {
		d.log.Warn("the process was paused", "took", late)
		d.core.Step(d.now(), node.Paused{For: late})
	}
	if err := d.routes.Renew(); err != nil {
		d.log.Warn("addresses were not renewed", "err", err)
	}
	// It may have mended or lost something, and Set tells a loss only once: the core
	// hears each second how it is (0.7 ms for 1,000 addresses).
	d.applied.routesDue = true
	d.diskState()
	d.adjustMetrics()
	d.retryPending()
	return now
}

// beginStop: a daemon in maintenance leaves everything running; otherwise it
// hands everything over.
func (d *Daemon) beginStop() {
	tellSystemd("STOPPING=1")
	verb := node.Shutdown
	if d.core.Self().Maintenance() {
		verb = node.Detach
	}
	if _, err := d.core.Command(d.now(), node.Command{Verb: verb, Author: "signal", Stop: true}); err != nil {
		d.log.Error("stop", "err", err)
	}
	d.detaching = verb == node.Detach
}
