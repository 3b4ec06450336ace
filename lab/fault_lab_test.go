//go:build lab

package lab

import (
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFaults breaks and mends one thing after the other, and looks whether the
// network noticed.
func TestFaults(t *testing.T) {
	l := newTestLab(t, Options{Topology: "two", Timers: "bfd20"})
	n1, n2, n3 := l.topo.Nodes[2].RouterID, l.topo.Nodes[3].RouterID, l.topo.Nodes[4].RouterID
	route := func(node string, want bool) func() bool {
		return func() bool {
			return l.HasRoute("cl", map[string]netip.Addr{"n1": n1, "n2": n2, "n3": n3}[node]) == want
		}
	}
	noticed := func(what string, cond func() bool) {
		t.Helper()
		must(t, waitFor(60*time.Second, what, cond))
	}

	t.Run("power", func(t *testing.T) {
		before, err := l.Exec(t.Context(), "n3", "cat", "/proc/sys/kernel/random/boot_id")
		must(t, err)
		must(t, l.AddAddress("n3", ServiceAddr(7), true))
		must(t, l.PowerOff("n3"))
		noticed("the loss of n3", route("n3", false))
		if err := l.PowerOff("n9"); err == nil {
			t.Error("a node that does not exist lost its power")
		}
		must(t, l.PowerOn("n3"))
		noticed("the return of n3", route("n3", true))
		after, err := l.Exec(t.Context(), "n3", "cat", "/proc/sys/kernel/random/boot_id")
		must(t, err)
		if before == after {
			t.Error("the boot ID survived a loss of power")
		}
		out, err := l.Exec(t.Context(), "n3", "ip", "-o", "addr")
		must(t, err)
		if strings.Contains(out, ServiceAddr(7).String()) {
			t.Error("a service address survived a loss of power")
		}
	})
	t.Run("link", func(t *testing.T) {
		must(t, l.SetLink("n3", "eth0", false))
		noticed("the loss of the link", route("n3", false))
		out, err := l.Exec(t.Context(), "n3", "ip", "-o", "link", "show", "eth0")
		must(t, err)
		if !strings.Contains(out, "NO-CARRIER") {
			t.Errorf("the node still has a carrier: %s", out)
		}
		must(t, l.SetLink("n3", "eth0", true))
		noticed("its return", route("n3", true))
		must(t, l.SetLink("n1", "eth0", false))
		time.Sleep(300 * time.Millisecond) // longer than the detection: nothing must happen
		noticed("n1 over its other link", route("n1", true))
		must(t, l.SetLink("n1", "eth0", true))
	})
	t.Run("drop", func(t *testing.T) {
		must(t, l.Drop("n3", "eth0", true))
		noticed("the silence", route("n3", false))
		must(t, l.Drop("n3", "eth0", false))
		noticed("its end", route("n3", true))
	})
	t.Run("partition", func(t *testing.T) {
		must(t, l.Partition("A", false, "n2"))
		noticed("the partition", route("n2", false))
		must(t, l.Partition("A", true, "n2"))
		noticed("its end", route("n2", true))
		if err := l.Partition("B", false, "n1"); err == nil {
			t.Error("n1 was cut from a LAN that it is not on")
		}
	})
	t.Run("daemon", func(t *testing.T) {
		must(t, l.Signal("n3", "ospfd", syscall.SIGKILL))
		noticed("the loss of ospfd", route("n3", false))
		must(t, l.Restart("n3", "ospfd"))
		noticed("its return", route("n3", true))
		if err := l.Restart("n3", "ospfd"); err == nil {
			t.Error("a second ospfd was started")
		}
	})
	t.Run("router", func(t *testing.T) {
		must(t, l.WaitReady(t.Context()))
		must(t, l.PowerOff("r1"))
		noticed("the way around r1", route("n3", true))
		must(t, l.PowerOn("r1"))
		must(t, l.WaitReady(t.Context()))
	})
}
