package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"srr/internal/api"
)

// fakeFiles keeps texts in memory. A text with "mistake" has one, and one with
// "blocked" is not possible now.
type fakeFiles struct {
	mu    sync.Mutex
	texts map[string]string
}

func newFakeFiles() *fakeFiles {
	return &fakeFiles{texts: map[string]string{"dns": "services:\n  dns:\n    addresses: [192.0.2.53]\n"}}
}

func (f *fakeFiles) Text(_ context.Context, service string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, ok := f.texts[service]
	if !ok {
		return "", fmt.Errorf("no file: %w", api.ErrNotFound)
	}
	return text, nil
}

func (f *fakeFiles) Check(_ context.Context, service, text string) (Draft, error) {
	switch {
	case strings.Contains(text, "mistake"):
		return Draft{}, &api.Refusal{Rule: "configuration", Text: "mistakes", List: []string{"dns.yaml:3:1: <script>alert(1)</script> is a mistake"}}
	case strings.Contains(text, "blocked"):
		return Draft{Blocked: []string{"service " + service + `: addresses "a" → "b" (only while it is inactive on this node)`}}, nil
	}
	return Draft{Live: []string{"service " + service + ": check.interval"}}, nil
}

func (f *fakeFiles) Versions(_ context.Context, service string) ([]Version, error) {
	if service != "dns" {
		return nil, nil
	}
	return []Version{{At: time.UnixMilli(1000), Text: "services:\n  dns: {addresses: [192.0.2.9]} # as it was\n"}}, nil
}

func (f *fakeFiles) Save(_ context.Context, service, text string) (api.Reply, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts[service] = text
	return api.Reply{Text: "1 changes are in force"}, nil
}

// TestServiceIsCheckedShownAndSaved: nothing is saved that was not checked, and
// the difference is shown before.
func TestServiceIsCheckedShownAndSaved(t *testing.T) {
	s := newSite(t)
	c := s.as("administrator")
	page := s.get(c, "/configure?service=dns")
	if !strings.Contains(page.body, "services:\n  dns:") {
		t.Fatal(page.body)
	}
	form := func(text string, more ...string) url.Values {
		v := url.Values{"token": {tokenIn(page.body)}, "service": {"dns"}, "text": {text}}
		for _, m := range more {
			v.Set(m, "true")
		}
		return v
	}
	const next = "services:\r\n  dns:\r\n    addresses: [192.0.2.54]\r\n"
	checked := s.send(c, "POST", "/configure", form(next))
	for _, want := range []string{"check.interval", "&#43;     addresses: [192.0.2.54]", "-     addresses: [192.0.2.53]", "Save and use it"} {
		if !strings.Contains(checked.body, want) {
			t.Errorf("the check does not show %q", want)
		}
	}
	for _, bad := range []string{"mistake", "blocked"} {
		got := s.send(c, "POST", "/configure", form("services: "+bad, "save"))
		if strings.Contains(got.body, "Save and use it") || strings.Contains(got.body, "<script>alert") || !strings.Contains(got.body, `class="inline bad"`) {
			t.Errorf("%s: %s", bad, got.body)
		}
	}
	if got := s.send(c, "POST", "/configure", form("", "save")); got.status != http.StatusBadRequest {
		t.Errorf("an empty text: %d", got.status)
	}
	if strings.Contains(s.files.texts["dns"], "54") || strings.Contains(s.deeds.String(), "configure") {
		t.Fatal("something was saved by a check")
	}
	save := form(next, "save")
	save.Set("shown", shownIn(checked.body))
	for name, other := range map[string]url.Values{"not shown": form(next, "save"), "another text than shown": form(strings.ReplaceAll(next, "54", "55"), "save")} {
		if name != "not shown" {
			other.Set("shown", save.Get("shown"))
		}
		if got := s.send(c, "POST", "/configure", other); !strings.Contains(got.body, "Nothing was saved yet") || !strings.Contains(got.body, "What changes") || strings.Contains(s.files.texts["dns"], "5]\n") {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	was := s.files.texts["dns"]
	s.files.texts["dns"] = "services: {dns: {}} # by somebody else, meanwhile\n"
	if got := s.send(c, "POST", "/configure", save); !strings.Contains(got.body, "Nothing was saved yet") || !strings.Contains(got.body, "- services: {dns: {}} # by somebody else") {
		t.Errorf("the file was changed meanwhile: %s", got.body)
	}
	s.files.texts["dns"] = was
	if got := s.send(c, "POST", "/configure", save); !strings.Contains(got.body, `href="/configure?service=dns&amp;version=1000">Undo`) || !strings.Contains(got.body, "1 changes are in force") || !strings.Contains(s.files.texts["dns"], "54]\n") {
		t.Errorf("%s", got.body)
	}
	if !strings.Contains(s.deeds.String(), "configure dns: accepted: 1 changes are in force") {
		t.Errorf("the audit trail: %s", s.deeds)
	}
	gone := form("", "save", "delete")
	gone.Set("shown", shownIn(s.get(c, "/configure?service=dns&delete=true").body))
	if got := s.send(c, "POST", "/configure", gone); got.status != http.StatusOK || s.files.texts["dns"] != "" {
		t.Errorf("the deletion: %d %q", got.status, s.files.texts["dns"])
	}
}

// shownIn is what a page says of the differences that it shows.
func shownIn(body string) string {
	_, after, _ := strings.Cut(body, `name="shown" value="`)
	shown, _, _ := strings.Cut(after, `"`)
	return shown
}

// TestNewServiceIsTakenBack by its deletion.
func TestNewServiceIsTakenBack(t *testing.T) {
	s := newSite(t)
	c := s.as("administrator")
	form := url.Values{"token": {tokenIn(s.get(c, "/configure").body)}, "service": {"ftp"}, "new": {"true"}, "text": {"services: {ftp: {}}\n"}}
	form.Set("shown", shownIn(s.send(c, "POST", "/configure", form).body))
	form.Set("save", "true")
	if got := s.send(c, "POST", "/configure", form); !strings.Contains(got.body, `href="/configure?delete=true&amp;service=ftp">Undo`) {
		t.Errorf("%s", got.body)
	}
}

// TestEditMustBeAllowed, and what stands elsewhere is not changed here.
func TestEditMustBeAllowed(t *testing.T) {
	s := newSite(t)
	c := s.as("administrator")
	if got := s.get(c, "/configure?service=web"); got.status != http.StatusConflict || !strings.Contains(got.body, "main file") {
		t.Errorf("a service of the main file: %d", got.status)
	}
	if got := s.get(c, "/configure"); !strings.Contains(got.body, "NAME.service") {
		t.Errorf("a new one: %s", got.body)
	}
	if got := s.get(c, "/configure?service=dns&version=1000"); !strings.Contains(got.body, "# as it was") {
		t.Errorf("an earlier text: %s", got.body)
	}
	s.server.opt.Configurator = nil
	if got := s.get(c, "/configure"); got.status != http.StatusConflict || !strings.Contains(got.body, "edit: true") {
		t.Errorf("not allowed: %d", got.status)
	}
}

func TestDiffLines(t *testing.T) {
	var got []string
	for _, l := range diffLines("a\nb\nc\n", "a\nx\nc\nd\n") {
		got = append(got, l.Sign+l.Text)
	}
	if text := strings.Join(got, "|"); text != " a|-b|+x| c|+d" {
		t.Error(text)
	}
	long := strings.Repeat("x\n", maxDiffLines+1)
	if n := len(diffLines(long, long)); n != 2*(maxDiffLines+1) {
		t.Errorf("%d lines", n)
	}
}
