package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"srr/internal/api/apitest"
)

// TestNodeThatDoesNotAnswer is named, with whether something may have been done there and
// what to do, by pages and by the API.
func TestNodeThatDoesNotAnswer(t *testing.T) {
	n1, n2 := pair(t)
	c := n1.as("operator")
	form := url.Values{"token": {tokenIn(n1.get(c, "/act?verb=undrain&at=10.0.0.2").body)}, "verb": {"undrain"}, "at": {"10.0.0.2"}}
	breaksOff := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	breaksOff.TLS = n2.ca.ServerTLS()
	breaksOff.StartTLS()
	defer breaksOff.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, x := range map[string]struct{ console, page, api, read string }{
		"nobody there": {closed.Listener.Addr().String(), "Nothing was done.", "n2 does not answer: dial", "n2 does not answer: dial"},
		"breaks off":   {breaksOff.Listener.Addr().String(), "before you do it again", "may have done it all the same", "n2 does not answer: "},
	} {
		snap := apitest.Shop()
		snap.Nodes[1].Console = x.console
		n1.fake.SetSnapshot(snap)
		if got := n1.send(c, "POST", "/act", form); got.status != http.StatusBadGateway || !strings.Contains(got.body, x.page) || !strings.Contains(got.body, "Another node does not answer") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		for method, want := range map[string]string{"POST": x.api, "GET": x.read} {
			path := map[string]string{"POST": "/v1/on/n2/commands", "GET": "/v1/on/n2/snapshot"}[method]
			if got := n1.send(c, method, path, nil, apiHeader, "1"); got.status != http.StatusBadGateway || !strings.Contains(got.body, want) || !strings.Contains(got.body, `"kind":"unreachable"`) {
				t.Errorf("%s, %s: %d %s", name, path, got.status, got.body)
			}
		}
		if got := n1.get(c, "/nodes/n2/about"); !strings.Contains(got.body, "N2 does not answer: ") {
			t.Errorf("%s: %s", name, got.body)
		}
	}
}
