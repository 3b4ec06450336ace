//go:build lab

package cluster

import (
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/api"
	"srr/lab"
	"srr/lab/trial"
)

// newAreas starts a service on the hosts of three areas. n2 is in the NSSA alone,
// where records of AS scope do not get: it must not take part.
func newAreas(t *testing.T) *fixture {
	f := newLab(t, lab.Options{Topology: "areas", Timers: "hello"})
	f.start(Config{Services: []Service{
		{Name: "vip", On: Preferences{"n1": 300, "n2": 200, "n3": 100}, Settings: []string{fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(0))}},
	}})
	f.must(f.k.WaitOn(f.ctx, "vip", "n1"))
	return f
}

// TestAreas runs a cluster over the borders of areas, with routers 20 ms apart.
func TestAreas(t *testing.T) {
	f := newAreas(t)
	t.Run("nodes of other areas", f.sub(testOtherAreas))
	t.Run("a node in the NSSA", f.sub(testNSSA))
	t.Run("planned move", f.sub(testAreaMove))
	t.Run("power-off", f.sub(testAreaPower))
	t.Run("a router of the path dies", f.sub(testAreaRouter))
	t.Run("area cut off", f.sub(testAreaPartition))
}

// sees reports how a host sees another.
func (f *fixture) sees(host, other string) (state string) {
	s, err := f.k.Snapshot(f.ctx, host)
	if err != nil {
		return ""
	}
	for _, n := range s.Nodes {
		if n.Name == other {
			return n.State
		}
	}
	return ""
}

func testOtherAreas(f *fixture) {
	for _, pair := range [][2]string{{"n1", "n3"}, {"n3", "n1"}} {
		f.eventually(pair[0]+" to see "+pair[1], func() bool { return f.sees(pair[0], pair[1]) == api.NodeUp })
		if out, _ := f.srrctl(pair[0], "doctor"); !strings.Contains(out, "ospfd and its database agree on") {
			f.Errorf("doctor on %s has no second opinion, or another one:\n%s", pair[0], out)
		}
	}
}

// testNSSA: n2 hears nobody and is heard by nobody, and says so instead of
// starting everything.
func testNSSA(f *fixture) {
	const said = "records of AS scope neither enter nor leave area 0.0.0.2 (NSSA)"
	f.eventually("n2 to say why it starts nothing", func() bool {
		s, err := f.k.Snapshot(f.ctx, "n2")
		return err == nil && s.Gate.State == api.GateJoining && strings.Contains(strings.Join(s.Gate.Reasons, "; "), said)
	})
	f.eventually("its alarm", func() bool {
		s, err := f.k.Snapshot(f.ctx, "n2")
		return err == nil && slices.ContainsFunc(s.Alarms, func(a api.Alarm) bool { return strings.Contains(a.Text, said) })
	})
	if out, code := f.srrctl("n2", "doctor"); code == 0 || !strings.Contains(out, said) {
		f.Errorf("doctor: exit %d:\n%s", code, out)
	}
	check := []string{filepath.Join(f.bin, "srrd"), "check-config", "--config", f.l.Path("n2", "srr.yaml")}
	if out, err := f.l.Exec(f.ctx, "n2", check...); err == nil || !strings.Contains(err.Error(), said) {
		f.Errorf("check-config: %v\n%s", err, out)
	}
	if out, err := f.l.Exec(f.ctx, "n1", append(check[:3:3], f.l.Path("n1", "srr.yaml"))...); err != nil {
		f.Errorf("check-config on n1: %v\n%s", err, out)
	}
}

// watch runs a trial and bounds its gap, which it returns.
func (f *fixture) watch(what string, limit time.Duration, t trial.Trial) time.Duration {
	f.Helper()
	t.ICMP, t.Grace = []netip.Addr{lab.ServiceAddr(0)}, 500*time.Millisecond // four wires there and back take 160
	got, err := t.Run(f.ctx, f.l, time.Minute)
	f.must(err)
	s := got["icmp"]
	f.Logf("%s: gap %s, %d lost", what, s.Gap, s.Lost)
	if s.Gap > limit {
		f.Errorf("%s: gap %s, want %s at most", what, s.Gap, limit)
	}
	if out, err := f.l.Vtysh(f.ctx, "cl", "show ip route "+lab.ServiceAddr(0).String()); err != nil || !strings.Contains(out, "ospf") {
		f.Errorf("the client has no route: %v\n%s", err, out)
	}
	if state := f.state("n2", "vip"); state != "active/stopped" {
		f.Errorf("n2 has vip %s", state)
	}
	return s.Gap
}

func testAreaMove(f *fixture) {
	const most = 10 * time.Second // the machine does other things, too
	shortest := most
	for _, to := range []string{"n3", "n1"} {
		shortest = min(shortest, f.watch("move to "+to, most, trial.Trial{
			Fault: func(ctx context.Context) error { return f.k.Move(ctx, "vip", to) },
			Done:  func(ctx context.Context) error { return f.k.WaitOn(ctx, "vip", to) },
		}))
	}
	if shortest > time.Second {
		f.Errorf("no move within a second, but %s", shortest)
	}
}

func testAreaPower(f *fixture) {
	// n3 sees n1 only as an AS border router that another one tells of.
	if w := f.foresee("n1", "n3"); len(w.Units) != 1 || !slices.Equal(w.Units[0].After, []string{"n3"}) {
		f.Errorf("n3 foresees %+v", w.Units)
	}
	f.watch("power-off", 15*time.Second, trial.Trial{
		Fault: func(context.Context) error { return f.l.PowerOff("n1") },
		Done:  func(ctx context.Context) error { return f.k.WaitOn(ctx, "vip", "n3") },
	})
	f.must(f.l.PowerOn("n1"))
	f.must(f.k.WaitOn(f.ctx, "vip", "n1"))
}

// testAreaRouter: m2 is between the client and n1; the way over m1 is left.
func testAreaRouter(f *fixture) {
	f.watch("router off", 15*time.Second, trial.Trial{
		Fault:  func(context.Context) error { return f.l.PowerOff("m2") },
		Window: 2 * time.Second,
	})
	f.must(f.l.PowerOn("m2"))
	f.must(f.l.WaitReady(f.ctx))
	if on := f.k.Holder(f.ctx, "vip"); on != "n1" {
		f.Errorf("vip is on %q", on)
	}
}

// testAreaPartition: area 1 loses both its border routers. Each part has
// routers, so each runs the service, and one is left when it heals.
func testAreaPartition(f *fixture) {
	border := map[string]string{"m1": "b1m1", "m2": "b2m2"}
	cut := func(heal bool) {
		for node, lan := range border {
			f.must(f.l.Partition(lan, heal, node))
		}
	}
	cut(false)
	f.eventually("both parts to run it", func() bool {
		return f.state("n1", "vip") == "active/started" && f.state("n3", "vip") == "active/started"
	})
	for _, host := range []string{"n1", "n3"} {
		other := map[string]string{"n1": "n3", "n3": "n1"}[host]
		if got := f.sees(host, other); got != api.NodeDown {
			f.Errorf("%s sees %s %s", host, other, got)
		}
	}
	cut(true)
	f.eventually("one to be left", func() bool {
		return f.state("n1", "vip") == "active/started" && f.state("n3", "vip") == "active/stopped" &&
			f.sees("n3", "n1") == api.NodeUp && f.sees("n1", "n3") == api.NodeUp
	})
}
