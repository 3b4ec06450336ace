//go:build lab

package ospf_test

import (
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/mediumtest"
	"srr/internal/discovery/ospf"
	"srr/internal/frr/frrtest"
	"srr/internal/service"
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

func instance(i int, counter uint64, scope service.Scope) discovery.Record {
	return discovery.Record{
		Author: mediumtest.ID(i), Version: discovery.Version{Incarnation: 100, Counter: counter},
		Instance: &discovery.Instance{Service: "dns", State: service.Stopped, Scope: scope},
	}
}

func has(r discovery.Record) func(*mediumtest.View) bool {
	return func(v *mediumtest.View) bool { return v.Has(r.Key(), r.Version) }
}

const limit = 30 * time.Second

// n0 in area 1, n2 in area 0; n1 joins the two. ospfd does not list n2 at n0.
func TestAreas(t *testing.T) {
	l := frrtest.Up(t, "sha",
		frrtest.Node{Name: "n0", RouterID: "10.0.0.1", Links: []frrtest.Link{{LAN: "a", Addr: "10.72.1.1/24", Area: 1}}},
		frrtest.Node{Name: "n1", RouterID: "10.0.0.2", Links: []frrtest.Link{
			{LAN: "a", Addr: "10.72.1.2/24", Area: 1}, {LAN: "b", Addr: "10.72.2.2/24"},
		}},
		frrtest.Node{
			Name: "n2", RouterID: "10.0.0.3", Links: []frrtest.Link{{LAN: "b", Addr: "10.72.2.3/24"}},
			Router: " redistribute connected",
		})
	l.WaitFull("n1", 2)
	n := network{l, t}
	a, b := mediumtest.Observe(t, n, 0), mediumtest.Observe(t, n, 2)
	for _, o := range []*mediumtest.Observer{a, b} {
		o.Wait("up", limit, func(v *mediumtest.View) bool { return v.Up && v.Reaches(mediumtest.ID(1)) })
	}
	a.Wait("n2 over the area border", limit, func(v *mediumtest.View) bool {
		return v.Reachable[mediumtest.ID(2)] == discovery.Reach{State: discovery.ReachUp, Source: "type-4"}
	})
	wide, local := instance(2, 1, service.Scope{Kind: service.ScopeAS}), instance(0, 1, service.Scope{})
	b.Set(wide)
	a.Set(local)
	a.Wait("the record of AS scope", limit, has(wide))
	a.Wait("its own", limit, has(local))
	b.Wait("nothing of area 1", 0, func(v *mediumtest.View) bool { return !has(local)(v) })
	at := time.Now()
	n.Crash(2)
	a.Wait("n2 gone", limit, func(v *mediumtest.View) bool { return !v.Reaches(mediumtest.ID(2)) })
	t.Logf("death in another area seen after %s", time.Since(at))
}

func TestRoutersMishaps(t *testing.T) {
	n := newNetwork(t)
	a, b := mediumtest.Observe(t, n, 0), mediumtest.Observe(t, n, 1)
	for _, o := range []*mediumtest.Observer{a, b} {
		o.Wait("up", limit, func(v *mediumtest.View) bool { return v.Up && len(v.Links.Full) > 0 })
	}
	r := instance(0, 1, service.Scope{})
	a.Set(r)
	b.Wait("the record", limit, has(r))

	t.Run("process cleared", func(t *testing.T) {
		n.Vtysh("n0", "clear ip ospf process")
		b.Wait("not reachable", limit, func(v *mediumtest.View) bool { return !v.Reaches(mediumtest.ID(0)) })
		a.Wait("the echo", limit, has(r))
		b.Wait("the record, reachable", limit, func(v *mediumtest.View) bool { return has(r)(v) && v.Reaches(mediumtest.ID(0)) })
		if out := n.Vtysh("n1", "show ip ospf database opaque-area"); strings.Count(out, "10.0.0.1") == 0 {
			t.Errorf("the database does not hold it:\n%s", out)
		}
	})
	t.Run("link flaps", func(t *testing.T) {
		n.Link("n0", "eth0", "down")
		a.Wait("no neighbor", limit, func(v *mediumtest.View) bool { return len(v.Links.Full) == 0 })
		n.Link("n0", "eth0", "up")
		next := instance(0, 2, service.Scope{})
		a.Set(next)
		b.Wait("the next record, reachable", limit, func(v *mediumtest.View) bool {
			return has(next)(v) && v.Reaches(mediumtest.ID(0))
		})
		a.Wait("still up", 0, func(v *mediumtest.View) bool { return v.Up && v.Ups == 1 })
	})
	t.Run("ospfd frozen", func(t *testing.T) {
		at := time.Now()
		n.Signal("n0", "ospfd", syscall.SIGSTOP)
		a.Wait("down", limit, func(v *mediumtest.View) bool { return !v.Up })
		t.Logf("down after %s", time.Since(at))
		n.Signal("n0", "ospfd", syscall.SIGCONT)
		a.Wait("up", limit, func(v *mediumtest.View) bool { return v.Up })
	})
	t.Run("instance removed", func(t *testing.T) {
		n.Vtysh("n1", "configure terminal", "no router ospf")
		b.Wait("down", limit, func(v *mediumtest.View) bool { return !v.Up })
		n.Crash(1)
		n.Restore(1)
		b.Wait("up", limit, func(v *mediumtest.View) bool { return v.Up })
	})
}
