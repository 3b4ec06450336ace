//go:build lab

package daemon

import (
	"net/netip"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netns"

	"srr/internal/routing"
	"srr/internal/routing/address"
)

// TestLabCleanUp: what a dead daemon withdrew goes at once, what it announced
// stays for its successor, and goes with its lifetime if there is none.
func TestLabCleanUp(t *testing.T) {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	ns, err := netns.New()
	if err != nil {
		t.Fatalf("make network namespace (needs root): %v", err)
	}
	defer ns.Close()
	ip := func(args ...string) string {
		out, err := exec.Command("ip", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("ip %v: %v: %s", args, err, out)
		}
		return string(out)
	}
	ip("link", "set", "lo", "up")
	withdrawn, announced := netip.MustParseAddr("10.71.100.1"), netip.MustParseAddr("10.71.100.2")
	dead, err := address.Open(address.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dead.Set([]routing.Want{{Addr: withdrawn}, {Addr: announced, Announce: true}})
	if err := dead.Close(2 * time.Second); err != nil {
		t.Fatal(err)
	}
	routes := func() string {
		return strings.Join(strings.Fields(ip("route", "show", "table", "local", "proto", "222")), " ")
	}
	if got := routes(); strings.Count(got, "local") != 2 {
		t.Fatalf("before: %s", got)
	}
	if err := CleanUp(false); err != nil {
		t.Error(err)
	}
	if got := routes(); strings.Count(got, "local") != 1 || !strings.Contains(got, announced.String()) {
		t.Errorf("with a successor: %s", got)
	}
	if err := CleanUp(true); err != nil {
		t.Error(err)
	}
	if got := routes() + ip("addr", "show", "to", announced.String()); got != "" {
		t.Errorf("without one: %s", got)
	}
}
