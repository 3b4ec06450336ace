package doctor

import (
	"strings"
	"testing"
)

// TestTimers of real daemons: of ospfd as a whole, and of each interface.
func TestTimers(t *testing.T) {
	for dir, wants := range map[string][]string{
		"default": {"|SPF throttle|delay 0 ms, hold 50 to 5000 ms", "|LSA throttle|5000 ms", "|LSA arrival|1000 ms", "|hello and dead|hello 10000 ms, dead 40 s, retransmit 5 s"},
		"tuned":   {"|LSA throttle|0 ms", "|hello and dead|hello 100 ms, dead 1 s", "|BFD|to ", "silence is noticed after 150 ms (3 × 50 ms)"},
	} {
		timers, unread := ReadTimers(t.Context(), captured{dir, strings.NewReplacer()})
		if len(unread) > 0 && dir == "tuned" { // the other one has no bfdd
			t.Errorf("%s: %v", dir, unread)
		}
		var all strings.Builder
		for _, tm := range timers {
			all.WriteString(tm.On + "|" + tm.Name + "|" + tm.Is + "\n")
		}
		for _, want := range wants {
			if !strings.Contains(all.String(), want) {
				t.Errorf("%s: no %q in\n%s", dir, want, &all)
			}
		}
	}
	if _, err := ReadVersion(t.Context(), captured{"nowhere", strings.NewReplacer()}); err == nil {
		t.Error("a version of nobody")
	}
	timers, unread := ReadTimers(t.Context(), captured{"nowhere", strings.NewReplacer()})
	if len(timers) != 0 || len(unread) == 0 {
		t.Errorf("of nobody: %v %v", timers, unread)
	}
}

func version(text string) says {
	return says{captured{"tuned", strings.NewReplacer()}, "ospfd", "show version", text}
}

func TestVersion(t *testing.T) {
	if v, err := ReadVersion(t.Context(), version("FRRouting 8.4.4 (n1) on Linux(6.1).\nCopyright 1996-2005")); v != "8.4.4" || err != nil {
		t.Errorf("%q %v", v, err)
	}
	for _, s := range []string{"", "FRRouting", "BIRD 2.0.12"} {
		if v, err := ReadVersion(t.Context(), version(s)); err == nil {
			t.Errorf("%q is version %q", s, v)
		}
	}
}
