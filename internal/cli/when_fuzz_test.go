package cli

import (
	"testing"
	"time"
)

func FuzzParseWhen(f *testing.F) {
	for _, s := range []string{"90m", "8h", "3d", "18:30", "2026-12-31 18:30", "2026-12-31T18:30:00Z", "-1h", "65536d", "00:00:60"} {
		f.Add(s, true)
	}
	now := time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC) // an hour that some zones skip
	f.Fuzz(func(t *testing.T, s string, later bool) {
		direction := map[bool]int{true: 1, false: -1}[later]
		if d, err := parseSpan(s); err == nil && d < 0 {
			t.Errorf("%q is %v", s, d)
		}
		when, err := parseWhen(s, now, time.UTC, direction)
		if _, daytime := time.Parse("15:04", s); err == nil && daytime == nil && when.After(now) != later && !when.Equal(now) {
			t.Errorf("%q is %v, later: %v", s, when, later)
		}
	})
}
