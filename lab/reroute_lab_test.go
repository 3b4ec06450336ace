//go:build lab

package lab

import (
	"testing"
	"time"
)

// TestRerouting loses parts of the way to an address that stays where it is.
// There is no cluster: routers alone must find another way. It takes them a
// second, because ospfd computes external routes again only when a timer of 1 s
// fires after it has computed the paths.
func TestRerouting(t *testing.T) {
	l := newTestLab(t, Options{Topology: "two", Timers: "bfd20", Announce: true})
	addr := ServiceAddr(0)
	client := l.topo.Client().Links[0].Addr.Addr()
	for _, c := range []struct {
		name        string
		node        string
		fault, mend func(t *testing.T)
	}{
		{
			"router off", "n2",
			func(t *testing.T) { must(t, l.PowerOff("r1")) },
			func(t *testing.T) { must(t, l.PowerOn("r1")) },
		},
		{
			"link down", "n1",
			func(t *testing.T) {
				via, err := l.NextHop("r1", addr, client, "client")
				must(t, err)
				name := map[string]string{"10.71.1.1": "eth0", "10.71.11.1": "eth1"}[via.String()]
				must(t, l.SetLink("n1", name, false))
			},
			func(t *testing.T) { must(t, l.SetLink("n1", "eth0", true)); must(t, l.SetLink("n1", "eth1", true)) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			must(t, l.WaitReady(t.Context()))
			must(t, l.AddAddress(c.node, addr, true))
			p := startPinger(t, l, addr)
			waitAnswer(t, p, 0)
			must(t, waitFor(60*time.Second, "the way of the client, for a second", func() bool { return p.Quiet(time.Second) }))
			c.fault(t)
			time.Sleep(3 * time.Second) // the reaction is what is measured
			waitAnswer(t, p, 0)
			res, err := p.Stop()
			must(t, err)
			gap := res[0].Longest()
			t.Logf("gap %v, lost %d in %d holes", gap.Took, res[0].Lost, len(res[0].Gaps))
			if gap.Took > 10*time.Second {
				t.Errorf("gap %v, want 10 s at most", gap.Took)
			}
			c.mend(t)
			must(t, l.AddAddress(c.node, addr, false))
		})
	}
}
