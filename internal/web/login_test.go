package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"srr/internal/identity"
	"srr/internal/identity/login"
)

// TestLoginByToken from the making of the token to the end of the session: who made it
// and who used it is written down, the cookie is for this host alone, and the token is
// good once.
func TestLoginByToken(t *testing.T) {
	s := newSite(t)
	made := s.send(s.as("administrator"), "POST", "/v1/logins", nil, apiHeader, "1", "Content-Type", "application/json")
	if made.status != http.StatusBadRequest {
		t.Fatalf("without a body: %d", made.status)
	}
	token := s.makeToken(s.as("administrator"), `{"name":"olga","role":"operator","valid_seconds":60,"session_seconds":3600}`)
	phone := s.as("")
	if got := s.get(phone, "/nodes?x=1"); got.status != http.StatusUnauthorized || !strings.Contains(got.body, `name="to" value="/nodes?x=1"`) {
		t.Errorf("a stranger: %d %s", got.status, got.body)
	}
	form := url.Values{"token": {token}, "to": {"/nodes?x=1"}}
	got := s.send(phone, "POST", "/login", form)
	cookie := got.header.Get("Set-Cookie")
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "/nodes?x=1" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	name, rest, _ := strings.Cut(cookie, "=")
	if name != "__Host-srr-session" || !strings.HasSuffix(rest, "; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict") {
		t.Errorf("cookie %s", cookie)
	}
	value, _, _ := strings.Cut(rest, ";")
	if got := s.get(phone, "/nodes", "Cookie", name+"="+value); got.status != http.StatusOK || !strings.Contains(got.body, "olga") || !strings.Contains(got.body, "Log out") {
		t.Errorf("with the session: %d %s", got.status, got.body)
	}
	if got := s.send(phone, "POST", "/login", form); got.status != http.StatusForbidden || !strings.Contains(got.body, "There is no such token") {
		t.Errorf("a second time: %d %s", got.status, got.body)
	}
	for _, want := range []string{
		"anna (administrator, certificate ", "login new olga --role operator --valid 60s --session 3600s: accepted: a token until ",
		"olga (operator, session ", ", token by anna) from 127.0.0.1:", ": log in: accepted: until ",
	} {
		if !strings.Contains(s.deeds.String(), want) {
			t.Errorf("%q is not written down: %s", want, s.deeds)
		}
	}
	if strings.Contains(s.deeds.String()+s.log.String(), token) || strings.Contains(s.deeds.String()+s.log.String(), value) {
		t.Error("a secret is written down")
	}
}

// makeToken asks the API for a token.
func (s *site) makeToken(c *http.Client, body string) string {
	s.Helper()
	got := s.sendJSON(c, "/v1/logins", body)
	_, rest, _ := strings.Cut(got.body, `"token":"`)
	token, _, ok := strings.Cut(rest, `"`)
	if got.status != http.StatusOK || !ok {
		s.Fatalf("make a token: %d %s", got.status, got.body)
	}
	return token
}

func (s *site) sendJSON(c *http.Client, path, body string) answer {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(apiHeader, "1")
	return s.ask(c, r)
}

