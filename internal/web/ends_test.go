package web

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestUserIsWarned before the certificate ends that the browser shows; who logs in by a
// token, or has long to go, is not.
func TestUserIsWarned(t *testing.T) {
	s := newSite(t)
	const warning = "Your certificate ends at"
	if body := s.get(s.as("viewer"), "/").body; strings.Contains(body, warning) {
		t.Error("half of its life is left")
	}
	s.ca.left = 10 * time.Minute
	soon := s.ca.issue(t, "anna", "viewer")
	c := s.as("")
	c.Transport.(*http.Transport).TLSClientConfig.Certificates = []tls.Certificate{soon}
	for _, path := range []string{"/", "/nodes", "/no/such/page"} {
		if body := s.get(c, path).body; !strings.Contains(body, warning) || !strings.Contains(body, "srrctl ca issue user anna --role viewer") {
			t.Errorf("%s: %s", path, body)
		}
	}
	if body := s.get(s.loggedIn("viewer"), "/").body; strings.Contains(body, warning) {
		t.Error("there is no certificate")
	}
}
