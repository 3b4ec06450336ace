package daemon

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"srr/internal/routing/frr"
)

func TestMetricIsToldUntilOSPFdHasIt(t *testing.T) {
	an := &announcement{sure: true}
	m := metrics{byAddr: map[netip.Addr]*announcement{netip.MustParseAddr("10.0.0.1"): an}}
	due := func(want uint32, is bool) {
		t.Helper()
		if an.due(want) != is {
			t.Fatalf("metric %d: due %v, %+v", want, !is, an)
		}
	}
	tell := func(metric uint32) { an.set, an.asking = metric, true }
	due(frr.BaseMetric, false) // it has that
	low := uint32(frr.BaseMetric - 1)
	due(low, true)
	tell(low)
	due(low, false) // it is being told
	if !an.answered(errors.New("refused"), false) {
		t.Error("a failure is no news")
	}
	due(low, true)
	tell(low)
	if an.answered(errors.New("refused"), false) {
		t.Error("the same failure is news")
	}
	tell(low)
	an.answered(nil, false)
	due(low, false)
	m.unsure(time.Second) // ospfd was started anew
	due(low, true)
	tell(low)
	m.unsure(2 * time.Second)
	an.answered(nil, true)
	due(low, true)
	tell(low)
	an.answered(frr.ErrForeign, false)
	due(low, false)
	due(frr.BaseMetric, true)
}