// TestSessionEnds by logging out, which takes the token of the form, and by the word
// of an administrator.
func TestSessionEnds(t *testing.T) {
	s := newSite(t)
	c := s.loggedIn("viewer")
	if got := s.send(c, "POST", "/logout", url.Values{"token": {"x"}}); got.status != http.StatusForbidden {
		t.Errorf("without the token: %d", got.status)
	}
	page := s.get(c, "/nodes")
	if got := s.send(c, "POST", "/logout", url.Values{"token": {tokenIn(page.body)}}); got.status != http.StatusSeeOther || !strings.Contains(got.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("%d %v", got.status, got.header)
	}
	if got := s.get(c, "/nodes"); got.status != http.StatusUnauthorized {
		t.Errorf("after that: %d", got.status)
	}
	c = s.loggedIn("administrator")
	if got := s.get(c, "/v1/logins"); got.status != http.StatusOK || !strings.Contains(got.body, `"name":"anna","role":"administrator","by":"root","session":"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	admin := s.as("administrator")
	if got := s.sendJSON(admin, "/v1/end-logins", `{"name":"bert"}`); got.status != http.StatusNotFound {
		t.Errorf("of somebody else: %d %s", got.status, got.body)
	}
	if got := s.sendJSON(admin, "/v1/end-logins", `{"name":"anna"}`); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := s.get(c, "/nodes"); got.status != http.StatusUnauthorized {
		t.Errorf("after its end: %d", got.status)
	}
	if !strings.Contains(s.deeds.String(), "login end anna: accepted: 1 tokens and sessions of anna have ended") {
		t.Error(s.deeds)
	}
}

// TestCertificateGoesBeforeASession, and a browser has one session: the one before ends
// with the next.
func TestCertificateGoesBeforeASession(t *testing.T) {
	s := newSite(t)
	first := s.loggedIn("administrator")
	viewer := s.as("viewer")
	viewer.Jar = first.Jar
	if got := s.get(viewer, "/routing"); got.status != http.StatusForbidden {
		t.Errorf("a viewer with the session of an administrator: %d", got.status)
	}
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	old := first.Jar.Cookies(u)[0]
	token, _, err := s.server.desk.Issue(time.Now(), login.Grant{Name: "anna", Role: identity.Viewer, By: "root", Valid: time.Minute, Lasts: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.send(first, "POST", "/login", url.Values{"token": {token}}); got.status != http.StatusSeeOther {
		t.Fatal(got.status)
	}
	if got := s.get(s.as(""), "/nodes", "Cookie", old.Name+"="+old.Value); got.status != http.StatusUnauthorized {
		t.Errorf("the session before: %d", got.status)
	}
	if got := s.get(first, "/nodes"); got.status != http.StatusOK {
		t.Errorf("the session of now: %d", got.status)
	}
}

// TestSessionsMakeNoTokens: they could go on for ever.
func TestSessionsMakeNoTokens(t *testing.T) {
	s := newSite(t)
	if got := s.sendJSON(s.loggedIn("administrator"), "/v1/logins", `{"name":"olga","role":"viewer","valid_seconds":60,"session_seconds":60}`); got.status != http.StatusForbidden {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestOtherSitesCannotUseASession: what is refused with a certificate is refused with
// a session, and the token of a form is of one session.
func TestOtherSitesCannotUseASession(t *testing.T) {
	s := newSite(t)
	c, other := s.loggedIn("operator"), s.loggedIn("operator")
	form := url.Values{"token": {tokenIn(s.get(other, "/act?verb=stop&unit=dns").body)}, "verb": {"stop"}, "unit": {"dns"}}
	if got := s.send(c, "POST", "/act", form); got.status != http.StatusForbidden || len(s.fake.Commands()) != 0 {
		t.Errorf("with the token of another session: %d", got.status)
	}
	form.Set("token", tokenIn(s.get(c, "/act?verb=stop&unit=dns").body))
	if got := s.send(c, "POST", "/act", form, "Sec-Fetch-Site", "cross-site"); got.status != http.StatusForbidden || len(s.fake.Commands()) != 0 {
		t.Errorf("from another site: %d", got.status)
	}
	if got := s.send(c, "POST", "/act", form); got.status != http.StatusOK || len(s.fake.Commands()) != 1 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestLoginLeadsNowhereElse whatever the form says.
func TestLoginLeadsNowhereElse(t *testing.T) {
	for to, want := range map[string]string{
		"/nodes?x=1": "/nodes?x=1", "": "/", "nodes": "/", "//evil.example/": "/", "https://evil.example/": "/",
		`/\evil.example`: "/", "/\r\nSet-Cookie: x=y": "/", "/\t/evil.example": "/", "/login?to=/": "/", "/logout": "/",
		"javascript:alert(1)": "/", "/" + strings.Repeat("x", 600): "/",
	} {
		if got := local(to); got != want {
			t.Errorf("%q leads to %q", to, got)
		}
	}
}

// TestGuessersWait: after ten wrong tokens of one origin, right ones are refused, too.
func TestGuessersWait(t *testing.T) {
	s := newSite(t)
	token, _, err := s.server.desk.Issue(time.Now(), login.Grant{Name: "anna", Role: identity.Viewer, Valid: time.Minute, Lasts: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	c := s.as("")
	for range 10 {
		if got := s.send(c, "POST", "/login", url.Values{"token": {`<b>AAAA`}}); got.status != http.StatusForbidden || strings.Contains(got.body, "AAAA") {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if got := s.send(c, "POST", "/login", url.Values{"token": {token}}); got.status != http.StatusTooManyRequests {
		t.Errorf("%d %s", got.status, got.body)
	}
	if n := strings.Count(s.log.String(), "refused a login"); n > maxRefusals {
		t.Errorf("%d lines in the log", n)
	}
	if got := s.send(c, "POST", "/login", url.Values{"token": {strings.Repeat("x", maxLoginBytes)}}); got.status != http.StatusBadRequest {
		t.Errorf("a long form: %d", got.status)
	}
}

// FuzzLocal: whatever a form says, a browser that follows it stays at this console.
func FuzzLocal(f *testing.F) {
	for _, to := range []string{"/nodes?x=1#y", "//evil.example", `/\evil.example`, "/%2f/evil.example", "https:evil.example", "/\t/evil.example", "?x", ""} {
		f.Add(to)
	}
	base, err := url.Parse("https://n1.example:8443/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, to string) {
		got := local(to)
		// Browsers take a backslash for a slash, and leave out line ends and tabs.
		seen := strings.NewReplacer(`\`, "/", "\t", "", "\r", "", "\n", "").Replace(got)
		u, err := base.Parse(seen)
		if err != nil || u.Host != base.Host || u.Scheme != "https" || !strings.HasPrefix(seen, "/") {
			t.Errorf("%q leads to %q: %v", to, got, u)
		}
	})
}
