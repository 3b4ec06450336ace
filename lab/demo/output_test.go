package demo

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"srr/lab/probe"
	"srr/lab/trial"
)

func TestStrip(t *testing.T) {
	var out bytes.Buffer
	s := &show{o: Options{Out: &out}}
	now := time.Now()
	s.strip(0, "power off n1")(trial.Progress{
		Start: now.Add(-2 * time.Second),
		Results: []probe.Result{{Gaps: []probe.Gap{
			{Start: now.Add(-1050 * time.Millisecond), Took: 500 * time.Millisecond},
		}}},
	})
	drawn := out.String()
	if got := strings.Count(drawn[strings.Index(drawn, "n1")+2:], "x"); got < 5 || got > 7 {
		t.Errorf("half a second without an answer is %d letters: %q", got, drawn)
	}
}

func TestReportAndSummary(t *testing.T) {
	var out bytes.Buffer
	s := &show{o: Options{Out: &out, Timers: "bfd20"}, began: time.Now()}
	good := result{title: "planned move", icmp: trial.Sample{Gap: 3 * time.Millisecond, Lost: 1}, after: "n3"}
	bad := result{title: "power off n1", err: errors.New("no answer")}
	s.results = []result{good, bad}
	s.report(0, &good)
	s.report(1, &bad)
	s.summary()
	for _, want := range []string{"planned move", "3 ms without an answer", "now on n3", "FAILED: no answer", "bfd20"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("escape sequences without a terminal")
	}
}

// TestStepsHaveAFaultAndALimit checks the table.
func TestStepsHaveAFaultAndALimit(t *testing.T) {
	for _, st := range steps {
		if st.fault == nil || st.limit == nil || st.title == "" {
			t.Errorf("step %q is not complete", st.title)
		}
	}
}
