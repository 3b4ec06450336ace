//go:build lab

package frr

import (
	"errors"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"srr/internal/frr/frrpair"
	"srr/internal/frr/vty"
)

const interfaceConf = "interface eth0\n ip ospf area 0\n ip ospf network point-to-point\n ip ospf dead-interval minimal hello-multiplier 10\nexit\n"

func ospf(routerID, more string) string {
	return interfaceConf + "router ospf\n ospf router-id " + routerID + "\n capability opaque\n" + more + "exit\n"
}

const tuned = " timers throttle lsa all 0\n timers lsa min-arrival 0\n"

// seen is the metric of the prefix at a node; 0 if it is not announced.
func seen(t *testing.T, n *frrpair.Node, p string) int {
	t.Helper()
	all, err := New(n.VTY).Announced(t.Context(), netip.MustParsePrefix(p))
	if err != nil {
		t.Fatal(err)
	}
	return int(all[0x0a000001])
}

func sequence(t *testing.T, n *frrpair.Node, p string) string {
	addr, _, _ := strings.Cut(p, "/")
	_, after, _ := strings.Cut(n.Show(t, vty.OSPFd, "show ip ospf database external "+addr), "LS Seq Number: ")
	return after[:8]
}

// patience for what must happen, on a machine that does other things too.
const patience = 30 * time.Second

func TestLabAnnounce(t *testing.T) {
	for _, c := range []struct {
		name, timers string
		bound        time.Duration // of a change to what is announced; untuned it takes 5 s
	}{{"tuned", tuned, 4 * time.Second}, {"default", "", patience}} {
		t.Run(c.name, func(t *testing.T) {
			n, peer := frrpair.Pair(t, "shr", frrpair.Conf{OSPFd: ospf("10.0.0.1", c.timers)}, frrpair.Conf{OSPFd: ospf("10.0.0.2", c.timers)})
			announceAndClaim(t, n, peer, c.bound)
		})
	}
}

