package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

// TestPastOfTheCluster: each node says what was with its instances, also those that are
// asked in the name of who has logged in; what is not known is said, and one can go on
// to the next moment.
func TestPastOfTheCluster(t *testing.T) {
	n1, n2 := pair(t)
	began := apitest.Now
	for i, e := range []api.Event{
		{Service: "web", From: "active/started", To: "active/stopping", Reason: "<b>ended</b>"},
		{Service: "web", From: "active/stopping", To: "active/stopped", Reason: "verified"},
	} {
		e.Time, e.Node = began.Add(time.Duration(2*i-98)*time.Second), "n2"
		n2.fake.Append(e)
	}
	first := iso(began.Add(-98 * time.Second))
	for name, c := range map[string]*http.Client{"certificate": n1.as("viewer"), "session": n1.loggedIn("viewer")} {
		body := n1.get(c, "/past?at="+first).body
		for _, want := range []string{
			"&lt;b&gt;ended&lt;/b&gt;", `>n2 <small>stopping</small></a>`, "journals of 2 of 3 nodes", "n3: it cannot be reached now",
			`rel="next">` + clock(began.Add(-96*time.Second)), `rel="prev">`, "What happened at this moment",
		} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q in %s", name, want, body)
			}
		}
	}
	c := n1.as("viewer")
	if body := n1.get(c, "/past?at=2026-01-01T00:00").body; !strings.Contains(body, "its journal begins later") || !strings.Contains(body, `rel="next"`) || strings.Contains(body, `class="chip`) {
		t.Errorf("long ago: %s", body)
	}
	if got := n1.get(c, "/past?at=yesterday"); got.status != http.StatusBadRequest {
		t.Errorf("no moment: %d", got.status)
	}
	if got := n1.get(c, "/v1/past?at=yesterday"); got.status != http.StatusBadRequest {
		t.Errorf("no moment for the API: %d", got.status)
	}
}
