package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

// TestVerbIsAskedThenDone: the page that asks changes nothing; the form does, and
// it is written down who, from where, what, and what came of it.
func TestVerbIsAskedThenDone(t *testing.T) {
	s := newSite(t)
	c := s.as("operator")
	ask := s.get(c, "/act?verb=move&unit=group/shop")
	if !strings.Contains(ask.body, "Move <b>group shop</b>?") || !strings.Contains(ask.body, `value="10.0.0.2"`) || len(s.fake.Commands()) != 0 {
		t.Fatalf("the question: %s", ask.body)
	}
	if strings.Contains(ask.body, `value="10.0.0.1" checked`) {
		t.Error("it may be moved to where it is")
	}
	form := move(tokenIn(ask.body))
	form.Set("reason", "new kernel")
	form.Set("hours", "2")
	done := s.send(c, "POST", "/act", form)
	if done.status != http.StatusOK || !strings.Contains(done.body, "Accepted") {
		t.Fatalf("the answer: %d %s", done.status, done.body)
	}
	cmd := s.fake.Commands()[0]
	if cmd.Verb != api.Move || cmd.Node != apitest.N2 || cmd.Reason != "new kernel" || cmd.Author != "anna" || cmd.Until.IsZero() {
		t.Errorf("the command: %+v", cmd)
	}
	line := s.deeds.String()
	for _, want := range []string{"anna (operator, certificate ", ") from 127.0.0.1:", "move group/shop n2", `--reason "new kernel"`, "accepted: done"} {
		if !strings.Contains(line, want) {
			t.Errorf("the audit trail lacks %q: %s", want, line)
		}
	}
}

// TestRiskIsConfirmed: what a rule wants confirmed is asked a second time, with
// the risk in words.
func TestRiskIsConfirmed(t *testing.T) {
	s := newSite(t)
	c := s.as("operator")
	form := url.Values{"token": {tokenIn(s.get(c, "/act?verb=confirm-stopped&service=mail&node=n2").body)}, "verb": {"confirm-stopped"}, "service": {"mail"}, "node": {"n2"}}
	got := s.send(c, "POST", "/act", form)
	if got.status != http.StatusOK || !strings.Contains(got.body, "runs twice") || !strings.Contains(got.body, `name="confirmed"`) || len(s.fake.Commands()) != 0 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	form.Set("confirmed", "true")
	if got := s.send(c, "POST", "/act", form); got.status != http.StatusOK || len(s.fake.Commands()) != 1 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestRefusalSaysWhatToDo: a rule's answer has its words and the way out.
func TestRefusalSaysWhatToDo(t *testing.T) {
	s := newSite(t)
	s.fake.DoErr = &api.Refusal{Rule: "last-node", Text: "nobody else can run it", List: []string{"web"}, Advice: "activate it on n2"}
	c := s.as("operator")
	form := url.Values{"token": {tokenIn(s.get(c, "/act?verb=drain").body)}, "verb": {"drain"}}
	got := s.send(c, "POST", "/act", form)
	for _, want := range []string{"Refused by a rule", "nobody else can run it", "<li>web</li>", "activate it on n2"} {
		if got.status != http.StatusConflict || !strings.Contains(got.body, want) {
			t.Errorf("%d, without %q", got.status, want)
		}
	}
	for _, bad := range []string{"/act?verb=explode", "/act?verb=move&unit=nothing", "/act?verb=move&unit=shop&hours=x", "/nodes/n9", "/services/dns/n9"} {
		if got := s.get(c, bad); got.status != http.StatusBadRequest && got.status != http.StatusNotFound {
			t.Errorf("%s: %d", bad, got.status)
		}
	}
}

// TestVerbOfAnotherNodeIsNotDoneHere, if that has no console to carry it to.
func TestVerbOfAnotherNodeIsNotDoneHere(t *testing.T) {
	s := newSite(t)
	c := s.as("operator")
	token := tokenIn(s.get(c, "/act?verb=drain").body)
	got := s.send(c, "POST", "/act", url.Values{"token": {token}, "verb": {"undrain"}, "at": {"n2"}})
	if got.status != http.StatusConflict || len(s.fake.Commands()) != 0 {
		t.Errorf("%d, %v", got.status, s.fake.Commands())
	}
	if page := s.get(c, "/act?verb=undrain&at=n2"); strings.Contains(page.body, "<form method=\"post\"") || !strings.Contains(page.body, "srrctl undrain") {
		t.Error(page.body)
	}
}
