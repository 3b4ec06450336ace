//go:build lab

package lab

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"
	"time"

	"srr/lab/probe"
)

func TestMain(m *testing.M) {
	RunHelper()
	if prefix := os.Getenv(ownerEnv); prefix != "" {
		ownLab(prefix)
	}
	os.Exit(m.Run())
}

// newTestLab builds a lab that goes with the test.
func newTestLab(t *testing.T, o Options) *Lab {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	l, err := Up(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := l.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	return l
}

// takeover gives an address to a node as soon as another cannot be reached
// from it any more: what is left of a cluster when one takes everything away
// but the routing.
func takeover(t *testing.T, l *Lab, node string, lost, addr netip.Addr) <-chan time.Time {
	t.Helper()
	moved := make(chan time.Time, 1)
	w, err := l.WatchRouteLoss(node, lost, func() {
		_ = l.AddAddress(node, addr, true)
		moved <- time.Now()
	})
	must(t, err)
	t.Cleanup(w.Close)
	return moved
}

// waitAnswer waits until a target answers again.
func waitAnswer(t *testing.T, p *probe.Pinger, target int) {
	t.Helper()
	if err := waitFor(60*time.Second, "an answer", func() bool { return p.Answered(target) }); err != nil {
		t.Fatal(err)
	}
}

func startPinger(t *testing.T, l *Lab, targets ...netip.Addr) *probe.Pinger {
	t.Helper()
	p, err := probe.Start(probe.Config{Namespace: l.NodeNamespace("cl"), Targets: targets})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = p.Stop() })
	return p
}

// TestPowerOffFloor measures the loss of a node without any cluster: detection
// and routing alone. n1 has two links; its neighbors lose it twice, and the
// second time they wait for FRR's hold between two computations of the paths.
func TestPowerOffFloor(t *testing.T) {
	for _, c := range []struct {
		timers string
		limit  time.Duration
	}{{"hello", 1500 * time.Millisecond}, {"bfd50", 400 * time.Millisecond}, {"bfd20", 300 * time.Millisecond}} {
		t.Run(c.timers, func(t *testing.T) {
			l := newTestLab(t, Options{Topology: "two", Timers: c.timers, Announce: true})
			// The machine does other things, too: one of two is within the limit, and
			// the other is no matter of minutes.
			shortest := map[string]time.Duration{}
			for _, victim := range []string{"n1", "n2", "n1", "n2"} {
				gap := powerOffGap(t, l, victim)
				if gap.Took > 10*time.Second || gap.Lost == 0 {
					t.Errorf("gap %v, want more than 0 and at most 10 s", gap.Took)
				}
				if best, ok := shortest[victim]; !ok || gap.Took < best {
					shortest[victim] = gap.Took
				}
			}
			// An announcement that arrives between the two computations for n1 may
			// have to wait for ospfd's timer of 1 s for externals.
			if shortest["n1"] > c.limit+time.Second || shortest["n2"] > c.limit {
				t.Errorf("gaps %v, want at most %v, and a second more for n1", shortest, c.limit)
			}
		})
	}
}

// powerOffGap moves an address from the victim to n3 by a loss of power.
func powerOffGap(t *testing.T, l *Lab, victim string) probe.Gap {
	t.Helper()
	addr := ServiceAddr(0)
	n, err := l.topo.Node(victim)
	must(t, err)
	must(t, l.AddAddress(victim, addr, true))
	moved := takeover(t, l, "n3", n.RouterID, addr)
	p := startPinger(t, l, addr)
	waitAnswer(t, p, 0)
	// Faults come at any phase of the hellos.
	time.Sleep(time.Duration(300+rand.IntN(300)) * time.Millisecond)
	start := time.Now()
	must(t, l.PowerOff(victim))
	at := <-moved
	waitAnswer(t, p, 0)
	res, err := p.Stop()
	must(t, err)
	gap := res[0].Longest()
	t.Logf("%s off: gap %v, lost %d, noticed after %v", victim, gap.Took, gap.Lost, at.Sub(start))
	must(t, l.PowerOn(victim))
	must(t, l.AddAddress("n3", addr, false))
	must(t, l.WaitReady(t.Context()))
	return gap
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
