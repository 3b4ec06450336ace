package trial

import (
	"testing"
	"time"

	"srr/lab/probe"
)

func TestToTheLast(t *testing.T) {
	base := time.Now()
	gap := func(start, took, lost int) probe.Gap {
		return probe.Gap{
			Start: base.Add(time.Duration(start) * time.Millisecond),
			Took:  time.Duration(took) * time.Millisecond, Lost: lost,
		}
	}
	one := func(gaps ...probe.Gap) probe.Result { return probe.Result{Gaps: gaps} }
	for _, c := range []struct {
		name    string
		results []probe.Result
		want    Sample
	}{
		{"nothing lost", []probe.Result{one()}, Sample{}},
		{"holes of one add up", []probe.Result{one(gap(10, 50, 25), gap(200, 4, 2))}, Sample{Gap: 54 * time.Millisecond, Lost: 27}},
		{"what was before the fault does not count", []probe.Result{one(gap(-10, 2, 1), gap(10, 50, 25))}, Sample{Gap: 50 * time.Millisecond, Lost: 25}},
		{
			"many: from the first loss to the last answer",
			[]probe.Result{one(gap(20, 60, 3)), one(), one(gap(10, 40, 2)), one(gap(30, 90, 4))},
			Sample{Gap: 110 * time.Millisecond, Lost: 9},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := toTheLast(c.results, base); got.Gap != c.want.Gap || got.Lost != c.want.Lost {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestIntervalBoundsTheRate(t *testing.T) {
	for n, want := range map[int]time.Duration{1: 2 * time.Millisecond, 100: 20 * time.Millisecond, 1000: 100 * time.Millisecond} {
		if got := interval(n); got != want {
			t.Errorf("interval of %d addresses is %v, want %v", n, got, want)
		}
	}
}

func TestSinceKnown(t *testing.T) {
	base := time.Now()
	icmp := toTheLast([]probe.Result{{Gaps: []probe.Gap{{Start: base, Took: 50 * time.Millisecond, Lost: 25}, {Start: base.Add(90 * time.Millisecond), Took: 10 * time.Millisecond, Lost: 5}}}}, base)
	for _, c := range []struct {
		name string
		at   time.Time
		want time.Duration
		some bool
	}{
		{"before the end", base.Add(70 * time.Millisecond), 30 * time.Millisecond, true},
		{"after the end", base.Add(170 * time.Millisecond), 0, true},
		{"never", time.Time{}, 0, false},
	} {
		samples := map[string]Sample{"icmp": icmp}
		(&Trial{Known: func() time.Time { return c.at }}).sinceKnown(samples)
		got, some := samples[Known]
		if got.Gap != c.want || some != c.some {
			t.Errorf("known %s: %v, %v", c.name, got.Gap, some)
		}
	}
}
