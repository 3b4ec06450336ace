package web

import (
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/identity"
)

// TestAdviceLeadsToTheVerb, on the node that the problem is on.
func TestAdviceLeadsToTheVerb(t *testing.T) {
	v := &visit{snap: apitest.Shop(), user: identity.User{Role: identity.Operator}}
	for _, c := range []struct{ subject, text, advice, want string }{
		{"ftp", "stopped by anna", "srrctl run ftp", "/act?unit=ftp&verb=run"},
		{"group shop", "stopped by anna", "srrctl run group/shop", "/act?unit=group%2Fshop&verb=run"},
		{"dns", "on n1: start failed", "there: srrctl output dns; srrctl clear dns", "/act?service=dns&verb=clear&at=10.0.0.1"},
		{"mail", "on n2: stop not verified", "make sure that it does not run there, then: srrctl confirm-stopped n2 mail", "/act?node=n2&service=mail&verb=confirm-stopped"},
		{"node n2", "drained", "there: srrctl undrain", "/act?verb=undrain&at=10.0.0.2"},
		{"node n2", "in maintenance", "there: srrctl maintenance off", "/act?verb=maintenance&at=10.0.0.2"},
		{"web", "runs nowhere", "srrctl explain web", ""},
		{"node n3", "silent", "there: systemctl status srrd", ""},
		{"x", "y", "srrctl ", ""},
		{"x", "y", "srrctl clear a b c", ""},
	} {
		got := ""
		if l := adviceLink(v, &api.Problem{Subject: c.subject, Text: c.text, Advice: c.advice}); l != nil {
			got = l.Path
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.advice, got, c.want)
		}
	}
	v.user.Role = identity.Viewer
	if adviceLink(v, &api.Problem{Advice: "srrctl run ftp"}) != nil {
		t.Error("a viewer is led to a verb")
	}
}
