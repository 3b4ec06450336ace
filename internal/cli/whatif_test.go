package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"srr/internal/api"
)

// TestWhatIfAsks: the words may come as one argument or as many; of a new
// configuration the text is sent, and the name of the file.
func TestWhatIfAsks(t *testing.T) {
	s := newShell(t)
	file := filepath.Join(t.TempDir(), "web.yaml")
	if err := os.WriteFile(file, []byte("services: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config := api.WhatIfQuery{Config: "services: {}\n", ConfigFile: "web.yaml"}
	for _, c := range []struct {
		args []string
		want api.WhatIfQuery
	}{
		{[]string{"power-off n1; power-off n2"}, api.WhatIfQuery{Line: "power-off n1; power-off n2"}},
		{[]string{"move", "web", "n2"}, api.WhatIfQuery{Line: "move web n2"}},
		{[]string{"config", file}, config},
		{[]string{"config " + file}, config},
	} {
		if code, _, errOut := s.run(t.Context(), append([]string{"what-if"}, c.args...)...); code != exitOK {
			t.Errorf("what-if %q: %d %s", c.args, code, errOut)
			continue
		}
		asked := s.fake.Asked()
		if diff := cmp.Diff(c.want, asked[len(asked)-1]); diff != "" {
			t.Errorf("what-if %q asks:\n%s", c.args, diff)
		}
	}
}

func TestWhatIfRefusesConfigs(t *testing.T) {
	s := newShell(t)
	for name, text := range map[string]string{"empty": "", "too large": strings.Repeat("#", maxConfig+1)} {
		file := filepath.Join(t.TempDir(), "srr.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, errOut := s.run(t.Context(), "what-if", "config", file); code != exitFailed || !strings.Contains(errOut, "read the configuration") {
			t.Errorf("%s: %d %s", name, code, errOut)
		}
	}
}

func TestCompleteWhatIf(t *testing.T) {
	s := newShell(t)
	for _, c := range []struct {
		args string
		want []string
	}{
		{"", whatIfWords},
		{"power-off", []string{"n1", "n2", "n3"}},
		{"power-off n1", []string{"n2", "n3"}},
		{"fail", []string{"disk", "dns", "ftp", "mail", "web"}},
		{"fail dns", []string{"on"}},
		{"fail dns on", []string{"n1", "n2", "n3"}},
		{"move", []string{"dns", "ftp", "mail", "shop"}},
		{"move dns", []string{"n1", "n2", "n3"}},
		{"maintenance", []string{"on", "off"}},
		{"drain", nil},
	} {
		args := slices.Concat([]string{"__complete", "what-if"}, strings.Fields(c.args), []string{""})
		_, out, _ := s.run(t.Context(), args...)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		got := slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, ":") || l == "" })
		if !slices.Equal(got, c.want) {
			t.Errorf("after %q: %q, want %q", c.args, got, c.want)
		}
	}
	if again := fixed("a", "b")(nil); !slices.Equal(again, []string{"a", "b"}) || !slices.Contains(whatIfWords, "detach") {
		t.Error("completion changed its own words")
	}
}
