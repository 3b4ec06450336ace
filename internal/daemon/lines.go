package daemon

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"
)

// maxLines bounds the lines that wait for who reads the log.
const maxLines = 4096

// Lines hands what is written to it on from a goroutine of its own, so that
// nobody waits for who reads the log: a journald that hangs would otherwise stop
// the loop, and then the kernel would end the daemon. What does not fit is
// counted, and said when there is room again. Each Write is one line.
type Lines struct {
	to   io.Writer
	note func(w io.Writer, lost int)
	wake chan struct{}
	done chan struct{}

	mu     sync.Mutex // guards the following
	queue  [][]byte
	lost   int
	closed bool
}

// NewLines begins. Note writes a line that says how many were lost.
func NewLines(to io.Writer, note func(w io.Writer, lost int)) *Lines {
	l := &Lines{to: to, note: note, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go l.run()
	return l
}

// Write takes a line. It never waits and never fails.
func (l *Lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	if len(l.queue) < maxLines && !l.closed {
		l.queue = append(l.queue, bytes.Clone(line))
	} else {
		l.lost++
	}
	l.mu.Unlock()
	l.nudge()
	return len(line), nil
}

func (l *Lines) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Close waits until everything is handed on, but no longer than the limit.
func (l *Lines) Close(limit time.Duration) error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.nudge()
	select {
	case <-l.done:
		return nil
	case <-time.After(limit):
		return fmt.Errorf("write the log: nobody reads it")
	}
}

func (l *Lines) run() {
	defer close(l.done)
	for range l.wake {
		for {
			lines, lost, closed := l.take()
			for _, line := range lines {
				_, _ = l.to.Write(line) // there is nobody to tell
			}
			if lost > 0 {
				l.note(l.to, lost)
			}
			if len(lines) == 0 && closed {
				return
			}
			if len(lines) == 0 {
				break
			}
		}
	}
}

func (l *Lines) take() (lines [][]byte, lost int, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines, lost = l.queue, l.lost
	l.queue, l.lost = nil, 0
	return lines, lost, l.closed
}
