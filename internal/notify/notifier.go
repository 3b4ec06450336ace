package notify

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"srr/internal/api"
)

const (
	// lookEvery is the least time between two looks at the cluster: during a
	// failover snapshots come ten times a second.
	lookEvery = 250 * time.Millisecond
	// lastWords is how long what is queued may take when a sink is closed.
	lastWords = 2 * time.Second
)

// Sink carries messages to people.
type Sink interface {
	// Send delivers the message and returns what the other side said, in one line.
	// It gives up when ctx ends. Errors that trying again does not mend are
	// wrapped by permanent.
	Send(ctx context.Context, m Message) (said string, err error)
}

// Route is a sink with its name in the log and what it is told.
type Route struct {
	Name string // "mail to ops@example.org"
	Sink Sink
	On   []Event // empty: all of Events
}

// Notifier watches the snapshots of one node and delivers what is to be told. It
// works beside everything else: nothing waits for it.
type Notifier struct {
	log      *slog.Logger
	snapshot func() api.Snapshot
	changed  chan struct{}
	watcher  Watcher
	closing  sync.WaitGroup // workers that say their last words

	mu      sync.Mutex
	workers []*worker
}

// New makes a notifier; Run must run. snapshot returns the present state and does
// not block.
func New(snapshot func() api.Snapshot, log *slog.Logger) *Notifier {
	return &Notifier{log: log, snapshot: snapshot, changed: make(chan struct{}, 1)}
}

// Changed says that there is a new snapshot. It never blocks.
func (n *Notifier) Changed() {
	select {
	case n.changed <- struct{}{}:
	default:
	}
}

// Set replaces all routes. What the old ones have queued they still deliver, if
// that takes no longer than two seconds. It does not block.
func (n *Notifier) Set(routes []Route) {
	var workers []*worker
	for _, r := range routes {
		workers = append(workers, startWorker(r, n.log))
	}
	n.mu.Lock()
	old := n.workers
	n.workers = workers
	n.mu.Unlock()
	for _, w := range old {
		n.closing.Go(w.close)
	}
}

// Run looks at the cluster until ctx ends, and waits then for what is queued, two
// seconds at most.
func (n *Notifier) Run(ctx context.Context) {
	begin := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		select {
		case <-n.changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		n.look(time.Since(begin))
		timer.Reset(time.Hour)
		if next := n.watcher.Deadline(); next > 0 {
			timer.Reset(next - time.Since(begin))
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookEvery):
		}
	}
	n.Set(nil)
	n.closing.Wait()
}

// look tells what has happened. Nodes without sinks follow nothing.
func (n *Notifier) look(now time.Duration) {
	if !n.told() {
		return
	}
	s := n.snapshot()
	for _, notice := range n.watcher.Step(now, &s) {
		n.log.Info("notice", "event", notice.Event, "subject", notice.Subject, "text", notice.Text)
		n.tell(notice, &s)
	}
}

// told reports whether anybody is.
func (n *Notifier) told() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.workers) > 0
}

func (n *Notifier) tell(notice Notice, s *api.Snapshot) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, w := range n.workers {
		if len(w.route.On) == 0 || slices.Contains(w.route.On, notice.Event) {
			w.queue(notice, s.RouterID.String(), s.Cluster, s.Node)
		}
	}
}
