package daemon

import (
	"fmt"
	"time"

	"srr/internal/node"
)

// Bounds on waiting for the disk: it must never hold up a failover for longer,
// nor forever a first record whose incarnation should have been saved before.
const (
	incarnationWait = 2 * time.Second
	startWait       = 50 * time.Millisecond
	// hangAfter: a disk that has not answered for so long is an alarm.
	hangAfter = 5 * time.Second
)

// awaited is what must be on the disk before something is done, but not for long.
// The loop goes on meanwhile: only that waits. The zero value is nothing.
type awaited struct {
	durable <-chan struct{}
	until   time.Duration
}

// over reports whether there is nothing to wait for any more.
func (a awaited) over(now time.Duration) bool {
	select {
	case <-a.durable:
		return true
	default:
		return a.durable == nil || now >= a.until
	}
}

// waits are what waits for the disk.
type waits struct {
	flood  awaited            // the records of a new incarnation
	starts map[uint64]awaited // by the ID of the call
}

// start reports whether a call may begin, which waits for all that was saved
// before it was asked for.
func (w *waits) start(id uint64, saved <-chan struct{}, now time.Duration) bool {
	a, known := w.starts[id]
	if !known {
		a = awaited{saved, now + startWait}
	}
	if a.over(now) {
		delete(w.starts, id)
		return true
	}
	if w.starts == nil {
		w.starts = map[uint64]awaited{}
	}
	w.starts[id] = a
	return false
}

// drop forgets the calls that nobody wants any more.
func (w *waits) drop(wanted map[uint64]bool) {
	for id := range w.starts {
		if !wanted[id] {
			delete(w.starts, id)
		}
	}
}

// due reports whether something waited that does not have to any more.
func (w *waits) due(now time.Duration) bool {
	due := w.flood.durable != nil && w.flood.over(now)
	for _, a := range w.starts {
		due = due || a.over(now)
	}
	return due
}

// next is when something does not wait any longer, whatever the disk does.
func (w *waits) next() (at time.Duration, some bool) {
	if w.flood.durable != nil {
		at, some = w.flood.until, true
	}
	for _, a := range w.starts {
		if !some || a.until < at {
			at, some = a.until, true
		}
	}
	return at, some
}

// diskState tells the core how the disk does. One that hangs reports nothing by itself.
func (d *Daemon) diskState() {
	s := d.store.Status()
	if s.Err == nil && !s.PendingSince.IsZero() && time.Since(s.PendingSince) > hangAfter {
		s.Err = fmt.Errorf("the disk does not answer since %s", s.PendingSince.Format(time.TimeOnly))
	}
	if text := errorText(s.Err); text != d.applied.disk {
		d.applied.disk = text
		d.core.Step(d.now(), node.Durable{Err: s.Err})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
