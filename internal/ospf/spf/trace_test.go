package spf

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"srr/internal/ospf/packet"
)

func TestTrace(t *testing.T) {
	n := threeAreas(t)
	n.stub(1, 1, "10.11.0.0/16", 1)
	n.external(1, "10.100.0.1/32", packet.ExternalMetric{Type2: true, Metric: 999})
	n.external(4, "10.100.0.1/32", packet.ExternalMetric{Type2: true, Metric: 1000})
	n.external(1, "10.101.0.0/16", packet.ExternalMetric{Type2: true, Metric: 1, Forwarding: 0xc0a80963})
	n.lan(1, 9, 5, 2)
	n.boundary(0, 2, 1, 10)
	n.boundary(2, 3, 1, 20)
	for _, c := range []struct {
		from byte
		to   string
		want string
	}{
		{1, "10.44.1.1", "1 2 3 4: delivered"},
		{4, "10.100.0.1", "4: delivered"}, // announced by itself
		{3, "10.100.0.1", "3 2 1: delivered"},
		{2, "10.100.0.1", "2 1: delivered"},
		{1, "10.11.0.9", "1: delivered"},
		{1, "10.1.2.2", "1: no route"}, // a link without a stub network
		{1, "10.101.9.9", "1: delivered"},
		{2, "10.101.9.9", "2: delivered"}, // to the forwarding address on its LAN
		{9, "10.44.1.1", "9: no route"},
		{3, "10.11.0.9", "3: leaves the known areas"}, // no summary, but a border router
	} {
		if got := traceLine(n.topology().Trace(rid(c.from), netip.MustParseAddr(c.to))); got != c.want {
			t.Errorf("from %d to %s: %s, want %s", c.from, c.to, got, c.want)
		}
	}
}

// TestTraceWithinOneArea: the view of a router of area 1 ends at its border.
func TestTraceWithinOneArea(t *testing.T) {
	n := threeAreas(t)
	delete(n.routers, 0)
	delete(n.routers, 2)
	if got := traceLine(n.topology().Trace(rid(1), netip.MustParseAddr("10.44.1.1"))); got != "1 2: leaves the known areas" {
		t.Error(got)
	}
}

// TestTraceStopsAtAHalfKnownBorder: what a border router does is not guessed
// from the one of its areas that this view has.
func TestTraceStopsAtAHalfKnownBorder(t *testing.T) {
	n := newNetwork(t)
	n.p2p(1, 1, 2, 10)
	n.p2p(1, 1, 3, 20)
	n.flag(2, packet.RouterB)
	n.flag(3, packet.RouterB)
	n.summary(1, 2, "10.44.0.0/16", 5)
	n.summary(1, 3, "10.44.0.0/16", 5)
	if got := traceLine(n.topology().Trace(rid(1), netip.MustParseAddr("10.44.1.1"))); got != "1 2: leaves the known areas" {
		t.Error(got)
	}
}

// TestTraceThroughTranslator: who translates a type 7 LSA is not its destination.
func TestTraceThroughTranslator(t *testing.T) {
	n := nssaNetwork(t)
	metric := packet.ExternalMetric{Type2: true, Metric: 5, Forwarding: 0x0a0b0001}
	n.nssa(2, 1, "10.9.0.0/16", metric).Header.Options = packet.OptionNP
	n.external(2, "10.9.0.0/16", metric)
	if got := traceLine(n.topology().Trace(rid(3), netip.MustParseAddr("10.9.0.1"))); got != "3 2 1: delivered" {
		t.Error(got)
	}
}

// TestTraceLoop: border routers that point at each other are found out.
func TestTraceLoop(t *testing.T) {
	n := newNetwork(t)
	n.p2p(0, 1, 2, 10)
	n.p2p(1, 1, 2, 10)
	n.flag(1, packet.RouterB)
	n.flag(2, packet.RouterB)
	n.summary(0, 1, "10.9.0.0/16", 1)
	n.summary(0, 2, "10.9.0.0/16", 1)
	got := n.topology().Trace(rid(1), netip.MustParseAddr("10.9.0.1"))
	if got.End != LeavesView && got.End != Loop || len(got.Hops) > 3 {
		t.Error(traceLine(got))
	}
}

// TestTraceToNeighbor: the owner of an address on the last LAN is the last hop.
func TestTraceToNeighbor(t *testing.T) {
	n := newNetwork(t)
	n.p2p(0, 1, 2, 10)
	n.lan(0, 7, 10, 2, 3)
	for to, want := range map[string]string{
		"192.168.7.3":  "1 2 3: delivered",
		"192.168.7.2":  "1 2: delivered",
		"192.168.7.77": "1 2: delivered",
	} {
		if got := traceLine(n.topology().Trace(rid(1), netip.MustParseAddr(to))); got != want {
			t.Errorf("to %s: %s, want %s", to, got, want)
		}
	}
	ways := n.topology().Traces(rid(1), netip.MustParseAddr("192.168.7.3"), netip.MustParseAddr("::1"), netip.MustParseAddr("192.168.7.2"))
	if len(ways) != 3 || traceLine(ways[0]) != "1 2 3: delivered" || ways[1].End != NoRoute || traceLine(ways[2]) != "1 2: delivered" {
		t.Errorf("several: %v", ways)
	}
	if got := n.topology().Trace(rid(1), netip.MustParseAddr("::1")); got.End != NoRoute {
		t.Errorf("IPv6: %s", traceLine(got))
	}
}

func traceLine(tr Trace) string {
	var hops []string
	for _, h := range tr.Hops {
		hops = append(hops, fmt.Sprint(byte(h.Router)))
	}
	return strings.Join(hops, " ") + ": " + tr.End.String()
}
