package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"srr/internal/durable"
)

// ErrInUse is what Open wraps when another process holds the directory.
var ErrInUse = errors.New("another srrd uses this directory")

// State is what Open found.
type State struct {
	Values map[string]json.RawMessage // never nil
	// Damaged is how many batches could not be read. It is 0 after any crash;
	// otherwise the disk or somebody changed the file, an old value may have
	// come back, and the caller should trust nothing that it cannot verify. The
	// file is kept beside the new one, with the suffix ".damaged".
	Damaged int
	// Torn tells that the last batch was never finished, which is normal
	// after a crash: nobody was told that it is durable.
	Torn bool
}

// Store is a map from key to JSON value that survives crashes. It is safe for
// concurrent use; no method but Close waits for the disk.
type Store struct {
	path string
	disk disk
	lock *os.File
	log  *slog.Logger

	mu      sync.Mutex
	values  map[string]json.RawMessage // all of it, what is not durable yet included
	dirty   map[string]json.RawMessage // not yet handed to the disk; nil value: deleted
	pending *generation                // of dirty
	status  Status
	closing bool

	wake      chan struct{} // to the writer
	notify    chan struct{}
	closeSoon chan struct{} // closed by Close
	finished  chan struct{} // closed when the writer has ended
	writer    writer        // owned by the writer's goroutine
}

// generation is everything that was Put since the writer last looked.
type generation struct {
	durable chan struct{}
	since   time.Time
}

// Status is how the store does.
type Status struct {
	// Err is why the last attempt to write failed; nil after a success.
	Err error
	// PendingSince is since when something waits to become durable; zero:
	// nothing does. Long ago and no Err: the disk hangs.
	PendingSince time.Time
	Failures     uint64 // attempts that failed, since Open
	Bytes        int64  // of the file
}

// fileName of the state within its directory.
const fileName = "state.jsonl"

// Open reads the state in dir, which it makes with mode 0700 if need be, and
// starts the writer. It writes nothing. It may hang as long as the disk does.
func Open(dir string, log *slog.Logger) (*Store, State, error) {
	return open(dir, log, osDisk{})
}

func open(dir string, log *slog.Logger, d disk) (*Store, State, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, State{}, fmt.Errorf("open the state: %w", err)
	}
	lock, err := durable.Lock(filepath.Join(dir, "lock"), ErrInUse)
	if err != nil {
		return nil, State{}, fmt.Errorf("open the state in %s: %w", dir, err)
	}
	path := filepath.Join(dir, fileName)
	found, err := readState(path)
	if err != nil {
		lock.Close()
		return nil, State{}, fmt.Errorf("open the state: %w", err)
	}
	s := &Store{
		path: path, disk: d, lock: lock, log: log,
		values:    maps.Clone(found.Values),
		wake:      make(chan struct{}, 1),
		notify:    make(chan struct{}, 1),
		closeSoon: make(chan struct{}),
		finished:  make(chan struct{}),
	}
	s.writer = writer{store: s, size: found.size, lines: found.lines, whole: found.size == 0 || found.Torn || found.Damaged > 0, keepOld: found.Damaged > 0}
	s.status.Bytes = found.size
	go s.writer.run()
	return s, found.State, nil
}

// Put sets the keys of batch; a nil value (or JSON's null) deletes its key. Values must be
// valid JSON, and must not be changed afterwards. The batch becomes durable as
// a whole or not at all. The channel is closed when it is durable: at once for
// an empty batch, never if the disk never recovers. Several batches that come
// while the disk is busy are written together.
func (s *Store) Put(batch map[string]json.RawMessage) <-chan struct{} {
	for k, v := range batch {
		if v != nil && !json.Valid(v) {
			panic(fmt.Sprintf("journal: value of %q is not JSON", k))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return make(chan struct{}) // too late: never durable
	}
	if len(batch) == 0 && s.pending == nil {
		done := make(chan struct{})
		close(done)
		return done
	}
	if s.pending == nil {
		s.pending = &generation{durable: make(chan struct{}), since: time.Now()}
		s.dirty = make(map[string]json.RawMessage, len(batch))
	}
	for k, v := range batch {
		s.dirty[k] = v
		if v == nil || string(v) == "null" {
			delete(s.values, k)
		} else {
			s.values[k] = v
		}
	}
	if s.status.PendingSince.IsZero() {
		s.status.PendingSince = s.pending.since
	}
	signal(s.wake)
	return s.pending.durable
}

// Status tells how the store does.
func (s *Store) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Notify receives after a batch has become durable and when Err changes;
// signals are merged. It is for one reader.
func (s *Store) Notify() <-chan struct{} { return s.notify }

// Close writes what is pending, tries so once, and ends the writer. If that takes longer than
// ctx allows, it returns an error and the rest is lost with the process.
func (s *Store) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closing {
		s.closing = true
		close(s.closeSoon)
	}
	s.mu.Unlock()
	signal(s.wake)
	select {
	case <-s.finished:
	case <-ctx.Done():
		return fmt.Errorf("close the state: the disk does not answer: %w", ctx.Err())
	}
	s.lock.Close()
	return s.Status().Err
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
