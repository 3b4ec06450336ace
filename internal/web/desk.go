package web

import (
	"time"

	"srr/internal/api"
	"srr/internal/identity"
	"srr/internal/identity/login"
)

// granter makes tokens for the API, in its words.
type granter struct{ s *Server }

// Grant implements api.Desk.
func (g granter) Grant(by string, r api.LoginRequest) (api.LoginToken, error) {
	role, err := identity.ParseRole(r.Role)
	if err != nil {
		return api.LoginToken{}, &api.Refusal{Rule: "login", Text: err.Error()}
	}
	token, expires, err := g.s.desk.Issue(time.Now(), login.Grant{Name: r.Name, Role: role, By: by, Valid: span(r.ValidSeconds), Lasts: span(r.SessionSeconds)})
	if err != nil {
		return api.LoginToken{}, &api.Refusal{Rule: "login", Text: err.Error()}
	}
	t := api.LoginToken{Token: token, Expires: expires}
	snap := g.s.opt.Backend.Snapshot()
	for i := range snap.Nodes {
		if n := &snap.Nodes[i]; n.Self && n.Console != "" {
			t.Page = "https://" + n.Console + "/login"
		}
	}
	return t, nil
}

// span is so many seconds; what is no sensible number is out of bounds.
func span(seconds float64) time.Duration {
	if seconds > 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second))
	}
	return 0
}

// Logins implements api.Desk.
func (g granter) Logins() []api.Login {
	var out []api.Login
	for _, p := range g.s.desk.Passes(time.Now()) {
		out = append(out, api.Login{Name: p.Name, Role: p.Role.String(), By: p.By, Session: p.ID, From: p.From, Since: p.Since, Expires: p.Expires})
	}
	return out
}

// EndLogins implements api.Desk.
func (g granter) EndLogins(name string) int { return g.s.desk.Revoke(time.Now(), name) }
