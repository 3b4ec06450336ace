package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// token takes the token out of a form.
func tokenIn(body string) string {
	_, after, _ := strings.Cut(body, `name="token" value="`)
	token, _, _ := strings.Cut(after, `"`)
	return token
}

func move(token string) url.Values {
	return url.Values{"token": {token}, "verb": {"move"}, "unit": {"group/shop"}, "node": {"n2"}}
}

// TestOtherSitesCannotAct: a browser sends the certificate of its user whoever
// makes it ask.
func TestOtherSitesCannotAct(t *testing.T) {
	s := newSite(t)
	c := s.as("operator")
	token := tokenIn(s.get(c, "/act?verb=move&unit=group/shop").body)
	if token == "" {
		t.Fatal("the form has no token")
	}
	refused := []struct {
		name, method, path string
		form               url.Values
		header             []string
	}{
		{"form of another site", "POST", "/act", move(token), []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
		{"form of another port of this host", "POST", "/act", move(token), []string{"Sec-Fetch-Site", "same-site"}},
		{"form in an older browser", "POST", "/act", move(token), []string{"Origin", "https://evil.example"}},
		{"form without a token", "POST", "/act", move(""), nil},
		{"form with another token", "POST", "/act", move(strings.Repeat("0", 64)), nil},
		{"fetch of another site", "GET", "/v1/snapshot", nil, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"}},
		{"link into the API", "GET", "/v1/status?service=dns", nil, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
		{"page in a frame", "GET", "/", nil, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}},
		{"page as an image", "GET", "/services/dns/n1?status=now", nil, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}},
		{"API without the header", "POST", "/v1/commands", url.Values{}, nil},
	}
	for _, r := range refused {
		if got := s.send(c, r.method, r.path, r.form, r.header...); got.status != http.StatusForbidden {
			t.Errorf("%s: %d", r.name, got.status)
		}
	}
	if n := len(s.fake.Commands()); n != 0 {
		t.Fatalf("%d commands were carried out", n)
	}
	link := s.get(c, "/services", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")
	if link.status != http.StatusOK {
		t.Errorf("a link to the console: %d", link.status)
	}
	if got := s.send(c, "POST", "/act", move(token), "Sec-Fetch-Site", "same-origin"); got.status != http.StatusOK || len(s.fake.Commands()) != 1 {
		t.Errorf("the form itself: %d %s", got.status, got.body)
	}
}

// TestTokenIsOfOneUser: what one user's page has is of no use to another.
func TestTokenIsOfOneUser(t *testing.T) {
	s := newSite(t)
	token := tokenIn(s.get(s.as("administrator"), "/act?verb=move&unit=group/shop").body)
	if got := s.send(s.as("operator"), "POST", "/act", move(token)); got.status != http.StatusForbidden {
		t.Errorf("another user's token: %d", got.status)
	}
}

// TestHeaders: what browsers are told, on every kind of answer.
func TestHeaders(t *testing.T) {
	s := newSite(t)
	c := s.as("viewer")
	for _, path := range []string{"/", "/v1/snapshot", "/none", "/act", assetPath("srr.js")} {
		h := s.get(c, path).header
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, h)
		}
		if strings.HasPrefix(path, "/static") == strings.Contains(h.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: %q", path, h.Get("Cache-Control"))
		}
	}
}

// TestNoPathLeadsOut: only what is embedded is served.
func TestNoPathLeadsOut(t *testing.T) {
	s := newSite(t)
	c := s.as("administrator")
	for _, path := range []string{"/static/../web.go", "/static/..%2f..%2fetc%2fpasswd", "/static/%00", "/static//etc/passwd", "/static/srr.css", "/debug/pprof/", "/static/"} {
		if got := s.get(c, path); got.status == http.StatusOK {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}
