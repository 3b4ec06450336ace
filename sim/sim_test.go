package sim

import (
	"context"
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/sim/host"
	"srr/sim/script"
)

var (
	seeds    = flag.Uint64("seeds", 12, "how many seeds to run")
	fromSeed = flag.Uint64("from", 0, "the first seed")
)

// TestSeeds runs a little of the standard mix; `make sim` runs all of it.
func TestSeeds(t *testing.T) {
	for s := *fromSeed; s < *fromSeed+*seeds; s++ {
		if r := Run(t.Context(), NewPlan(s), nil); r.Failed() {
			t.Errorf("seed %d: %s\nreplay: srrd sim --seed %d", s, r.First(), s)
		}
	}
}

// TestRepeatable: a seed is one run, to the byte.
func TestRepeatable(t *testing.T) {
	for s := range uint64(4) {
		var a, b strings.Builder
		Run(t.Context(), NewPlan(s), &a)
		Run(t.Context(), NewPlan(s), &b)
		if a.Len() == 0 || a.String() != b.String() {
			t.Errorf("seed %d is not the same twice", s)
		}
	}
}

// TestPlanIsAScript: what a plan prints can be read again.
func TestPlanIsAScript(t *testing.T) {
	for s := range uint64(200) {
		p := NewPlan(s)
		steps, err := script.ParseSteps(p.String())
		if err != nil {
			t.Fatal(err)
		}
		var want []script.Step
		for _, l := range p.Build {
			want = append(want, script.Step{Text: l})
		}
		want = append(append(want, p.Faults...), p.Repair...)
		if !slices.Equal(steps, want) {
			t.Errorf("seed %d is read as something else", s)
		}
	}
}

// TestMix: the standard mix breaks something at least 20 times an hour.
func TestMix(t *testing.T) {
	var faults int
	const runs = 500
	for s := range uint64(runs) {
		faults += len(NewPlan(s).drawn)
	}
	perHour := float64(faults) / runs / faultsFor.Hours()
	if perHour < 20 {
		t.Errorf("%.0f faults per hour", perHour)
	}
}

// TestPairs: with the seeds of `make sim` each kind of fault meets each other one, in
// both orders, in a cluster that has not recovered.
func TestPairs(t *testing.T) {
	var p pairs
	for s := range uint64(2000) {
		p.add(NewPlan(s).drawn)
	}
	if len(p.met) != len(kinds)*len(kinds) {
		t.Error(&p)
	}
	t.Log(&p)
}

// TestShrink: of a schedule, what makes it fail is left.
func TestShrink(t *testing.T) {
	p := NewPlan(3)
	p.Faults = slices.Insert(p.Faults, len(p.Faults)/2, script.Step{At: p.Faults[len(p.Faults)/2].At, Text: "make no sense"})
	r := Run(t.Context(), p, nil)
	if r.Err == nil {
		t.Fatal("a command without sense was carried out")
	}
	small, _ := Shrink(t.Context(), p, r)
	if len(small.Faults) != 1 || small.Faults[0].Text != "make no sense" {
		t.Errorf("this is left: %v", small.Faults)
	}
}

// replay runs a script that passes, and returns what happened.
func replay(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	ok, err := Replay(t.Context(), text, &out)
	if err != nil || !ok {
		t.Fatalf("%v, %v\n%s", ok, err, &out)
	}
	return out.String()
}

// TestReplay: a script is run, and everything that happens is told.
func TestReplay(t *testing.T) {
	out := replay(t, `
# two hosts at one router
router r1
host n1 n2
lan lan1 r1 n1 n2
service web pref=n1:200,n2:100
boot
@30s power-off n1
`)
	for _, want := range []string{"> power-off n1", "n1   announces web", "n2   announces web"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not tell %q:\n%s", want, out)
		}
	}
	if _, err := Replay(t.Context(), "@1x boot", io.Discard); err == nil {
		t.Error("a time without sense was read")
	}
	if _, err := Replay(t.Context(), "router r1\nlink l r1 r2", io.Discard); err == nil {
		t.Error("a node that is not there was linked")
	}
}

