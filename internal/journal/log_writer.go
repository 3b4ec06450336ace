package journal

import (
	"os"
	"syscall"
	"time"
)

const (
	// writeChunk is how many events are written at once.
	writeChunk = 256
	// logRetry is the pause after a failure, in which events gather in memory.
	logRetry = time.Second
)

// logWriter writes the files of a Log. It is used by one goroutine.
type logWriter struct {
	log  *Log
	dir  string
	file *os.File
	size int64
	torn bool // the last write may have left half a line
}

func (w *logWriter) run() {
	defer close(w.log.finished)
	defer w.closeFile()
	for {
		<-w.log.wake
		for {
			events, closing := w.take()
			if len(events) == 0 && closing {
				return
			}
			if len(events) == 0 {
				break
			}
			err := w.write(events)
			w.report(events, err)
			if err != nil && closing {
				return
			}
			if err != nil {
				time.Sleep(logRetry)
			}
		}
	}
}

func (w *logWriter) take() ([]Event, bool) {
	l := w.log
	l.mu.Lock()
	from, closing := l.written, l.closing
	l.mu.Unlock()
	events, _, _ := l.inMemory(from, writeChunk)
	return events, closing
}

func (w *logWriter) write(events []Event) error {
	if err := w.rotate(events[0].Sequence); err != nil {
		return err
	}
	var b []byte
	if w.torn {
		b = append(b, '\n')
	}
	for i := range events {
		b = append(b, events[i].line()...)
	}
	n, err := w.file.Write(b)
	w.size += int64(n)
	if err != nil {
		w.torn = true
		return err
	}
	w.torn = false
	return w.file.Sync()
}

// rotate begins a new file when there is none or it is full, and deletes the
// oldest ones. After an error the same file is used again, because a new file
// on a full disk would be another thing that fails.
func (w *logWriter) rotate(first uint64) error {
	if w.file != nil && w.size < w.log.opts.SegmentBytes {
		return nil
	}
	atStart := w.file == nil
	w.closeFile()
	list, err := segments(w.dir)
	if err != nil {
		return err
	}
	if atStart && len(list) > 0 && w.reopen(list[len(list)-1].path) {
		return nil
	}
	for len(list) >= w.log.opts.Segments {
		if err := os.Remove(list[0].path); err != nil {
			return err
		}
		list = list[1:]
	}
	f, err := os.OpenFile(segmentPath(w.dir, first), os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	w.file, w.size, w.torn = f, 0, false
	return syncDir(w.dir)
}

// reopen goes on with the newest file if it has room, so that a daemon that
// restarts again and again does not rotate its history away.
func (w *logWriter) reopen(path string) bool {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Size() >= w.log.opts.SegmentBytes {
		f.Close()
		return false
	}
	w.file, w.size, w.torn = f, info.Size(), info.Size() > 0
	return true
}

func (w *logWriter) closeFile() {
	if w.file != nil {
		w.file.Close()
		w.file = nil
	}
}

// report moves on after a success. After a failure the events stay in memory,
// as long as there is room for them, and are written again; readers skip what
// is there twice by its sequence.
func (w *logWriter) report(events []Event, err error) {
	l := w.log
	l.mu.Lock()
	began, ended := err != nil && l.status.Err == nil, err == nil && l.status.Err != nil
	l.status.Err = err
	if err == nil {
		l.written = max(l.written, events[len(events)-1].Sequence+1)
	}
	lost := l.status.Lost
	l.mu.Unlock()
	switch {
	case began:
		l.opts.Log.Warn("the event log cannot be written", "err", err)
	case ended:
		l.opts.Log.Info("the event log is written again", "lost", lost)
	}
}
