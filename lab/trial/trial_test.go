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
			if got := toTheLast(c.results, base); got != c.want {
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
