package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"srr/internal/identity"
)

// examples fill the patterns of routes.
var examples = map[string]string{
	"GET /services/{service}/{node}": "/services/dns/n1",
	"GET /nodes/{node}/about":        "/nodes/n1/about",
	"GET /nodes/{node}":              "/nodes/n2",
	"GET /docs/{file}":               "/docs/operating.md",
	"GET /act":                       "/act?verb=move&unit=group/shop",
	"GET /v1/on/{node}/{path...}":    "/v1/on/n2/snapshot",
	"POST /v1/on/{node}/{path...}":   "/v1/on/n2/commands",
	"GET /v1/past":                   "/v1/past?at=2026-11-26T12:00:00Z",
	"GET /v1/explain":                "/v1/explain?unit=dns",
	"GET /v1/outputs":                "/v1/outputs?service=dns",
	"GET /v1/checks":                 "/v1/checks?service=dns",
	"GET /v1/status":                 "/v1/status?service=dns",
	"GET /static/{file}":             assetPath("srr.css"),
}

// endless never end for those who may see them: TestLive.
var endless = map[string]bool{"GET /live": true, "GET /v1/watch": true}

func example(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	if e, ok := examples[pattern]; ok {
		return method, e
	}
	return method, strings.TrimSuffix(path, "{$}")
}

// TestEveryRouteDemandsARole walks all routes as everybody, with certificates and
// with sessions: each is refused to those below its role, and to those whom nobody
// knows.
func TestEveryRouteDemandsARole(t *testing.T) {
	s := newSite(t)
	for _, r := range s.server.routes() {
		if r.role == identity.Nobody {
			t.Errorf("%s demands no role", r.pattern)
		}
	}
	nobody := s.as("")
	for _, how := range []func(string) *http.Client{s.as, s.loggedIn} {
		for role, c := range map[identity.Role]*http.Client{
			identity.Nobody: nobody, identity.Viewer: how("viewer"), identity.Operator: how("operator"), identity.Administrator: how("administrator"),
		} {
			s.walk(role, c)
		}
	}
	if got := s.get(s.as("viewer"), "/no/such/page"); got.status != http.StatusNotFound || !strings.Contains(got.body, "What to do") {
		t.Errorf("a path that is none: %d", got.status)
	}
	if got := s.get(nobody, "/no/such/page"); got.status != http.StatusUnauthorized || strings.Contains(got.body, "prod") || strings.Contains(got.body, "n1") {
		t.Errorf("a stranger learns more than how to come in: %d %s", got.status, got.body)
	}
}

// walk asks for every route as somebody with that role.
func (s *site) walk(role identity.Role, c *http.Client) {
	s.Helper()
	for _, r := range s.server.routes() {
		if role >= r.role && endless[r.pattern] {
			continue
		}
		method, path := example(r.pattern)
		var form url.Values
		if method == http.MethodPost {
			form = url.Values{}
		}
		got := s.send(c, method, path, form, apiHeader, "1")
		// A form without its token is refused, too, but not for who sends it; and who has
		// logged in by a token makes none.
		refused := got.status == http.StatusUnauthorized ||
			got.status == http.StatusForbidden && !strings.Contains(got.body, "Please do that again") && !strings.Contains(got.body, "makes none")
		if refused == (role >= r.role) {
			s.Errorf("%s as %s: %d", r.pattern, role, got.status)
		}
	}
}

// TestEveryPathOfTheAPIHasARole: one that is new is refused to everybody until
// somebody has thought about it.
func TestEveryPathOfTheAPIHasARole(t *testing.T) {
	s := newSite(t)
	served := map[string]bool{}
	for _, r := range s.server.opt.API.Routes() {
		served[r.Pattern] = true
		if apiRoles[r.Pattern] == identity.Nobody {
			t.Errorf("%s has no role", r.Pattern)
		}
	}
	for p := range apiRoles {
		if !served[p] {
			t.Errorf("%s has a role and does not exist", p)
		}
	}
}

