package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// doTimeout is how long a command may wait for the core.
const doTimeout = 10 * time.Second

// inspectTimeout is how long an inspection may take. The doctor asks routers.
const inspectTimeout = 50 * time.Second

func (s *Server) snapshot(w http.ResponseWriter, _ *http.Request) {
	s.answer(w, http.StatusOK, normalize(s.backend.Snapshot()))
}

// normalize makes missing lists empty lists, so that JSON says [] and not null.
func normalize(s Snapshot) Snapshot {
	if s.Alarms == nil {
		s.Alarms = []Alarm{}
	}
	if s.Nodes == nil {
		s.Nodes = []Node{}
	}
	if s.Units == nil {
		s.Units = []Unit{}
	}
	if s.Services == nil {
		s.Services = []Service{}
	}
	return s
}

func (s *Server) explain(w http.ResponseWriter, r *http.Request) {
	q, err := query(r, "unit")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	snap := s.backend.Snapshot()
	unit, err := snap.FindUnit(q.Get("unit"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), doTimeout)
	defer cancel()
	e, err := s.backend.Explain(ctx, unit)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if e.Candidates == nil {
		e.Candidates = []Candidate{}
	}
	s.answer(w, http.StatusOK, e)
}

func (s *Server) command(w http.ResponseWriter, r *http.Request) {
	var req Request
	if err := readJSON(w, r, &req); err != nil {
		s.fail(w, r, err)
		return
	}
	reply, err := s.Do(r.Context(), req)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, reply)
}

// readJSON reads one value and nothing behind it. The content type is
// demanded because a browser cannot send it across sites unasked.
func readJSON(w http.ResponseWriter, r *http.Request, v any) error {
	return readJSONUpTo(maxBodyBytes, w, r, v)
}

func readJSONUpTo(limit int64, w http.ResponseWriter, r *http.Request, v any) error {
	if mt, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mt != "application/json" {
		return invalidf("the content type must be application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, limit))
	if err := d.Decode(v); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return invalidf("read the request: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalidf("read the request: something follows it")
	}
	return nil
}

// query parses the query of a request; a parameter that is not among known is
// an error, because a filter with a slip of the pen would show too much.
func query(r *http.Request, known ...string) (url.Values, error) {
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalidf("read the query: %v", err)
	}
	for k := range v {
		if !contains(known, k) {
			return nil, invalidf("unknown parameter %q", cut(k, 32))
		}
	}
	return v, nil
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func (s *Server) lsdb(r *http.Request) (any, error) {
	v, err := query(r, "type", "area", "id", "advertiser", "raw")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), inspectTimeout)
	defer cancel()
	q := LSDBQuery{Type: v.Get("type"), Area: v.Get("area"), ID: v.Get("id"), Advertiser: v.Get("advertiser"), Raw: v.Get("raw") == "true"}
	return list(s.inspector.LSDB(ctx, q))
}

func (s *Server) doctor(r *http.Request) (any, error) {
	ctx, cancel := context.WithTimeout(r.Context(), inspectTimeout)
	defer cancel()
	return list(s.inspector.Doctor(ctx))
}

func (s *Server) outputs(r *http.Request) (any, error) {
	v, err := query(r, "service", "primitive")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), inspectTimeout)
	defer cancel()
	return list(s.inspector.Outputs(ctx, v.Get("service"), v.Get("primitive")))
}

func (s *Server) status(r *http.Request) (any, error) {
	v, err := query(r, "service")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), inspectTimeout)
	defer cancel()
	return s.inspector.Status(ctx, v.Get("service"))
}

// list makes nil an empty list.
func list[T any](l []T, err error) (any, error) {
	if l == nil {
		l = []T{}
	}
	return l, err
}

func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	q, err := eventQuery(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := NewStream(w, r)
	defer out.Close()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if q.Follow {
		go out.KeepAlive(ctx)
	}
	for e, err := range s.backend.Events(ctx, q) {
		if err != nil {
			if ctx.Err() == nil {
				_, body := classify(err)
				_ = out.Send("error", 0, ErrorBody{Error: body})
			}
			return
		}
		if out.Send("event", e.Sequence, e) != nil {
			return
		}
	}
}

// Values is the query of a request that asks for it.
func (q EventQuery) Values() url.Values {
	v := url.Values{}
	if q.Node != "" {
		v.Set("node", q.Node)
	}
	if q.Service != "" {
		v.Set("service", q.Service)
	}
	if q.After > 0 {
		v.Set("after", strconv.FormatUint(q.After, 10))
	}
	if !q.Since.IsZero() {
		v.Set("since", q.Since.Format(time.RFC3339Nano))
	}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Follow {
		v.Set("follow", "true")
	}
	return v
}

func eventQuery(r *http.Request) (EventQuery, error) {
	v, err := query(r, "after", "since", "node", "service", "limit", "follow")
	if err != nil {
		return EventQuery{}, err
	}
	q := EventQuery{Node: v.Get("node"), Service: v.Get("service"), Follow: v.Get("follow") == "true"}
	// A browser that reconnects names the last event that it has seen.
	if after := firstOf(r.Header.Get("Last-Event-ID"), v.Get("after")); after != "" {
		if q.After, err = strconv.ParseUint(after, 10, 64); err != nil {
			return q, invalidf("after: want a number, got %q", cut(after, 32))
		}
	}
	if since := v.Get("since"); since != "" {
		if q.Since, err = time.Parse(time.RFC3339Nano, since); err != nil {
			return q, invalidf("since: want a time such as %s, got %q", time.RFC3339, cut(since, 32))
		}
	}
	if limit := v.Get("limit"); limit != "" {
		if q.Limit, err = strconv.Atoi(limit); err != nil || q.Limit < 0 {
			return q, invalidf("limit: want a number, got %q", cut(limit, 32))
		}
	}
	return q, nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (s *Server) watchSnapshots(w http.ResponseWriter, r *http.Request) {
	if _, err := query(r); err != nil {
		s.fail(w, r, err)
		return
	}
	out := NewStream(w, r)
	defer out.Close()
	go out.KeepAlive(r.Context())
	if err := s.watch.each(r.Context(), func(f frame) error {
		return out.SendEncoded("snapshot", f.sequence, f.encoded)
	}); err != nil && r.Context().Err() == nil {
		s.log.Debug("a watcher has gone", "err", fmt.Errorf("send a snapshot: %w", err))
	}
}
