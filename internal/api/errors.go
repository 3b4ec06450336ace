package api

import (
	"context"
	"errors"
	"net/http"
)

// Error is how a request failed. Client and server both use it.
type Error struct {
	Kind    string   `json:"kind"`
	Text    string   `json:"text"`
	Refusal *Refusal `json:"refusal,omitempty"` // of KindRefused
	// Needs is the least role that may, of KindForbidden for a user of a lesser one.
	Needs string `json:"needs,omitempty"`
}

// ErrorBody is the answer to a request that failed, and the last line of a
// stream that did.
type ErrorBody struct {
	Error Error `json:"error"`
}

// The kinds of errors, with the HTTP status of each.
const (
	KindInvalid   = "invalid"   // 400: the request has no meaning
	KindNotFound  = "not found" // 404: what it names does not exist
	KindRefused   = "refused"   // 409: a rule forbids it
	KindFailed    = "failed"    // 500: it was tried
	KindBusy      = "busy"      // 503: try again
	KindForbidden = "forbidden" // 401, 403: who asks may not
	// 502: the node to which it was to be carried does not answer
	KindUnreachable = "unreachable"
)

func (e *Error) Error() string { return e.Text }

// Unwrap gives the refusal, if it is one.
func (e *Error) Unwrap() error {
	if e.Refusal != nil {
		return e.Refusal
	}
	if e.Kind == KindNotFound {
		return ErrNotFound
	}
	return nil
}

// fail answers a request that failed.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, e := classify(err)
	if errors.Is(err, ErrBusy) {
		w.Header().Set("Retry-After", "1")
	}
	if status == http.StatusInternalServerError && r.Context().Err() == nil {
		s.log.Warn("a request to the API failed", "why", r.Pattern, "err", err)
	}
	s.answerError(w, status, e)
}

func classify(err error) (int, Error) {
	var refusal *Refusal
	var inv *invalid
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &refusal):
		return http.StatusConflict, Error{Kind: KindRefused, Text: refusal.Error(), Refusal: refusal}
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, Error{Kind: KindInvalid, Text: "the request is too large"}
	case errors.As(err, &inv):
		return http.StatusBadRequest, Error{Kind: KindInvalid, Text: err.Error()}
	case errors.Is(err, ErrNotFound):
		return http.StatusNotFound, Error{Kind: KindNotFound, Text: err.Error()}
	case errors.Is(err, ErrBusy):
		return http.StatusServiceUnavailable, Error{Kind: KindBusy, Text: err.Error()}
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, Error{Kind: KindBusy, Text: "the daemon did not answer in time: " + err.Error()}
	}
	return http.StatusInternalServerError, Error{Kind: KindFailed, Text: err.Error()}
}
