//go:build lab

package console

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"srr/internal/api"
	"srr/internal/identity"
)

// testLogin lets somebody in who has no certificate, by a token that root made on n1,
// and has n2 do what they ask for.
func (f *fixture) testLogin() {
	token, err := f.k.Client("n1").NewLogin(f.ctx, api.LoginRequest{Name: "olga", Role: "operator", ValidSeconds: 60, SessionSeconds: 600})
	f.must(err)
	if token.Page != f.console("n1")+"/login" {
		f.Error(token.Page)
	}
	c := f.as("", identity.Nobody)
	c.Jar, err = cookiejar.New(nil)
	f.must(err)
	login := url.Values{"token": {token.Token}, "to": {"/nodes"}}
	resp, err := c.PostForm(f.console("n1")+"/login", login)
	f.must(err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/nodes" {
		f.Fatalf("%s at %s", resp.Status, resp.Request.URL)
	}
	_, page := f.get(c, f.console("n1")+"/act?verb=maintenance&at=n2&on=true")
	if code, text := f.form(c, "n1", "/act", page, url.Values{"verb": {"maintenance"}, "at": {"n2"}, "on": {"true"}}); code != http.StatusOK || !strings.Contains(text, "Accepted") {
		f.Fatalf("%d %s", code, text)
	}
	if code, text := f.command(c, f.console("n1")+"/v1/on/n2/commands", api.Request{Verb: api.Maintenance}); code != http.StatusOK {
		f.Errorf("the end of maintenance: %d %s", code, text)
	}
	if _, text := f.get(f.as("anna", identity.Viewer), f.console("n2")+"/events?cause=command"); !strings.Contains(text, "olga (operator, node n1, which says session ") || !strings.Contains(text, "token by root") {
		f.Errorf("n2 has not written down who it was: %s", text)
	}
	_, err = f.k.Client("n1").EndLogins(f.ctx, api.LoginEnd{Name: "olga"})
	f.must(err)
	if code, _ := f.get(c, f.console("n1")+"/nodes"); code != http.StatusUnauthorized {
		f.Errorf("after its end: %d", code)
	}
}
