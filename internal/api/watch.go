package api

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

const (
	// watchGap is the least time between two snapshots that are sent.
	watchGap = 50 * time.Millisecond
	// watchRefresh is how often the backend is asked unprompted, so that a
	// lost notification strands nobody.
	watchRefresh = time.Second
)

// frame is one snapshot, encoded once for all watchers.
type frame struct {
	sequence uint64
	encoded  []byte
}

// watch hands the newest snapshot to any number of watchers. A slow one skips
// snapshots; it never makes anybody wait.
type watch struct {
	snapshot func() Snapshot
	wake     chan struct{}

	mu       sync.Mutex
	watchers int
	current  frame
	next     chan struct{} // closed when current is replaced
}

func newWatch(snapshot func() Snapshot) *watch {
	return &watch{snapshot: snapshot, wake: make(chan struct{}, 1), next: make(chan struct{})}
}

func (w *watch) changed() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run publishes frames until ctx ends, and encodes nothing while nobody watches.
func (w *watch) run(ctx context.Context) {
	refresh := time.NewTicker(watchRefresh)
	defer refresh.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-refresh.C:
		}
		if !w.publish() {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchGap):
		}
	}
}

// publish replaces the frame if there is a new snapshot and somebody to see it.
func (w *watch) publish() bool {
	w.mu.Lock()
	watched := w.watchers > 0
	w.mu.Unlock()
	if !watched {
		return false
	}
	snap := w.snapshot()
	w.mu.Lock()
	same := w.current.encoded != nil && w.current.sequence == snap.Sequence
	w.mu.Unlock()
	if same {
		return false
	}
	b, err := json.Marshal(normalize(snap))
	if err != nil {
		panic("encode a snapshot: " + err.Error()) // plain values always encode
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.current = frame{snap.Sequence, b}
	close(w.next)
	w.next = make(chan struct{})
	return true
}

// each calls send with the newest frame and with every later one that it is
// quick enough for, until ctx ends or send fails.
func (w *watch) each(ctx context.Context, send func(frame) error) error {
	w.mu.Lock()
	w.watchers++
	if w.watchers == 1 {
		w.current = frame{} // may be old: nobody watched
	}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.watchers--
		w.mu.Unlock()
	}()
	w.changed()
	for {
		w.mu.Lock()
		f, next := w.current, w.next
		w.mu.Unlock()
		if f.encoded != nil {
			if err := send(f); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-next:
		}
	}
}
