//go:build lab

package lab

import (
	"net/netip"
	"testing"
	"time"

	"srr/lab/probe"
)

// TestThousandAddresses probes as many addresses as the largest benchmark has,
// and loses nothing while nothing is wrong.
func TestThousandAddresses(t *testing.T) {
	l := newTestLab(t, Options{Topology: "two", Timers: "hello", Announce: true})
	var addrs []netip.Addr
	for i := range 1000 {
		addrs = append(addrs, ServiceAddr(i))
		must(t, l.AddAddress("n2", addrs[i], true))
	}
	must(t, waitFor(60*time.Second, "the last route", func() bool { return l.HasRoute("cl", addrs[999]) }))
	p, err := probe.Start(probe.Config{
		Namespace: l.NodeNamespace("cl"), Targets: addrs, Interval: 100 * time.Millisecond, Grace: time.Second,
	})
	must(t, err)
	quiet := waitFor(60*time.Second, "answers of all", func() bool { return p.Quiet(300 * time.Millisecond) })
	res, err := p.Stop()
	must(t, err)
	sent, lost, silent := 0, 0, 0
	for _, r := range res {
		sent, lost = sent+r.Sent, lost+r.Lost
		if r.Sent == r.Lost {
			silent++
		}
	}
	t.Logf("sent %d, lost %d, %d addresses never answered", sent, lost, silent)
	must(t, quiet)
}
