package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"srr/internal/ticks"
)

const (
	// writeTimeout is how long a client may take to read one message.
	writeTimeout = 10 * time.Second
	// keepAliveInterval is how often a silent stream shows that it lives.
	keepAliveInterval = 15 * time.Second
)

// Stream writes messages one by one: as server-sent events (WHATWG HTML,
// section 9.2) to those who ask for text/event-stream, as lines of JSON to all others.
type Stream struct {
	mu     sync.Mutex // Send and KeepAlive
	w      http.ResponseWriter
	rc     *http.ResponseController
	events bool
	packed bool
	closed bool // the handler has returned: w is no longer ours
}

// NewStream answers a request with a stream. The handler must Close it before
// it returns.
func NewStream(w http.ResponseWriter, r *http.Request) *Stream {
	s := &Stream{w: w, rc: http.NewResponseController(w)}
	s.events = strings.Contains(r.Header.Get("Accept"), "text/event-stream")
	s.open()
	return s
}

// NewPackedStream answers with a stream of events that a Packer made: for browsers, all
// of which understand it.
func NewPackedStream(w http.ResponseWriter) *Stream {
	s := &Stream{w: w, rc: http.NewResponseController(w), events: true, packed: true}
	w.Header().Set("Content-Encoding", "gzip")
	s.open()
	return s
}

func (s *Stream) open() {
	h := s.w.Header()
	h.Set("Content-Type", "application/x-ndjson")
	if s.events {
		h.Set("Content-Type", "text/event-stream")
	}
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	// The server's read time-out would otherwise end the stream.
	_ = s.rc.SetReadDeadline(time.Time{})
	s.w.WriteHeader(http.StatusOK)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.packed {
		_, _ = s.w.Write(gzipHeader)
	}
	_ = s.flush() // so that the client knows that it is connected
}

// Send writes v as JSON.
func (s *Stream) Send(event string, id uint64, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.SendEncoded(event, id, b)
}

// SendEncoded writes a line of JSON, which must have no line breaks.
func (s *Stream) SendEncoded(event string, id uint64, line []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeTimeout))
	if s.events {
		head := "event: " + event + "\nid: " + strconv.FormatUint(id, 10) + "\ndata: "
		if _, err := s.w.Write([]byte(head)); err != nil {
			return err
		}
	}
	if _, err := s.w.Write(line); err != nil {
		return err
	}
	end := "\n"
	if s.events {
		end = "\n\n"
	}
	if _, err := s.w.Write([]byte(end)); err != nil {
		return err
	}
	return s.flush()
}

// SendPacked writes what a Packer made.
func (s *Stream) SendPacked(event []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := s.w.Write(event); err != nil {
		return err
	}
	return s.flush()
}

// flush ends a message. HTTP/2 ends a stream whose deadline passes, although nothing
// is being written.
func (s *Stream) flush() error {
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeTimeout))
	err := s.rc.Flush()
	_ = s.rc.SetWriteDeadline(time.Time{})
	return err
}

// Close ends the stream.
func (s *Stream) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// KeepAlive writes something harmless now and then until ctx ends, so that a
// dead client is noticed.
func (s *Stream) KeepAlive(ctx context.Context) {
	for range ticks.Every(ctx, keepAliveInterval) {
		if !s.beat() {
			return
		}
	}
}

func (s *Stream) beat() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	line := []byte("\n")
	switch {
	case s.packed:
		line = packedBeat
	case s.events:
		line = []byte(":\n\n")
	}
	if _, err := s.w.Write(line); err != nil {
		return false
	}
	return s.flush() == nil
}
