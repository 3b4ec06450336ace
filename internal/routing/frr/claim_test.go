package frr

import (
	"testing"
	"time"
)

func TestClaimMetric(t *testing.T) {
	var c ClaimMetric
	const s = time.Second
	for i, step := range []struct {
		now    time.Duration
		newest bool
		rivals []uint32
		metric uint32
		next   time.Duration
	}{
		{0, true, nil, 1000, 0},
		{1 * s, false, []uint32{1000}, 1000, 0}, // the older claim stays where it is
		{2 * s, true, []uint32{1000}, 999, 0},
		{3 * s, true, []uint32{1000}, 999, 0},
		{4 * s, true, []uint32{998, 1000}, 999, 7 * s}, // too soon
		{7 * s, true, []uint32{998, 1000}, 997, 0},
		{20 * s, true, nil, 997, 67 * s},
		{66 * s, true, nil, 997, 67 * s},
		{67 * s, true, nil, 1000, 0},
		{80 * s, true, []uint32{10}, LowestMetric, 0}, // a rival that cannot be undercut
	} {
		metric, next := c.Step(step.now, step.newest, step.rivals)
		if metric != step.metric || next != step.next || c.Metric() != metric {
			t.Errorf("step %d: %d, %v; want %d, %v", i, metric, next, step.metric, step.next)
		}
	}
}
