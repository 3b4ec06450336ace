//go:build lab

package lab

import (
	"net/netip"
	"testing"
	"time"

	"srr/lab/probe"
)

// TestAreas checks that the client reaches the hosts of all areas, over links
// that take their time.
func TestAreas(t *testing.T) {
	l := newTestLab(t, Options{Topology: "areas", Timers: "hello"})
	for _, c := range []struct {
		node  string
		wires int // on the shortest path from the client
	}{{"n1", 2}, {"n2", 3}, {"n3", 1}} {
		n, err := l.topo.Node(c.node)
		must(t, err)
		p, err := probe.Start(probe.Config{
			Namespace: l.NodeNamespace("cl"), Targets: []netip.Addr{n.RouterID},
			Interval: 10 * time.Millisecond, Grace: 500 * time.Millisecond,
		})
		must(t, err)
		must(t, waitFor(60*time.Second, "20 probes", func() bool { return p.Results()[0].Sent >= 20 }))
		res, err := p.Stop()
		must(t, err)
		want := 2 * time.Duration(c.wires) * wireDelay
		if got := res[0]; got.Lost > 0 || got.Fastest < want || got.Fastest > want+want/4+5*time.Millisecond {
			t.Errorf("%s: round trip %v, want %v; lost %d of %d", c.node, got.Fastest, want, got.Lost, got.Sent)
		}
	}
}
