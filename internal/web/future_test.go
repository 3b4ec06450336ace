package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

// TestVerbIsForeseen: before it is done, on the page that asks, and nothing is done.
func TestVerbIsForeseen(t *testing.T) {
	s := newSite(t)
	c := s.as("operator")
	form := move(tokenIn(s.get(c, "/act?verb=move&unit=group/shop").body))
	form.Set("preview", "true")
	form.Set("reason", "new kernel")
	got := s.send(c, "POST", "/act", form)
	for _, want := range []string{"What would happen", "171ms", "n2 ranks first", `value="new kernel"`, "In which order", `<button type="submit" class="risky">Move`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if len(s.fake.Commands()) != 0 || s.fake.Asked()[0].Line != "move group/shop n2" {
		t.Errorf("done: %v, asked: %v", s.fake.Commands(), s.fake.Asked())
	}
}

// TestWhatIfPage asks, shows the score, and says why something cannot be foreseen.
func TestWhatIfPage(t *testing.T) {
	s := newSite(t)
	c := s.as("operator")
	form := url.Values{"token": {tokenIn(s.get(c, "/what-if?line=power-off+n1").body)}, "line": {"power-off n1"}}
	if got := s.send(c, "POST", "/what-if", form); !strings.Contains(got.body, "n1 is the only node that has it") || strings.Contains(got.body, "\x1b") {
		t.Errorf("%d %s", got.status, got.body)
	}
	form.Set("survives", "true")
	if got := s.send(c, "POST", "/what-if", form); !strings.Contains(got.body, "2 of 3 failures survived") {
		t.Errorf("%d %s", got.status, got.body)
	}
	form.Del("survives")
	form.Set("line", "explode\n")
	if got := s.send(c, "POST", "/what-if", form); got.status != http.StatusOK || !strings.Contains(got.body, "must be printable") {
		t.Errorf("%d %s", got.status, got.body)
	}
	form.Set("line", "explode")
	s.fake.DoErr = errors.New("no word explode")
	if got := s.send(c, "POST", "/what-if", form); !strings.Contains(got.body, "No word explode") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestWhatIfLine(t *testing.T) {
	n := apitest.Shop().Nodes[1]
	for want, r := range map[string]struct {
		request api.Request
		at      *api.Node
	}{
		"move group/shop n2":           {api.Request{Verb: api.Move, Unit: "group/shop", Node: "n2", Reason: "x"}, nil},
		"do 10.0.0.2 drain --stop":     {api.Request{Verb: api.Drain, StopRest: true}, &n},
		"do 10.0.0.2 maintenance on":   {api.Request{Verb: api.Maintenance, On: true}, &n},
		"do 10.0.0.2 deactivate web":   {api.Request{Verb: api.Deactivate, Service: "web"}, &n},
		"confirm-stopped web 10.0.0.3": {api.Request{Verb: api.ConfirmStopped, Service: "web", Node: "10.0.0.3"}, nil},
	} {
		if got := whatIfLine(&r.request, r.at); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
