package filter

import (
	"errors"
	"strings"
	"testing"
)

func TestScript(t *testing.T) {
	s := script(2608)
	for _, want := range []string{"delete table inet srr\n", `iifname != "lo" tcp dport 2608 counter drop`, "hook input"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in\n%s", want, s)
		}
	}
}

// Without the program nothing is closed, and nobody thinks so.
func TestNoProgram(t *testing.T) {
	defer func(p []string) { programs = p }(programs)
	programs = []string{"/nonexistent/nft"}
	if err := Install(t.Context(), 2607); !errors.Is(err, ErrNoProgram) {
		t.Errorf("%v", err)
	}
	if ok, err := Installed(t.Context(), 2607); ok || !errors.Is(err, ErrNoProgram) {
		t.Errorf("%t %v", ok, err)
	}
	if err := Remove(t.Context()); err != nil {
		t.Errorf("%v", err)
	}
	programs = []string{"/bin/false"}
	if err := Install(t.Context(), 2607); err == nil || !strings.Contains(err.Error(), "/bin/false") {
		t.Errorf("%v", err)
	}
}
