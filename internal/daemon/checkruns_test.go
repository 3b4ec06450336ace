package daemon

import (
	"fmt"
	"testing"
	"time"

	"srr/internal/checking"
	"srr/internal/service"
)

// TestCheckRuns: equal results are one entry, the newest come first, and there is an
// end.
func TestCheckRuns(t *testing.T) {
	var c checkRuns
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	say := func(health service.Health, text string, took time.Duration) {
		at = at.Add(time.Second)
		c.keep(checking.Report{Service: "web", Health: health, Text: text, At: at, Took: took})
	}
	say(service.Up, "200", 3*time.Millisecond)
	say(service.Up, "200", 5*time.Millisecond)
	say(service.Up, "200", time.Millisecond)
	say(service.Down, "refused", 0)
	got := c.list("web")
	if len(got) != 2 || got[0].Health != "down" || got[0].Count != 1 || got[1].Count != 3 || got[1].SlowestSeconds != 0.005 || got[1].Last.Sub(got[1].First) != 2*time.Second {
		t.Errorf("%+v", got)
	}
	for i := range 2 * maxCheckRuns {
		say(service.Up, fmt.Sprint(i), 0)
	}
	if got := c.list("web"); len(got) != maxCheckRuns || got[0].Text != fmt.Sprint(2*maxCheckRuns-1) {
		t.Errorf("%d are kept, the newest is %+v", len(got), got[0])
	}
	if got := c.list("dns"); len(got) != 0 {
		t.Errorf("of another service: %+v", got)
	}
}