// TestEndsWhenItIsTold: a run in the middle of anything ends with its context, and
// a batch does not go on to the next one.
func TestEndsWhenItIsTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out strings.Builder
	began := 0
	r := Run(ctx, NewPlan(1), writer(func([]byte) {
		if began++; began == 100 {
			cancel()
		}
	}))
	if !errors.Is(r.Err, context.Canceled) || began > 101 {
		t.Errorf("the run went on for %d lines, error %v", began-100, r.Err)
	}
	if (Batch{Seeds: 1 << 60, Jobs: 2, Out: &out}).Run(ctx) || !strings.Contains(out.String(), "0 passed") {
		t.Errorf("a batch that was interrupted says %q", &out)
	}
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// TestLabWords: the words that the lab has as well do here what they do there.
func TestLabWords(t *testing.T) {
	out := replay(t, twoHosts+`
@30s lose n1 lan1 100
@31s abort n1 srrd
@50s hear n1 lan1
@60s router-off r1
@70s router-on r1
@100s mute n1 lan1
@110s speak n1 lan1
@130s flap n2 lan1 20
@150s crash-loop n2 3 2s
@170s address n2 web refused
@171s power-off n1
`)
	for want, n := range map[string]int{
		"n1   srrd ended: killed": 1, "n2   srrd ended: killed": 3, "n2   says alarm cut off": 2,
		"n1   says alarm cut off": 2, "n2   says alarm failed web: address": 1,
	} {
		if got := strings.Count(out, want); got < n {
			t.Errorf("%q is told %d times, want %d\n%s", want, got, n, out)
		}
	}
	for _, line := range []string{"lose n1 lan1 0", "lose n1 lan1 some", "flap n1 lan1 0", "flap n1 lan9 2", "crash-loop n1 2 soon", "address n1 web gone", "address n1 mail ok"} {
		if _, err := Replay(t.Context(), "router r1\nhost n1\nlan lan1 r1 n1\nservice web\nboot\n@1s "+line, io.Discard); err == nil {
			t.Errorf("%q was carried out", line)
		}
	}
}

// TestNonTransitive: two hosts that hear each other through a third one only (B19), and
// then not at all, although that one still has the records of both.
func TestNonTransitive(t *testing.T) {
	out := replay(t, `
router r1 r2
host n1 n2 n3
link a r1 n1
link b r2 n2
link c r1 n3
link d r2 n3
link core r1 r2
service web on=n1,n2 pref=n1:200,n2:100
boot
@60s link-down r1 core
@120s link-down n3 c
`)
	before, after, _ := strings.Cut(out, "> link-down n3 c")
	if strings.Contains(before, "n2   announces web") {
		t.Errorf("n2 starts what n1 runs and both of them reach\n%s", before)
	}
	if !strings.Contains(after, "n2   announces web") {
		t.Errorf("n2 does not start what it cannot reach any more\n%s", after)
	}
}

// TestPurged: a node whose records somebody takes away is silent, not gone: nobody starts
// what it runs, and it says everything again.
func TestPurged(t *testing.T) {
	out := replay(t, twoHosts+`
@60s purge n1 r1
@90s kill n1 srrd never
@90s wipe n1
`)
	_, purged, _ := strings.Cut(out, "> purge n1 r1")
	purged, silent, _ := strings.Cut(purged, "> kill n1")
	if strings.Contains(purged, "n2   calls web start") || strings.Count(purged, "its node record is gone") != 1 || !strings.Contains(purged, "n1 runs srrd") {
		t.Errorf("after the purge:\n%s", purged)
	}
	if !strings.Contains(silent, "n2   announces web") {
		t.Errorf("when n1 is silent for good:\n%s", silent)
	}
}

// TestNoClockBefore1970: the kernel does not allow one.
func TestNoClockBefore1970(t *testing.T) {
	w := script.New(0, func(*host.Effect) {})
	steps, err := script.ParseSteps("router r1\nhost n1\nlink l r1 n1\nboot\n@10s clock n1 wall=-900000h")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(steps, 20*time.Second, func() bool { return false }); err != nil {
		t.Fatal(err)
	}
	if wall := w.Host("n1").Wall(); wall.Unix() < 10 || wall.Year() != 1970 {
		t.Errorf("it shows %s", wall)
	}
}