// TestEveryPageIsComplete: who answers, the way to the others, when and how long
// it took, and help; no script or style within it.
func TestEveryPageIsComplete(t *testing.T) {
	s := newSite(t)
	c := s.as("administrator")
	for _, p := range pageRoutes {
		method, path := example(p.pattern)
		if method != http.MethodGet {
			continue
		}
		got := s.get(c, path)
		if got.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.status, got.body)
			continue
		}
		for _, want := range []string{"<b>n1</b>", "n2", "made in", "answered at", `href="/information#`, "anna", "administrator"} {
			if !strings.Contains(got.body, want) {
				t.Errorf("%s has no %q", path, want)
			}
		}
		for _, bad := range []string{" style=", "<style", " onclick", "javascript:", "ZgotmplZ", "%!", "<no value>"} {
			if strings.Contains(got.body, bad) {
				t.Errorf("%s has %q", path, bad)
			}
		}
		if n := strings.Count(got.body, "<script"); n != 1 {
			t.Errorf("%s has %d scripts", path, n)
		}
		for _, id := range duplicateIDs(got.body) {
			t.Errorf("%s has id %q twice", path, id)
		}
	}
}

func duplicateIDs(body string) (twice []string) {
	seen := map[string]bool{}
	for {
		_, after, found := strings.Cut(body, ` id="`)
		if !found {
			return twice
		}
		id, rest, _ := strings.Cut(after, `"`)
		if seen[id] {
			twice = append(twice, id)
		}
		seen[id], body = true, rest
	}
}

// TestWhatIsOpen: without a certificate and a session there are the login, what its
// page is made of, and enrolment, for nodes with a token. Another site cannot make a
// browser use them.
func TestWhatIsOpen(t *testing.T) {
	s := newSite(t)
	o := s.server.opt
	o.Enrol = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("enrolled")) })
	o.EnrolPath = "/api/v1/enrol"
	open := New(o)
	s.url = serve(t, open)
	nobody := s.as("")
	want := []string{"GET /login", "POST /login", "GET " + assetPath("srr.css"), "GET " + assetPath("srr.svg"), "POST /api/v1/enrol"}
	for i, r := range open.openRoutes() {
		if i >= len(want) || r.pattern != want[i] {
			t.Fatalf("%s is open", r.pattern)
		}
		method, path, _ := strings.Cut(r.pattern, " ")
		var form url.Values
		if method == http.MethodPost {
			form = url.Values{}
		}
		if got := s.send(nobody, method, path, form); got.status == http.StatusUnauthorized || strings.Contains(got.body, "prod") {
			t.Errorf("%s: %d %s", r.pattern, got.status, got.body)
		}
		if got := s.send(nobody, method, path, form, "Sec-Fetch-Site", "cross-site"); got.status != http.StatusForbidden {
			t.Errorf("%s from another site: %d", r.pattern, got.status)
		}
	}
	if got := s.send(nobody, "POST", "/api/v1/enrol", url.Values{}); got.status != http.StatusOK || got.body != "enrolled" {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, path := range []string{"/api/v1/enrol", "/api/v1/enrol/x", "/api/v1/", "/", "/login/", "/logout", "/static/", assetPath("srr.js")} {
		if got := s.get(nobody, path); got.status != http.StatusUnauthorized {
			t.Errorf("GET %s: %d", path, got.status)
		}
	}
}

// TestListsAreForNodes: what nodes ask each other, no person is told.
func TestListsAreForNodes(t *testing.T) {
	s := newSite(t)
	o := s.server.opt
	o.Lists = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("revoked")) }
	s.url = serve(t, New(o))
	if got := s.get(s.as("node"), identity.ListPath); got.status != http.StatusOK || got.body != "revoked" {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, role := range []string{"", "administrator"} {
		if got := s.get(s.as(role), identity.ListPath); got.status != http.StatusForbidden || strings.Contains(got.body, "revoked") {
			t.Errorf("as %q: %d %s", role, got.status, got.body)
		}
	}
}

// TestDocumentsAreServed: those for people, and the licence; nothing else that lies there.
func TestDocumentsAreServed(t *testing.T) {
	s := newSite(t)
	c := s.as("viewer")
	for _, name := range append(licence, documents...) {
		if got := s.get(c, "/docs/"+name); got.status != http.StatusOK || len(got.body) < 100 {
			t.Errorf("%s: %d, %d bytes", name, got.status, len(got.body))
		}
	}
	if body := s.get(c, "/docs/LICENSE").body; !strings.Contains(body, "Apache License") {
		t.Errorf("the licence: %.80s", body)
	}
	for _, name := range []string{"embed.go", "decisions", "licence.go"} {
		if got := s.get(c, "/docs/"+name); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", name, got.status)
		}
	}
}
