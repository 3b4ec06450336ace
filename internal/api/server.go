package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of the server. What they bound is named; facts are in T17 and T19 of
// the threat list in docs/testing.md.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	answerTimeout     = 60 * time.Second // of one answer that is not a stream
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 16 << 10
	maxBodyBytes      = 64 << 10
	maxInspections    = 4 // of Inspector at once
	closeTimeout      = 2 * time.Second
)

// Server serves a Backend and an Inspector.
type Server struct {
	backend     Backend
	inspector   Inspector
	log         *slog.Logger
	watch       *watch
	inspections chan struct{}
}

// New makes a server. Serve must run for Handler's watch to send changes.
func New(b Backend, i Inspector, log *slog.Logger) *Server {
	return &Server{
		backend: b, inspector: i, log: log,
		watch:       newWatch(b.Snapshot),
		inspections: make(chan struct{}, maxInspections),
	}
}

// Changed tells the watchers that there is a new snapshot. It never blocks and
// may be called as often as one likes: changes are sent together.
func (s *Server) Changed() { s.watch.changed() }

// Serve answers on a listener made by Listen until ctx ends, then closes it.
// It returns nil after ctx ended.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.watch.run(ctx)
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       withPeer,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		<-ctx.Done()
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		if srv.Shutdown(bound) != nil {
			srv.Close()
		}
	}()
	err := srv.Serve(newGuard(l, s.log))
	cancel()
	<-closed
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve the API: %w", err)
}

// Handler answers all paths of the API. The caller's transport must have
// authenticated the user and named it by WithAuthor.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/snapshot", s.snapshot)
	mux.HandleFunc("GET /v1/watch", s.watchSnapshots)
	mux.HandleFunc("GET /v1/events", s.events)
	mux.HandleFunc("GET /v1/explain", s.explain)
	mux.HandleFunc("POST /v1/commands", s.command)
	mux.HandleFunc("GET /v1/lsdb", s.inspect(s.lsdb))
	mux.HandleFunc("GET /v1/doctor", s.inspect(s.doctor))
	mux.HandleFunc("GET /v1/outputs", s.inspect(s.outputs))
	mux.HandleFunc("GET /v1/status", s.inspect(s.status))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, fmt.Errorf("%s %q: no such path or method: %w", r.Method, cut(r.URL.Path, 64), ErrNotFound))
	})
	return mux
}

// inspect bounds how many of the slow questions are asked at once.
func (s *Server) inspect(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.inspections <- struct{}{}:
			defer func() { <-s.inspections }()
		default:
			w.Header().Set("Retry-After", "1")
			s.answerError(w, http.StatusServiceUnavailable, Error{Kind: KindBusy, Text: "too many questions at once, try again"})
			return
		}
		v, err := answer(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.answer(w, http.StatusOK, v)
	}
}

func (s *Server) answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		s.log.Error("encode an answer", "err", err)
		s.answerError(w, http.StatusInternalServerError, Error{Kind: KindFailed, Text: "encode the answer: " + err.Error()})
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // a client that has gone has its reasons
}

func (s *Server) answerError(w http.ResponseWriter, status int, e Error) {
	s.answer(w, status, ErrorBody{Error: e})
}
