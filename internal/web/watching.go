package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"srr/internal/api"
	"srr/internal/ticks"
)

const (
	// maxWatching is how many streams there may be at once, of pages and of the
	// API together.
	maxWatching = 256
	// recheckEvery is how often somebody who watches is asked again who they are: a
	// certificate may have been revoked.
	recheckEvery = 10 * time.Second
)

// watching bounds a stream: their number, and how long a user is believed.
func (s *Server) watching(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.watchers <- struct{}{}:
			defer func() { <-s.watchers }()
		default:
			w.Header().Set("Retry-After", "5")
			writeAPIError(w, http.StatusServiceUnavailable, api.Error{Kind: api.KindBusy, Text: "too many are watching, try again"})
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		go s.recheck(ctx, cancel, r)
		next(w, r.WithContext(ctx))
	}
}

// recheck ends a stream of somebody who may do less than when it began.
func (s *Server) recheck(ctx context.Context, end func(), r *http.Request) {
	was := visitOf(r).user
	for range ticks.Every(ctx, recheckEvery) {
		if now, err := s.userOf(r); err != nil || now.Role < was.Role {
			s.log.Warn("ended a stream of the console", "from", r.RemoteAddr, "why", "the user may not do any more what they could", "err", err)
			end()
			return
		}
	}
}

// serveLive sends what changes in a page, as server-sent events, to whoever has
// it: `view` is its path and query, `hash` what they have.
func (s *Server) serveLive(w http.ResponseWriter, r *http.Request) {
	view := r.URL.Query().Get("view")
	if !strings.HasPrefix(view, "/") || len(view) > maxView {
		s.failPage(w, r, errNoPage)
		return
	}
	k := liveKey{role: visitOf(r).user.Role, view: view}
	if _, n := s.instanceOf(view); n != nil && !n.Self {
		k.bearer = bearerOf(r)
	}
	// Whoever comes when others watch costs nothing: after a restart of srrd they all
	// come at once.
	if !s.live.watched(k) {
		first, err := s.mainPart(r.Context(), k)
		if err != nil || first.pace == still {
			s.failPage(w, r, errNoPage)
			return
		}
	}
	out := api.NewPackedStream(w)
	defer out.Close()
	go out.KeepAlive(r.Context())
	go s.keepStatus(r, view)
	_ = s.live.each(r.Context(), k, r.URL.Query().Get("hash"), out.SendPacked) // a browser that has gone has its reasons
}

// maxView bounds the path and query of a page that is watched, in bytes.
const maxView = 512