// TestWipedTwice: a srrd dies, comes back, dies and loses its disk, all within a second.
// Everybody listens to each of its lives (seed 394).
func TestWipedTwice(t *testing.T) {
	out := replay(t, twoHosts+`
@90s kill n1 srrd never
@90.05s start n1 srrd
@90.3s kill n1 srrd
@90.3s wipe n1
`)
	if n := strings.Count(out, "n2   says 10.0.0.1:  n1 runs srrd"); n != 3 {
		t.Errorf("n2 heard of %d lives of n1\n%s", n, out)
	}
}

// verifiedWeb is a cluster whose service tells whether it has stopped.
const verifiedWeb = `
router r1
host n1 n2
lan lan1 r1 n1 n2
service web verified pref=n1:200,n2:100
boot
`

// TestKilledPrimitiveAnswers: an operator sees to it that a service does not run while
// its own stop is at work, which ends with it (seed 987).
func TestKilledPrimitiveAnswers(t *testing.T) {
	out := replay(t, verifiedWeb+`
@60s behave n1 web stop slow
@60s do n1 stop web
@60.5s do n2 confirm-stopped web n1
`)
	if _, stopped, _ := strings.Cut(out, "n1   calls web stop"); !strings.Contains(stopped, "n1   answered web stop") {
		t.Errorf("the stop never ends:\n%s", stopped)
	}
}

// TestStopOfALifeBefore: the stop of a srrd that died ends at last, and with it the one
// that its successor has called meanwhile, which answers (seed 13700).
func TestStopOfALifeBefore(t *testing.T) {
	out := replay(t, verifiedWeb+`
@60s behave n1 web stop hang
@60s do n1 stop web
@70s kill n1 srrd 1s
`)
	_, after, _ := strings.Cut(out, "n1   srrd began")
	_, after, _ = strings.Cut(after, "n1   srrd began")
	if !strings.Contains(after, "n1   calls web stop #1") || !strings.Contains(after, "n1   answered web stop #1") {
		t.Errorf("the stop of its second life never ends:\n%s", after)
	}
}

// TestForgottenHolder: who has lost its state file cannot know of a resource that runs where
// srrd is silent for ever, and nobody mends that (seed 21662). Who has it waits.
func TestForgottenHolder(t *testing.T) {
	for _, lost := range []string{"wipe n1", ""} {
		p := &Plan{Core: []string{"n1"}, End: calmBefore + calmFor, Build: strings.Split("router r1,host n1 n2,lan lan1 r1 n1 n2,service disk resource,boot", ",")}
		for i, text := range []string{"kill n2 srrd never", "power-off n1", lost} {
			p.Faults = append(p.Faults, script.Step{At: settleFor + time.Duration(i)*time.Minute, Text: text})
		}
		p.Repair = []script.Step{{At: settleFor + faultsFor, Text: "mend n1"}}
		var trace strings.Builder
		if r := Run(t.Context(), p, &trace); r.Failed() {
			t.Errorf("%q: %s", lost, r.First())
		}
		if _, after, _ := strings.Cut(trace.String(), "> mend n1"); strings.Contains(after, "n1   calls disk start") == (lost == "") {
			t.Errorf("%q:\n%s", lost, after)
		}
	}
}

// TestComesBackInTime: what comes back by itself does so before the operators look for
// the last time, who say what of it runs no more (seed 709).
func TestComesBackInTime(t *testing.T) {
	for s := range uint64(300) {
		p := NewPlan(s)
		last := p.Repair[len(p.Repair)-1].At
		for _, f := range p.Faults {
			words := strings.Fields(f.Text)
			if d, err := time.ParseDuration(words[len(words)-1]); err == nil && f.At+d > last-20*time.Second {
				t.Errorf("seed %d: %s, but the last look is at %s", s, f, last)
			}
		}
	}
}
