package cgroup

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// notifier shares one inotify instance between all waits: a user may have
// only 128 of them. If there was none left, nothing can be subscribed to.
type notifier struct {
	file *os.File
	fd   int
	err  error // why there is no instance

	mu      sync.Mutex
	waiters map[int32]map[chan struct{}]bool // by watch descriptor
	closed  bool
}

// How often it is looked at a cgroup of which the kernel tells nothing: soon again,
// as most wait for what was just signalled, then twice as late each time.
const (
	pollFirst  = 5 * time.Millisecond
	pollAtLast = 200 * time.Millisecond
)

var errClosed = errors.New("cgroup root is closed")

func newNotifier() *notifier {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return &notifier{err: fmt.Errorf("begin to use inotify: %w", err)}
	}
	n := &notifier{
		file: os.NewFile(uintptr(fd), "inotify"), fd: fd,
		waiters: make(map[int32]map[chan struct{}]bool),
	}
	go n.run()
	return n
}

func (n *notifier) Close() error {
	n.mu.Lock()
	n.closed = true
	for _, set := range n.waiters {
		wake(set)
	}
	n.mu.Unlock()
	if n.err != nil {
		return nil
	}
	return n.file.Close()
}

// run wakes whoever waits for a changed file. A full queue (event with
// descriptor −1) wakes everybody: they all look again.
func (n *notifier) run() {
	buf := make([]byte, 4096)
	for {
		got, err := n.file.Read(buf)
		if err != nil {
			return
		}
		n.mu.Lock()
		for b := buf[:got]; len(b) >= unix.SizeofInotifyEvent; {
			wd := int32(binary.NativeEndian.Uint32(b))
			size := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(b[12:]))
			if wd < 0 {
				for _, set := range n.waiters {
					wake(set)
				}
			}
			wake(n.waiters[wd])
			b = b[min(size, len(b)):]
		}
		n.mu.Unlock()
	}
}

func wake(set map[chan struct{}]bool) {
	for c := range set {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// subscribe fills the channel when what is at the path changes.
func (n *notifier) subscribe(c chan struct{}, path string, mask uint32) (cancel func(), err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, errClosed
	}
	if n.err != nil {
		return nil, n.err
	}
	wd, err := unix.InotifyAddWatch(n.fd, path, mask)
	if err != nil {
		return nil, err
	}
	d := int32(wd)
	if n.waiters[d] == nil {
		n.waiters[d] = make(map[chan struct{}]bool)
	}
	n.waiters[d][c] = true
	return func() { n.unsubscribe(d, c) }, nil
}

// subscribe returns a channel that is filled when the group may have become
// empty, or went. Its own file does not tell all: the kernel holds a change
// back that comes within 10 ms of another, and forgets it when the group is
// removed meanwhile (cgroup_file_notify; measured with Linux 6.18). Its parent
// tells that.
func (g *Group) subscribe() (c chan struct{}, cancel func(), err error) {
	c = make(chan struct{}, 1)
	events := g.root.events
	unwatch, err := events.subscribe(c, filepath.Join(g.dir, "cgroup.events"), unix.IN_MODIFY)
	if err != nil {
		return nil, nil, err
	}
	leave, err := events.subscribe(c, filepath.Dir(g.dir), unix.IN_DELETE|unix.IN_ONLYDIR)
	if err != nil {
		unwatch()
		return nil, nil, err
	}
	return c, func() { unwatch(); leave() }, nil
}

func (n *notifier) unsubscribe(d int32, c chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.waiters[d], c)
	if len(n.waiters[d]) > 0 {
		return
	}
	delete(n.waiters, d)
	if !n.closed {
		_, _ = unix.InotifyRmWatch(n.fd, uint32(d)) // fails when the file is gone: fine
	}
}

// WaitEmpty blocks until no process is left in the cgroup. It costs nothing
// while it waits, but where the kernel has no inotify instance or watch left (all
// containers of a host share them): there it looks again and again.
func (g *Group) WaitEmpty(ctx context.Context) error {
	if g.Empty() {
		return nil
	}
	changed, cancel, err := g.subscribe()
	switch {
	case gone(err):
		return nil
	case errors.Is(err, errClosed):
		return err
	case err != nil:
		g.root.pollingBegins(err)
	default:
		defer cancel()
	}
	for wait := pollFirst; !g.Empty(); wait = min(2*wait, pollAtLast) {
		var again <-chan time.Time
		if err != nil {
			again = time.After(wait)
		}
		select {
		case <-changed:
		case <-again:
		case <-ctx.Done():
			return ctx.Err()
		}
		if g.root.events.isClosed() {
			return errClosed
		}
	}
	return nil
}

// pollingBegins tells once that inotify cannot be used.
func (r *Root) pollingBegins(err error) {
	r.polls.Do(func() {
		if r.Log != nil {
			r.Log.Warn("the ends of processes are polled for: the kernel does not tell them (sysctl fs.inotify.max_user_instances, fs.inotify.max_user_watches)", "err", err)
		}
	})
}

func (n *notifier) isClosed() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.closed
}
