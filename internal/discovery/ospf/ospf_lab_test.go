//go:build lab

package ospf_test

import (
	"log/slog"
	"testing"

	"srr/internal/discovery"
	"srr/internal/discovery/mediumtest"
	"srr/internal/discovery/ospf"
	"srr/internal/frr/frrtest"
)

// network joins three real ospfd: n0 and n2 have links to n1 only.
type network struct {
	*frrtest.Lab
	t testing.TB
}

var names = []string{"n0", "n1", "n2"}

func newNetwork(t *testing.T) network {
	l := frrtest.Up(t, "sha",
		frrtest.Node{Name: "n0", RouterID: "10.0.0.1", Links: []frrtest.Link{{LAN: "a", Addr: "10.72.1.1/24"}}},
		frrtest.Node{Name: "n1", RouterID: "10.0.0.2", Links: []frrtest.Link{
			{LAN: "a", Addr: "10.72.1.2/24"}, {LAN: "b", Addr: "10.72.2.2/24"},
		}},
		frrtest.Node{Name: "n2", RouterID: "10.0.0.3", Links: []frrtest.Link{{LAN: "b", Addr: "10.72.2.3/24"}}})
	l.WaitFull("n1", 2)
	return network{l, t}
}

// testLog prints what the media log with the test.
type testLog struct{ t testing.TB }

func (w testLog) Write(b []byte) (int, error) {
	w.t.Logf("%s", b)
	return len(b), nil
}

func options(t testing.TB, i int) ospf.Options {
	return ospf.Options{
		Cluster: "lab", RouterID: mediumtest.ID(i),
		Log: slog.New(slog.NewTextHandler(testLog{t}, nil)).With("node", i),
	}
}

func (n network) Medium(i int) discovery.Medium {
	o := options(n.t, i)
	o.Log = nil
	return ospf.New(o)
}
func (n network) Go(i int, f func()) { n.Lab.Go(names[i], f) }
func (n network) Crash(i int)        { n.Signal(names[i], "ospfd", 9) }
func (n network) Restore(i int)      { n.Start(names[i]) }

func TestConformance(t *testing.T) { mediumtest.Run(t, newNetwork(t)) }
