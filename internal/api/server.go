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
	// Audit, unless nil, is told of each change that somebody asked for, also of
	// those that were refused. It must not block. Set it before Serve.
	Audit func(Deed)

	backend     Backend
	inspector   Inspector
	log         *slog.Logger
	watch       *watch
	inspections chan struct{}
	simulator   Simulator // nil: none
	simulating  chan struct{}
	desk        Desk  // nil: nobody logs in here
	meter       Meter // nil: nothing is known
	host        Host  // nil: nothing is known
}

// New makes a server. Serve must run for Handler's watch to send changes.
func New(b Backend, i Inspector, log *slog.Logger) *Server {
	return &Server{
		backend: b, inspector: i, log: log,
		watch:       newWatch(b.Snapshot),
		inspections: make(chan struct{}, maxInspections),
		simulating:  make(chan struct{}, 1),
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
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	return ServeUntil(ctx, srv, "the API", func() error { return srv.Serve(newGuard(l, s.log)) })
}

// ServeUntil serves until ctx ends or serve fails. The contexts of all requests end
// then, and what is being answered has two seconds. It returns nil after ctx ended; an
// error names what was to be served.
func ServeUntil(ctx context.Context, srv *http.Server, what string, serve func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	srv.BaseContext = func(net.Listener) context.Context { return ctx }
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
	err := serve()
	cancel()
	<-closed
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve %s: %w", what, err)
}

// Route is one path of the API.
type Route struct {
	Pattern string // method and path, as http.ServeMux takes it
	Handle  http.HandlerFunc
}

// Routes are all paths. Whoever serves them must have authenticated the caller,
// named it by WithCaller, and have asked whether it may do that.
func (s *Server) Routes() []Route {
	return []Route{
		{"GET /v1/snapshot", s.snapshot},
		{"GET /v1/watch", s.watchSnapshots},
		{"GET /v1/events", s.events},
		{"GET /v1/past", s.inspect(s.past)},
		{"GET /v1/availability", s.served},
		{"GET /v1/about", s.inspect(s.about)},
		{"GET /v1/checks", s.inspect(s.checks)},
		{"GET /v1/explain", s.explain},
		{"POST /v1/commands", s.command},
		{"GET /v1/lsdb", s.inspect(s.lsdb)},
		{"GET /v1/doctor", s.inspect(s.doctor)},
		{"GET /v1/outputs", s.inspect(s.outputs)},
		{"GET /v1/status", s.inspect(s.status)},
		{"POST /v1/what-if", s.whatIf},
		{"GET /v1/survives", s.survives},
		{"GET /v1/logins", s.logins},
		{"POST /v1/logins", s.grant},
		{"POST /v1/end-logins", s.endLogins},
	}
}

// Handler answers all paths for a caller who may do everything.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.Routes() {
		mux.HandleFunc(r.Pattern, r.Handle)
	}
	mux.HandleFunc("/", s.NotFound)
	return mux
}

// NotFound answers a path that is none.
func (s *Server) NotFound(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, fmt.Errorf("%s %q: no such path or method: %w", r.Method, cut(r.URL.Path, 64), ErrNotFound))
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
