package journal

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// LogOptions bounds a Log. Zero values mean the defaults.
type LogOptions struct {
	SegmentBytes int64 // of one file; default 4 MiB
	Segments     int   // files that are kept; default 16
	Log          *slog.Logger
}

// ringSize is how many events are held in memory, and how many may wait for
// the disk.
const ringSize = 4096

// Log keeps what happened and why in rotating files of JSON lines. It is safe
// for concurrent use; Append never waits for the disk.
type Log struct {
	dir  string
	opts LogOptions

	mu      sync.Mutex
	ring    [ringSize]Event // event n is at n % ringSize
	next    uint64          // sequence of the next event
	oldest  uint64          // lowest sequence in ring; == next: none
	written uint64          // events below are on the disk, or lost
	status  LogStatus
	arrived chan struct{} // closed by the next Append
	closing bool

	wake     chan struct{}
	finished chan struct{}
}

// LogStatus is how the log does.
type LogStatus struct {
	Err     error  // why the last attempt to write failed; nil after a success
	Lost    uint64 // events that never reached the disk, since OpenLog
	Damaged int    // lines of the files that could not be read by OpenLog
}

// OpenLog opens the log in dir, which it makes with mode 0700 if need be, and
// starts its writer. It reads the newest file to go on with its numbers.
func OpenLog(dir string, opts LogOptions) (*Log, error) {
	if opts.SegmentBytes <= 0 {
		opts.SegmentBytes = 4 << 20
	}
	if opts.Segments <= 0 {
		opts.Segments = 16
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the event log: %w", err)
	}
	l := &Log{
		dir: dir, opts: opts,
		arrived:  make(chan struct{}),
		wake:     make(chan struct{}, 1),
		finished: make(chan struct{}),
	}
	if err := l.findEnd(); err != nil {
		return nil, fmt.Errorf("open the event log: %w", err)
	}
	go (&logWriter{log: l, dir: dir}).run()
	return l, nil
}

// findEnd sets the next sequence behind everything that the files hold.
func (l *Log) findEnd() error {
	list, err := segments(l.dir)
	if err != nil {
		return err
	}
	last := uint64(0)
	for i := len(list) - 1; i >= 0 && last == 0; i-- {
		damaged, _, err := readSegment(list[i].path, 0, func(e Event) bool {
			last = e.Sequence
			return true
		})
		if err != nil {
			return err
		}
		l.status.Damaged += damaged
	}
	if len(list) > 0 {
		last = max(last, list[len(list)-1].first)
	}
	l.next = last + 1
	l.oldest, l.written = l.next, l.next
	return nil
}

// Append adds an event and returns its sequence. Texts are cut to 1 KiB.
func (l *Log) Append(e Event) uint64 {
	e.bound()
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Sequence = l.next
	l.ring[l.next%ringSize] = e
	l.next++
	if l.next-l.oldest > ringSize {
		l.oldest = l.next - ringSize
	}
	if l.written < l.oldest { // the disk is too slow, or full
		l.status.Lost += l.oldest - l.written
		l.written = l.oldest
	}
	close(l.arrived)
	l.arrived = make(chan struct{})
	signal(l.wake)
	return e.Sequence
}

// Status tells how the log does.
func (l *Log) Status() LogStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status
}

// Close writes what is in memory, tries so once, and ends the writer, or gives
// up when ctx ends.
func (l *Log) Close(ctx context.Context) error {
	l.mu.Lock()
	l.closing = true
	l.mu.Unlock()
	signal(l.wake)
	select {
	case <-l.finished:
		return l.Status().Err
	case <-ctx.Done():
		return fmt.Errorf("close the event log: the disk does not answer: %w", ctx.Err())
	}
}

// before is the sequence of the n-th newest event.
func (l *Log) before(n uint64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next - min(n, l.next)
}

// inMemory returns up to max events from sequence from on. If the oldest that
// is held is younger than from, it returns none and says where memory begins.
// The channel is closed by the next Append.
func (l *Log) inMemory(from uint64, max int) (events []Event, begins uint64, arrived <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if from < l.oldest {
		return nil, l.oldest, l.arrived
	}
	for n := from; n < l.next && len(events) < max; n++ {
		events = append(events, l.ring[n%ringSize])
	}
	return events, l.oldest, l.arrived
}
