package notify

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

const (
	maxQueue   = 1000 // notices; the oldest is dropped for a new one
	maxBatch   = 100  // notices of one message
	gather     = 500 * time.Millisecond
	attemptFor = 10 * time.Second
	retryFirst = time.Second
	retryMax   = time.Minute
	retryFor   = 10 * time.Minute
	// pause lies between two messages to one sink: however much happens, people
	// get six messages a minute, which say everything.
	pause = 10 * time.Second
)

// permanentError is one that trying again does not mend.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// permanent marks an error as one that trying again does not mend.
func permanent(err error) error { return permanentError{err} }

// worker delivers to one sink, one message after the other.
type worker struct {
	route  Route
	log    *slog.Logger
	wake   chan struct{}
	ctx    context.Context // ends what is under way when the worker is closed
	cancel context.CancelFunc
	ended  chan struct{}
	broken bool // the last attempt failed; of the goroutine alone

	mu      sync.Mutex
	waiting Message // Notices and Lost grow until they are taken
}

func startWorker(r Route, log *slog.Logger) *worker {
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker{route: r, log: log, wake: make(chan struct{}, 1), ctx: ctx, cancel: cancel, ended: make(chan struct{})}
	go w.run()
	return w
}

// queue never blocks.
func (w *worker) queue(n Notice, id, cluster, node string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := &w.waiting
	m.Version, m.ID, m.Cluster, m.Node = messageVersion, id, cluster, node
	if m.Notices = append(m.Notices, n); len(m.Notices) > maxQueue {
		m.Notices = m.Notices[1:]
		m.Lost++
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// take returns the next message; without notices if there is none.
func (w *worker) take() Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.waiting
	n := min(len(m.Notices), maxBatch)
	m.At, m.Notices = time.Now(), m.Notices[:n:n]
	w.waiting.Notices = w.waiting.Notices[n:]
	w.waiting.Lost = 0
	return m
}

// close ends the worker; what waits is tried once, for lastWords in all.
func (w *worker) close() {
	w.cancel()
	<-w.ended
}

func (w *worker) run() {
	defer close(w.ended)
	var under Message // taken, and not delivered
	for w.ctx.Err() == nil {
		select {
		case <-w.wake:
		case <-w.ctx.Done():
		}
		w.sleep(gather)
		for w.ctx.Err() == nil {
			if under = w.take(); len(under.Notices) == 0 {
				break
			}
			if !w.deliver(under) {
				break // closed in the middle
			}
			under = Message{}
			w.sleep(pause)
		}
	}
	w.last(under)
}

// deliver tries until the message is delivered or given up, and reports whether
// it was either.
func (w *worker) deliver(m Message) bool {
	begin := time.Now()
	for wait := retryFirst; ; wait = min(2*wait, retryMax) {
		err := w.attempt(w.ctx, attemptFor, m)
		switch {
		case err == nil:
			return true
		case w.ctx.Err() != nil:
			return false
		case errors.As(err, new(permanentError)), time.Since(begin)+wait > retryFor:
			w.log.Error("notices were given up", "to", w.route.Name, "notices", len(m.Notices), "first", m.Notices[0].String(), "err", err)
			return true
		}
		if !w.sleep(wait) {
			return false
		}
	}
}

// last gives what is left one chance.
func (w *worker) last(m Message) {
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	if len(m.Notices) == 0 {
		m = w.take()
	}
	for ; len(m.Notices) > 0; m = w.take() {
		if err := w.attempt(ctx, lastWords, m); err != nil {
			w.log.Error("notices were given up: no time is left", "to", w.route.Name, "notices", len(m.Notices), "err", err)
			return
		}
	}
}

// attempt tries once. Failures are logged when they begin and when they end.
func (w *worker) attempt(ctx context.Context, within time.Duration, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	said, err := w.route.Sink.Send(ctx, m)
	switch {
	case err != nil && !w.broken && ctx.Err() != context.Canceled:
		w.log.Warn("notices are not delivered", "to", w.route.Name, "err", err)
		w.broken = true
	case err == nil && w.broken:
		w.log.Info("notices are delivered again", "to", w.route.Name)
		w.broken = false
	}
	if err == nil {
		w.log.Info("notices were delivered", "to", w.route.Name, "notices", len(m.Notices), "answer", said)
	}
	return err
}

// sleep reports whether the time has passed and the worker was not closed.
func (w *worker) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-w.ctx.Done():
		return false
	}
}
