package api

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Desk lets users in who can use no certificate.
type Desk interface {
	// Grant makes a token in the name of by. The error is a *Refusal.
	Grant(by string, r LoginRequest) (LoginToken, error)
	// Logins are the tokens that wait and the sessions, oldest first.
	Logins() []Login
	// EndLogins ends all of a user; n is how many there were.
	EndLogins(name string) (n int)
}

// LoginRequest asks for a token with which somebody logs in to the console of the
// answering node, once.
type LoginRequest struct {
	Name           string  `json:"name"`            // of the user, as in a user certificate
	Role           string  `json:"role"`            // viewer, operator or administrator
	ValidSeconds   float64 `json:"valid_seconds"`   // how long the token may be used; up to a day
	SessionSeconds float64 `json:"session_seconds"` // how long the session lasts from then on; up to a day
	// OnBehalf is who asked the local user, for example SUDO_USER. It is only
	// recorded, and grants nothing.
	OnBehalf string `json:"on_behalf,omitempty"`
}

// LoginToken is a token that was made. Nobody can ask for it again.
type LoginToken struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
	// Page is where to log in; empty: not known, it is /login of the console.
	Page string `json:"page,omitempty"`
}

// Login is a token that waits to be used, or a session.
type Login struct {
	Name    string    `json:"name"`
	Role    string    `json:"role"`
	By      string    `json:"by"`                // who made the token
	Session string    `json:"session,omitempty"` // short name of the session, as the audit trail has it; empty: a token
	From    string    `json:"from,omitempty"`    // address and port where the session began
	Since   time.Time `json:"since"`
	Expires time.Time `json:"expires"`
}

// LoginEnd names whose tokens and sessions are to end.
type LoginEnd struct {
	Name     string `json:"name"`
	OnBehalf string `json:"on_behalf,omitempty"` // as of LoginRequest
}

// Admit lets the server make tokens. To be called before Serve.
func (s *Server) Admit(d Desk) { s.desk = d }

var errNoDesk = &Refusal{Rule: "no-console", Text: "this node has no console to log in to", Advice: "console.listen in srr.yaml opens one; or ask another node"}

func (s *Server) grant(w http.ResponseWriter, r *http.Request) {
	var req LoginRequest
	if err := readJSON(w, r, &req); err != nil {
		s.fail(w, r, err)
		return
	}
	t, err := s.grantTo(r.Context(), &req)
	s.answerOr(w, r, t, err)
}

func (s *Server) grantTo(ctx context.Context, req *LoginRequest) (t LoginToken, err error) {
	err = errNoDesk
	if s.desk != nil {
		t, err = s.desk.Grant(callerOf(ctx).author(req.OnBehalf), *req)
	}
	what := fmt.Sprintf("login new %s --role %s --valid %.0fs --session %.0fs", cut(req.Name, maxReason), cut(req.Role, maxReason), req.ValidSeconds, req.SessionSeconds)
	s.written(ctx, what, req.OnBehalf, "a token until "+t.Expires.UTC().Format(time.RFC3339), err)
	return t, err
}

func (s *Server) logins(w http.ResponseWriter, r *http.Request) {
	if _, err := query(r); err != nil {
		s.fail(w, r, err)
		return
	}
	list := []Login{}
	if s.desk != nil {
		list = append(list, s.desk.Logins()...)
	}
	s.answer(w, http.StatusOK, list)
}

func (s *Server) endLogins(w http.ResponseWriter, r *http.Request) {
	var req LoginEnd
	if err := readJSON(w, r, &req); err != nil {
		s.fail(w, r, err)
		return
	}
	n := 0
	if s.desk != nil {
		n = s.desk.EndLogins(req.Name)
	}
	text, err := fmt.Sprintf("%d tokens and sessions of %s have ended", n, cut(req.Name, maxReason)), error(nil)
	if n == 0 {
		err = fmt.Errorf("no token and no session of %q: %w", cut(req.Name, maxReason), ErrNotFound)
	}
	s.written(r.Context(), "login end "+cut(req.Name, maxReason), req.OnBehalf, text, err)
	s.answerOr(w, r, Reply{Text: text}, err)
}