func announceAndClaim(t *testing.T, n, peer *frrpair.Node, bound time.Duration) {
	before := n.Show(t, vty.OSPFd, "show running-config")
	r := New(n.VTY)
	if _, err := r.Ensure(t.Context(), prefixes(p1, p2)); err != nil {
		t.Fatal(err)
	}
	frrpair.Eventually(t, patience, "adjacency", func() bool {
		return strings.Contains(peer.Show(t, vty.OSPFd, "show ip ospf neighbor"), "Full")
	})
	for _, p := range []string{p1, p2} {
		n.IP(t, "addr", "add", p, "dev", "lo")
		t.Logf("announced: %v", frrpair.Eventually(t, patience, "announcement of "+p, func() bool { return seen(t, peer, p) == BaseMetric }))
	}
	onlyTwo := func() {
		t.Helper()
		if got := strings.Count(n.Show(t, vty.OSPFd, "show ip ospf database external"), "Link State ID"); got != 2 {
			t.Errorf("%d external LSAs, want 2: the link itself must not be announced", got)
		}
	}
	onlyTwo()
	settled := time.NewTimer(SettleTime)
	<-settled.C
	other := sequence(t, peer, p2)
	for _, metric := range []int{999, 998, 999, 1000} {
		if err := setMetric(t, r, netip.MustParsePrefix(p1), uint32(metric)); err != nil {
			t.Fatal(err)
		}
		took := frrpair.Eventually(t, bound, "metric "+strconv.Itoa(metric), func() bool { return seen(t, peer, p1) == metric })
		t.Logf("metric %d: %v", metric, took)
		onlyTwo() // a flush stays for a while, so this would see a moment of it, too
	}
	if sequence(t, peer, p2) != other {
		t.Error("the other prefix was originated anew")
	}
	if err := setMetric(t, r, netip.MustParsePrefix(p1), 999); err != nil {
		t.Fatal(err)
	}
	frrpair.Eventually(t, bound, "metric 999", func() bool { return seen(t, peer, p1) == 999 })
	touched, claimed := sequence(t, peer, p2), sequence(t, peer, p1)
	if err := r.Touch(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("touched: %v", frrpair.Eventually(t, bound, "touched", func() bool { return sequence(t, peer, p2) != touched }))
	if seen(t, peer, p1) != 999 || seen(t, peer, p2) != BaseMetric || sequence(t, peer, p1) != claimed {
		t.Error("a touch changed a metric")
	}
	capture(t, n)
	n.Kill(vty.OSPFd)
	n.Start(t, vty.OSPFd)
	if _, err := r.Ensure(t.Context(), prefixes(p1, p2)); err != nil {
		t.Fatal(err)
	}
	frrpair.Eventually(t, patience, "announcement after a restart", func() bool { return seen(t, peer, p1) == BaseMetric })
	if err := r.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	frrpair.Eventually(t, patience, "withdrawal", func() bool { return seen(t, peer, p1) == 0 && seen(t, peer, p2) == 0 })
	if after := n.Show(t, vty.OSPFd, "show running-config"); after != before {
		t.Errorf("running configuration was\n%s\nis\n%s", before, after)
	}
}

// capture renews testdata when it is asked to.
func capture(t *testing.T, n *frrpair.Node) {
	if os.Getenv("SRR_CAPTURE") == "" {
		return
	}
	text := n.Show(t, vty.OSPFd, "show running-config") +
		"ip prefix-list VIPS seq 5 permit 10.71.100.0/24 ge 32\n!\nroute-map VIP permit 10\n match ip address prefix-list VIPS\nexit\n"
	if err := os.WriteFile("testdata/running-8.4.4.txt", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	text = n.Show(t, vty.OSPFd, "show ip ospf database external 10.71.100.1")
	if err := os.WriteFile("testdata/external-8.4.4.txt", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLabOperator(t *testing.T) {
	n, _ := frrpair.Pair(t, "shr", frrpair.Conf{OSPFd: ospf("10.0.0.1", tuned+" redistribute connected metric 5 route-map OPS\n") +
		"route-map OPS deny 5\n match interface lo\nexit\nroute-map OPS permit 10\nexit\n"}, frrpair.Conf{OSPFd: ospf("10.0.0.2", tuned)})
	before := n.Show(t, vty.OSPFd, "show running-config")
	r := New(n.VTY)
	var conflict *Conflict
	if _, err := r.Ensure(t.Context(), prefixes(p1)); !errors.As(err, &conflict) {
		t.Fatalf("error %v", err)
	}
	if after := n.Show(t, vty.OSPFd, "show running-config"); after != before {
		t.Errorf("changed to\n%s", after)
	}
	// The operator types what the error says, and then it is enough.
	lines := conflict.Add[1 : len(conflict.Add)-1]
	if err := n.VTY.Configure(t.Context(), vty.OSPFd, lines...); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Ensure(t.Context(), prefixes(p1)); err != nil {
		t.Fatal(err)
	}
	n.IP(t, "addr", "add", p1, "dev", "lo")
	frrpair.Eventually(t, patience, "announcement", func() bool { return seen(t, n, p1) == BaseMetric })
}

// ospfd announces every address of a span, and nothing beside it.
func TestLabSpan(t *testing.T) {
	n, peer := frrpair.Pair(t, "shr", frrpair.Conf{OSPFd: ospf("10.0.0.1", tuned)}, frrpair.Conf{OSPFd: ospf("10.0.0.2", tuned)})
	var span []string
	for i := 4; i < 8; i++ {
		span = append(span, "10.71.100."+strconv.Itoa(i)+"/32")
	}
	r := New(n.VTY)
	if _, err := r.Ensure(t.Context(), prefixes(span...)); err != nil {
		t.Fatal(err)
	}
	frrpair.Eventually(t, patience, "adjacency", func() bool {
		return strings.Contains(peer.Show(t, vty.OSPFd, "show ip ospf neighbor"), "Full")
	})
	n.IP(t, "addr", "add", "10.71.100.3/32", "dev", "lo")
	n.IP(t, "addr", "add", "10.71.100.8/32", "dev", "lo")
	for _, p := range span {
		n.IP(t, "addr", "add", p, "dev", "lo")
		frrpair.Eventually(t, patience, "announcement of "+p, func() bool { return seen(t, peer, p) == BaseMetric })
	}
	// One less makes two spans of one; the others must not blink.
	before := sequence(t, peer, span[0])
	if _, err := r.Ensure(t.Context(), prefixes(span[:3]...)); err != nil {
		t.Fatal(err)
	}
	frrpair.Eventually(t, patience, "withdrawal of "+span[3], func() bool { return seen(t, peer, span[3]) == 0 })
	if sequence(t, peer, span[0]) != before {
		t.Error("an address that stayed was originated anew")
	}
	for _, p := range []string{"10.71.100.3/32", "10.71.100.8/32"} {
		if seen(t, peer, p) != 0 {
			t.Errorf("%s was announced", p)
		}
	}
}

// What frr-reload or an operator takes away is announced again after the next Ensure, and
// nothing beside it.
func TestLabTakenAway(t *testing.T) {
	n, peer := frrpair.Pair(t, "shr", frrpair.Conf{OSPFd: ospf("10.0.0.1", tuned)}, frrpair.Conf{OSPFd: ospf("10.0.0.2", tuned)})
	r := New(n.VTY)
	ensure := func(something bool) {
		t.Helper()
		begin := time.Now()
		typed, err := r.Ensure(t.Context(), prefixes(p1, p2))
		if err != nil || len(typed) > 0 != something {
			t.Fatalf("typed %q: %v", typed, err)
		}
		t.Logf("%d lines: %v", len(typed), time.Since(begin))
	}
	ensure(true)
	frrpair.Eventually(t, patience, "adjacency", func() bool {
		return strings.Contains(peer.Show(t, vty.OSPFd, "show ip ospf neighbor"), "Full")
	})
	both := func() bool { return seen(t, peer, p1) == BaseMetric && seen(t, peer, p2) == BaseMetric }
	for _, p := range []string{p1, p2, "10.71.99.9/32"} { // the last one is not ours
		n.IP(t, "addr", "add", p, "dev", "lo")
	}
	frrpair.Eventually(t, patience, "announcement", both)
	for _, c := range []struct {
		name      string
		lines     []string
		withdrawn bool
	}{
		{"all", []string{"router ospf", "no redistribute connected", "exit", "no route-map SRR", "no ip prefix-list SRR"}, true},
		{"redistribute", []string{"router ospf", "no redistribute connected", "exit"}, true},
		{"prefix-list", []string{"no ip prefix-list SRR"}, true},
		{"route-map", []string{"no route-map SRR"}, false},
		{"one entry", []string{"no route-map SRR permit 991", "no route-map SRR permit 1000"}, true},
	} {
		ensure(false)
		if err := n.VTY.Configure(t.Context(), vty.OSPFd, c.lines...); err != nil {
			t.Fatal(c.name, err)
		}
		if c.withdrawn {
			frrpair.Eventually(t, patience, "withdrawal: "+c.name, func() bool { return seen(t, peer, p1) == 0 && seen(t, peer, p2) == 0 })
		}
		ensure(true)
		t.Logf("%s: %v", c.name, frrpair.Eventually(t, patience, "announcement: "+c.name, both))
		if got := strings.Count(n.Show(t, vty.OSPFd, "show ip ospf database external"), "Link State ID"); got != 2 {
			t.Errorf("%s: %d external LSAs, want 2, also of those that are being flushed", c.name, got)
		}
	}
}
