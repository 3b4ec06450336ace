package daemon

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
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

// ospfd counts how often it is asked and told.
type ospfd struct {
	running    string
	shows      int
	configured [][]string
}

func (o *ospfd) Show(context.Context, string, string) ([]byte, error) {
	o.shows++
	return []byte(o.running), nil
}

func (o *ospfd) Configure(_ context.Context, _ string, lines ...string) error {
	o.configured = append(o.configured, lines)
	return nil
}

// All that is due in one beat is one question and one answer: each of them alone would
// read before another one has written.
func TestMetricsAreToldTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &ospfd{running: "router ospf\n redistribute connected metric 1000 route-map SRR\nexit\nip prefix-list SRR seq 5 permit 10.0.0.0/24 ge 32\n"}
		d := &Daemon{redist: frr.New(o), requests: make(chan func()), ended: make(chan struct{})}
		due := map[netip.Addr]*announcement{}
		for _, a := range []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"} {
			due[netip.MustParseAddr(a)] = &announcement{set: frr.BaseMetric - 1, asking: true}
		}
		d.setMetrics(due, false)
		(<-d.requests)()
		synctest.Wait()
		if o.shows != 1 || len(o.configured) != 1 || len(o.configured[0]) != 3 {
			t.Errorf("asked %d times, told %q", o.shows, o.configured)
		}
		for a, an := range due {
			if !an.sure || an.asking {
				t.Errorf("%s: %+v", a, an)
			}
		}
	})
}
