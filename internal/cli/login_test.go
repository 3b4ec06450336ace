package cli

import (
	"crypto/tls"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"srr/internal/identity"
)

// TestLogin makes a token, uses it, sees the session and ends it, on a real console.
func TestLogin(t *testing.T) {
	a := newAfar(t)
	a.env["SRR_CERT"] = a.as("adam", identity.Administrator)
	do := func(line string, want int) string {
		t.Helper()
		code, out, errOut := a.run(t.Context(), strings.Fields(line)...)
		if code != want {
			t.Fatalf("%s: exit code %d, want %d: %s", line, code, want, errOut)
		}
		return out + errOut
	}
	out := do("login new olga --role operator --valid 10m", exitOK)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], ", within 10m, once:") {
		t.Fatal(out)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	phone := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	t.Cleanup(phone.CloseIdleConnections)
	resp, err := phone.PostForm("https://"+a.n1+"/login", url.Values{"token": {lines[1]}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/" {
		t.Fatalf("%s at %s", resp.Status, resp.Request.URL)
	}
	do("login new bert --role viewer", exitOK)
	if out := do("login list", exitOK); !strings.Contains(out, "olga  operator  session ") || !strings.Contains(out, "bert  viewer    token") || !strings.Contains(out, "127.0.0.1:") {
		t.Error(out)
	}
	do("login end olga", exitOK)
	do("login end olga", exitFailed)
	if out := do("login list", exitOK); strings.Contains(out, "olga") {
		t.Error(out)
	}
	for _, bad := range []string{"login", "login x", "login new", "login new olga", "login new olga --role king", "login new <b> --role viewer", "login new olga --role viewer --valid 2d", "login new olga --role viewer --session 0s"} {
		do(bad, exitUsage)
	}
	a.env["SRR_CERT"] = a.as("anna", identity.Operator)
	for _, line := range []string{"login new olga --role viewer", "login list", "login end olga"} {
		if out := do(line, exitRefused); !strings.Contains(out, "this needs an administrator") || !strings.Contains(out, "--role administrator") {
			t.Error(out)
		}
	}
}

// TestLoginNeedsAConsole: there is nothing to log in to behind a socket alone.
func TestLoginNeedsAConsole(t *testing.T) {
	s := newShell(t)
	code, _, errOut := s.run(t.Context(), "login", "new", "olga", "--role", "viewer")
	if code != exitRefused || !strings.Contains(errOut, "no console to log in to") {
		t.Errorf("%d %s", code, errOut)
	}
}
