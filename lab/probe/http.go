package probe

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"github.com/vishvananda/netns"
)

// HTTPConfig of an HTTP prober.
type HTTPConfig struct {
	Namespace string // path of the client's network namespace; "": the current one
	Target    netip.AddrPort
	Interval  time.Duration // between two requests; 0: 20 ms
	Timeout   time.Duration // of one request; 0: 200 ms
}

// HTTP asks for / over a new connection each time, with several requests in
// flight. An answer is a status of 200.
type HTTP struct {
	c       HTTPConfig
	ticks   chan request
	stop    chan struct{}
	workers sync.WaitGroup
	clock   sync.WaitGroup
	mu      sync.Mutex // guards record
	record  record
}

type request struct {
	seq  int
	sent time.Time
}

// StartHTTP begins to ask.
func StartHTTP(c HTTPConfig) (*HTTP, error) {
	if c.Interval == 0 {
		c.Interval = 20 * time.Millisecond
	}
	if c.Timeout == 0 {
		c.Timeout = 200 * time.Millisecond
	}
	h := &HTTP{c: c, ticks: make(chan request, 64), stop: make(chan struct{})}
	// Enough that every request of one time-out can be in flight.
	ready := make(chan error)
	count := int(c.Timeout/c.Interval) + 2
	for range count {
		h.workers.Add(1)
		go h.worker(ready)
	}
	var errs []error
	for range count {
		errs = append(errs, <-ready)
	}
	h.clock.Add(1)
	go h.run()
	return h, errors.Join(errs...)
}

func (h *HTTP) run() {
	defer h.clock.Done()
	defer close(h.ticks)
	t := time.NewTicker(h.c.Interval)
	defer t.Stop()
	for {
		select {
		case <-h.stop:
			return
		case <-t.C:
			now := time.Now()
			h.mu.Lock()
			seq := h.record.send(now)
			h.mu.Unlock()
			select {
			case h.ticks <- request{seq: seq, sent: now}:
			default: // no worker is free: it stays unanswered
			}
		}
	}
}

func (h *HTTP) worker(ready chan<- error) {
	defer h.workers.Done()
	runtime.LockOSThread() // never unlocked, see lab.InNamespace
	err := enter(h.c.Namespace)
	ready <- err
	if err != nil {
		return
	}
	for r := range h.ticks {
		if h.ask(r.sent.Add(h.c.Timeout)) {
			h.mu.Lock()
			h.record.answer(r.seq, time.Now())
			h.mu.Unlock()
		}
	}
}

func enter(namespace string) error {
	if namespace == "" {
		return nil
	}
	ns, err := netns.GetFromPath(namespace)
	if err != nil {
		return fmt.Errorf("open namespace %s: %w", namespace, err)
	}
	defer func() { _ = ns.Close() }()
	return netns.Set(ns)
}

// ask makes one request. The connection is made on the calling thread, since
// the address is no name.
func (h *HTTP) ask(deadline time.Time) bool {
	d := net.Dialer{Deadline: deadline, FallbackDelay: -1, KeepAlive: -1}
	conn, err := d.Dial("tcp4", h.c.Target.String())
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(deadline)
	if _, err := conn.Write([]byte("GET / HTTP/1.0\r\nHost: lab\r\n\r\n")); err != nil {
		return false
	}
	buf := make([]byte, 512)
	n, _ := conn.Read(buf)
	line, _, _ := bytes.Cut(buf[:n], []byte("\r\n"))
	return bytes.Contains(line, []byte(" 200"))
}

// Stop waits for the requests in flight and returns the result.
func (h *HTTP) Stop() Result {
	close(h.stop)
	h.clock.Wait()
	end := time.Now()
	h.workers.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	// All have ended: none is left out.
	return h.record.result(end, 0)
}

// Result is that so far.
func (h *HTTP) Result() Result {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.record.result(time.Now(), h.c.Timeout)
}

// Quiet reports whether everything was answered in the last d.
func (h *HTTP) Quiet(d time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.record.quiet(time.Now(), d, h.c.Timeout)
}
