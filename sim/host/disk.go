package host

import (
	"errors"
	"maps"
	"slices"
	"time"

	"srr/internal/node"
)

// DiskMode is how the disk with the state file behaves.
type DiskMode uint8

// The modes.
const (
	DiskGood  DiskMode = iota
	DiskSlow           // each write takes a second or two
	DiskFull           // no write succeeds
	DiskHangs          // no write returns
	DiskLies           // says that it has written, and forgets that in a power failure
)

// diskModes are their names in scenarios.
var diskModes = map[string]DiskMode{
	"good": DiskGood, "slow": DiskSlow, "full": DiskFull, "hangs": DiskHangs, "lies": DiskLies,
}

var errFull = errors.New("no space left on device")

// disk keeps what must survive, as journal.Store does: what cannot be written
// is tried again.
type disk struct {
	mode   DiskMode
	values map[string]node.Saved // what a reader finds
	synced map[string]node.Saved // what a power failure leaves; nil: values
	// lines are the file: the first one all of it as it was when it was rewritten, each
	// later one what was written then. None: it is one line, or there is no file.
	lines   []map[string]node.Saved
	waiting map[string]node.Saved // not written yet
	writing bool
	failed  bool // the last write
}

// put hands values over, which the caller gives away, for the daemon of a machine
// that runs.
func (h *Host) put(values map[string]node.Saved) {
	d := &h.disk
	if len(d.waiting) == 0 {
		d.waiting = values
	} else {
		maps.Copy(d.waiting, values)
	}
	h.write()
}

// retryWrite is how soon a failed write is tried again.
const retryWrite = time.Second

func (h *Host) write() {
	d, daemon := &h.disk, h.daemon
	if d.writing || len(d.waiting) == 0 {
		return
	}
	d.writing = true
	took := h.env.between(500*time.Microsecond, 5*time.Millisecond)
	switch d.mode {
	case DiskSlow:
		took = h.env.between(500*time.Millisecond, 3*time.Second)
	case DiskFull, DiskHangs:
		took = retryWrite
	}
	h.after(took, func() {
		if h.daemon != daemon {
			return // the process ended with the write
		}
		d.writing = false
		if d.mode == DiskFull || d.mode == DiskHangs {
			if d.mode == DiskFull && !d.failed {
				d.failed = true
				daemon.tell(node.Durable{Err: errFull})
			}
			h.write()
			return
		}
		if d.failed {
			d.failed = false
			daemon.tell(node.Durable{})
		}
		h.written()
		daemon.durable()
	})
}

func (h *Host) written() {
	d := &h.disk
	switch {
	case d.mode != DiskLies:
		d.synced = nil
	case d.synced == nil:
		d.synced = maps.Clone(d.values)
	}
	d.add(d.waiting)
	d.waiting = nil
}

// rewriteAfter is after how many lines the file is written anew.
const rewriteAfter = 16

// add writes a line, or everything.
func (d *disk) add(line map[string]node.Saved) {
	maps.Copy(d.values, line)
	if n := len(d.lines); n == 0 || n == rewriteAfter {
		line, d.lines = maps.Clone(d.values), nil
	}
	d.lines = append(d.lines, line)
}

// damage makes a line unreadable: what it says is as it was before, or not there.
func (d *disk) damage(line int) {
	if len(d.lines) > 0 {
		d.lines = slices.Delete(d.lines, line, line+1)
	}
	d.values = map[string]node.Saved{}
	for _, l := range d.lines {
		maps.Copy(d.values, l)
	}
	d.synced = nil
}

// Damage makes a line of the state file unreadable (E49), as internal/journal finds
// it: what the others say counts. A srrd that runs does not notice.
func (h *Host) Damage() { h.disk.damage(h.env.Random.IntN(max(1, len(h.disk.lines)))) }

// Wipe takes the state file away. Nor does it notice that.
func (h *Host) Wipe() { h.disk.values, h.disk.synced, h.disk.lines = map[string]node.Saved{}, nil, nil }

// lose forgets what was not written: the process ended, or the power did.
func (d *disk) lose(power bool) {
	d.waiting = nil
	d.writing, d.failed = false, false
	if power && d.synced != nil {
		d.values, d.lines = d.synced, nil
	}
	if power {
		d.synced = nil
	}
}
