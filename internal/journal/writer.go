package journal

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

const (
	// compactFrom is the size in bytes below which the file is never rewritten
	// for its size alone, and compactFactor how much larger than its content it
	// may grow beyond that.
	compactFrom   = 64 << 10
	compactFactor = 4
	firstRetry    = 100 * time.Millisecond
	lastRetry     = 2 * time.Second
)

// writer writes the file of a Store. It is used by one goroutine.
//
// After any error nothing is known of the file any more (a failed fsync drops
// the pages and reports success the next time), so the next attempt writes the
// whole state to a new file and renames it over the old one. Until the rename,
// the old file stands with everything that was acknowledged.
type writer struct {
	store   *Store
	file    file // open for appending; nil: not yet
	size    int64
	lines   uint64
	base    int64 // size after the last rewrite
	whole   bool  // the next write is a rewrite
	keepOld bool  // keep the old file at the next rewrite

	waiting []*generation // taken, not durable yet
	failed  bool          // the last attempt failed
}

func (w *writer) run() {
	defer close(w.store.finished)
	defer w.closeFile()
	retry := firstRetry
	for {
		if w.failed {
			select {
			case <-time.After(retry):
			case <-w.store.closeSoon:
			}
			retry = min(2*retry, lastRetry)
		} else {
			<-w.store.wake
			retry = firstRetry
		}
		if closing := w.step(); closing {
			return
		}
	}
}

// step writes what there is, and reports whether the store closes.
func (w *writer) step() bool {
	set, all, closing := w.take()
	if len(w.waiting) == 0 {
		return closing
	}
	err := w.write(set, all)
	w.report(err)
	return closing
}

// take takes the pending generation over; for a rewrite also the whole content.
// While attempts fail, later batches gather in one generation that waits its
// turn, so that a disk that is full for a day costs no memory.
func (w *writer) take() (set, all map[string]json.RawMessage, closing bool) {
	s := w.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending != nil && (len(w.waiting) == 0 || s.closing) {
		w.waiting = append(w.waiting, s.pending)
		set = s.dirty
		s.pending, s.dirty = nil, nil
	}
	if w.whole || w.size > max(compactFrom, compactFactor*w.base) {
		w.whole = true
		all = maps.Clone(s.values)
	}
	return set, all, s.closing
}

func (w *writer) write(set, all map[string]json.RawMessage) error {
	if w.whole {
		return w.rewrite(all)
	}
	if w.file == nil {
		f, err := w.store.disk.Append(w.store.path)
		if err != nil {
			return err
		}
		w.file = f
	}
	line := encodeLine(w.lines+1, set)
	if err := writeSync(w.file, line); err != nil {
		return err
	}
	w.lines++
	w.size += int64(len(line))
	return nil
}

func (w *writer) rewrite(all map[string]json.RawMessage) error {
	w.closeFile()
	d, path := w.store.disk, w.store.path
	if w.keepOld {
		d.Keep(path, path+".damaged")
		w.keepOld = false
	}
	f, err := d.Create(path + ".new")
	if err != nil {
		return err
	}
	line := encodeLine(1, all)
	if err := writeSync(f, line); err != nil {
		f.Close()
		d.Remove(path + ".new")
		return err
	}
	// The new file stays open for appending: after the rename it is the file.
	if err := d.Replace(path+".new", path); err != nil {
		f.Close()
		return err
	}
	w.file, w.whole = f, false
	w.lines, w.size = 1, int64(len(line))
	w.base = w.size
	return nil
}

func writeSync(f file, b []byte) error {
	if n, err := f.Write(b); err != nil {
		return err
	} else if n < len(b) {
		return fmt.Errorf("write the state: only %d of %d bytes", n, len(b))
	}
	return f.Sync()
}

func (w *writer) closeFile() {
	if w.file != nil {
		w.file.Close() // everything was synced, or is written anew
		w.file = nil
	}
}

// report publishes how an attempt went, and acknowledges what is durable.
func (w *writer) report(err error) {
	s := w.store
	began, ended := err != nil && !w.failed, err == nil && w.failed
	w.failed = err != nil
	s.mu.Lock()
	s.status.Err = err
	if err != nil {
		w.whole = true
		s.status.Failures++
	} else {
		s.status.Bytes = w.size
		s.status.PendingSince = time.Time{}
		if s.pending != nil {
			s.status.PendingSince = s.pending.since
		}
	}
	s.mu.Unlock()
	if err == nil {
		for _, g := range w.waiting {
			close(g.durable)
		}
		w.waiting = nil
		signal(s.wake) // for what has gathered meanwhile
	}
	signal(s.notify)
	switch {
	case began:
		s.log.Error("the state cannot be written; what happens now is forgotten by a crash", "err", err)
	case ended:
		s.log.Info("the state is written again")
	}
}
