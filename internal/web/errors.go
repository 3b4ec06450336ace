package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"srr/internal/api"
	"srr/internal/identity"
)

var errNoPage = errors.New("there is no such page")

// invalidError is a request that has no meaning.
type invalidError struct{ text string }

func (e *invalidError) Error() string { return e.text }

func invalid(text string) error { return &invalidError{text} }

// failure is what an error page says.
type failure struct {
	Title  string
	Text   string
	List   []string
	Advice string
	Back   string // path
}

// failPage says what went wrong and what to do.
func (s *Server) failPage(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	var refusal *api.Refusal
	var tooLarge *http.MaxBytesError
	var none *noAnswer
	var bad *invalidError
	switch {
	case errors.Is(err, errNoPage), errors.Is(err, api.ErrNotFound):
		status = http.StatusNotFound
	case errors.As(err, &refusal):
		status = http.StatusConflict
	case errors.Is(err, errToken):
		status = http.StatusForbidden
	case errors.As(err, &tooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.As(err, &bad):
		status = http.StatusBadRequest
	case errors.As(err, &none):
		status = http.StatusBadGateway
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, api.ErrBusy):
		status = http.StatusServiceUnavailable
	default:
		s.log.Warn("a page could not be made", "to", cut(r.URL.Path, 64), "err", err)
	}
	s.errorPage(w, r, visitOf(r).user, status, err)
}

func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, user identity.User, status int, err error) {
	f := describe(status, err)
	v := &visit{ctx: r.Context(), r: r, user: user, snap: s.opt.Backend.Snapshot()}
	pg := page{Title: f.Title, Name: "failure", Data: f, Help: "errors"}
	main, renderErr := renderMain(pg, &v.snap)
	if renderErr != nil {
		http.Error(w, f.Title, status)
		return
	}
	s.sendPage(w, v, status, pg, main, time.Now())
}

// describe words an error for a person.
func describe(status int, err error) failure {
	f := failure{Text: err.Error(), Back: "/"}
	var refusal *api.Refusal
	if errors.As(err, &refusal) {
		return failure{Title: "Refused by a rule", Text: refusal.Text, List: refusal.List, Advice: refusal.Advice, Back: "/"}
	}
	switch status {
	case http.StatusForbidden:
		f.Title = "Not allowed"
		f.Advice = "If you need it, ask an administrator for that role. The request was written to the log."
		if errors.Is(err, errForeign) {
			f.Advice = "Open the console in a tab of its own and do it there. If you did not mean to do anything here, tell an administrator which site you were on."
		}
		if errors.Is(err, errToken) {
			f.Title, f.Advice = "Please do that again", "Nothing was changed. Go back, load the page anew, and repeat it."
		}
	case http.StatusNotFound:
		f.Title, f.Advice = "Not found", "It may be known on another node, or may have had another name. The overview lists what this node knows."
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		f.Title, f.Advice = "That makes no sense", "Nothing was changed. Go back and try it in another way."
	case http.StatusBadGateway:
		f.Title, f.Advice = "Another node does not answer", "Nothing was done. Its own page says what is known of it; if it is up, look whether srrd runs there and its console can be reached: journalctl -u srrd."
		if none := (*noAnswer)(nil); errors.As(err, &none) && none.sent {
			f.Advice = "Look at what has become of it before you do it again."
		}
	case http.StatusServiceUnavailable:
		f.Title, f.Advice = "Too slow", "srrd did not answer in time. Try again; if it stays so, look at its log: journalctl -u srrd."
	default:
		f.Title, f.Advice = "It failed", "Look at the log of srrd on this node: journalctl -u srrd."
	}
	return f
}

func writeAPIError(w http.ResponseWriter, status int, e api.Error) {
	b, err := json.Marshal(api.ErrorBody{Error: e})
	if err != nil {
		panic("encode an error: " + err.Error()) // text always encodes
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // who has gone has their reasons
}
