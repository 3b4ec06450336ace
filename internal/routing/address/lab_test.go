//go:build lab

package address_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"srr/internal/routing"
	"srr/internal/routing/address"
	"srr/internal/routing/announcetest"
)

// inNamespace moves the test into a network namespace of its own, with lo up.
// It has no name; it goes when the test's thread and sockets are gone.
func inNamespace(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("needs root: run as `sudo go test -tags lab …`")
	}
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	ns, err := netns.New()
	if err != nil {
		t.Fatalf("make network namespace: %v", err)
	}
	t.Cleanup(func() { ns.Close() })
	ip(t, "link", "set", "lo", "up")
}

// ip runs iproute2 in the namespace of the calling thread.
func ip(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// clock is the driver's, and can be put forward.
type clock struct{ ahead time.Duration }

func (c *clock) now() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts)
	return time.Duration(ts.Nano()) + c.ahead
}

func open(t *testing.T, c *clock) *address.Driver {
	t.Helper()
	d, err := address.Open(address.Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close(5 * time.Second) })
	return d
}

func shows(t *testing.T, a netip.Addr, args ...string) bool {
	return strings.Contains(ip(t, args...), a.String())
}

func TestLabConformance(t *testing.T) {
	announcetest.Run(t, func(t *testing.T) announcetest.Harness {
		inNamespace(t)
		c := &clock{}
		return announcetest.Harness{
			Open: func(t *testing.T) routing.Announcer { return open(t, c) },
			Owned: func(a netip.Addr) bool {
				family := map[bool]string{true: "-4", false: "-6"}[a.Is4()]
				return shows(t, a, family, "route", "show", "table", "local", "proto", "222")
			},
			Announced: func(a netip.Addr) bool {
				return strings.Contains(ip(t, "addr", "show", "dev", "lo"), a.String()+"/")
			},
			Advance: func(d time.Duration) { c.ahead += d },
			A:       a1, B: a6,
		}
	})
}

func TestLabKernelText(t *testing.T) {
	inNamespace(t)
	d := open(t, &clock{})
	d.Set(announce(a1, a6))
	lo := ip(t, "-d", "addr", "show", "dev", "lo")
	for _, want := range []string{"inet 10.71.100.1/32 scope global dynamic lo", "valid_lft 5sec preferred_lft 5sec", "inet6 2001:db8::1/128"} {
		if !strings.Contains(strings.Join(strings.Fields(lo), " "), want) {
			t.Errorf("no %q in\n%s", want, lo)
		}
	}
	d.Set(own(a1))
	if got := ip(t, "route", "show", "table", "local", "type", "local", "10.71.100.1"); !strings.Contains(got, "proto 222") || strings.Contains(got, "kernel") {
		t.Errorf("our route after the withdrawal: %q", got)
	}
	if got := ip(t, "route", "get", "10.71.100.1"); !strings.Contains(got, "local") {
		t.Errorf("not delivered locally: %s", got)
	}
}

func TestLabForeignAddress(t *testing.T) {
	inNamespace(t)
	ip(t, "link", "add", "shr0", "type", "veth", "peer", "name", "shr1")
	ip(t, "addr", "add", "10.71.100.1/24", "dev", "shr0")
	ip(t, "addr", "add", "10.71.100.2/32", "dev", "lo") // on lo, but not ours
	before := ip(t, "addr", "show") + ip(t, "route", "show", "table", "local")
	d := open(t, &clock{})
	s := d.Set(announce(a1, a2))
	if !errors.Is(s[a1].Err, address.ErrForeign) || !strings.Contains(s[a1].Err.Error(), "on shr0") || !strings.Contains(s[a2].Err.Error(), "on lo") {
		t.Errorf("states: %+v", s)
	}
	d.Set(nil)
	if err := d.CleanUp(nil); err != nil {
		t.Error(err)
	}
	if after := ip(t, "addr", "show") + ip(t, "route", "show", "table", "local"); after != before {
		t.Errorf("changed:\n%s\nto:\n%s", before, after)
	}
}

func TestLabRestore(t *testing.T) {
	inNamespace(t)
	c := &clock{}
	d := open(t, c)
	d.Set(announce(a1, a2))
	ip(t, "addr", "del", "10.71.100.1/32", "dev", "lo")
	ip(t, "route", "del", "local", "10.71.100.2", "dev", "lo", "table", "local", "proto", "222")
	s := d.Set(announce(a1, a2))
	if !errors.Is(s[a1].Err, address.ErrRemoved) || s[a1].Announced || !s[a2].Owned {
		t.Errorf("after the removal: %+v", s)
	}
	c.ahead += 1100 * time.Millisecond
	if err := d.Renew(); err != nil {
		t.Error(err)
	}
	if got, err := d.Present(); err != nil || len(got) != 2 {
		t.Errorf("restored: %v, %v", got, err)
	}
}

// A flood of other people's changes overruns the subscription: the driver
// must notice and read again.
func TestLabOverrun(t *testing.T) {
	inNamespace(t)
	k, err := address.OpenNetlink()
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if k.Changed() {
		t.Error("changed before anything did")
	}
	if err := errors.Join(k.Apply([]address.Op{{Action: address.Own, Addr: a1}, {Action: address.Announce, Addr: a1, Life: time.Hour}})...); err != nil || k.Changed() {
		t.Errorf("own change: %v, or was noticed", err)
	}
	var batch strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&batch, "addr replace 10.80.%d.%d/32 dev lo valid_lft 3600 preferred_lft 3600\n", i>>8, i&255)
	}
	cmd := exec.Command("ip", "-force", "-batch", "-")
	cmd.Stdin = strings.NewReader(batch.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ip -batch: %v: %s", err, out)
	}
	if !k.Changed() || k.Changed() {
		t.Error("want changed once")
	}
	s, err := k.Dump()
	if err != nil || len(s.Addresses) != 10003 || !s.Addresses[a1].Ours || s.Addresses[netip.MustParseAddr("10.80.1.1")].Ours {
		t.Errorf("dump: %d addresses, %v", len(s.Addresses), err)
	}
}

func TestLabExpires(t *testing.T) {
	inNamespace(t)
	d := open(t, &clock{})
	d.Set(announce(a1))
	end := time.Now().Add(30 * time.Second)
	for {
		there, err := d.Present()
		if err != nil {
			t.Fatal(err)
		}
		if len(there) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("an address that nobody renews is still there after 30 s")
		}
	}
	if err := d.Renew(); !errors.Is(err, address.ErrExpired) {
		t.Errorf("renew: %v", err)
	}
}

// cpu is what the calling thread has used. Netlink works within its calls.
func cpu() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestLabThousand(t *testing.T) {
	inNamespace(t)
	d := open(t, &clock{})
	var all []netip.Addr
	for a := netip.MustParseAddr("10.72.0.0"); len(all) < 1000; a = a.Next() {
		all = append(all, a)
	}
	const ms = time.Millisecond
	const wall = 5 * time.Second // the machine does other things, too; work is what it costs
	measure := func(what string, work time.Duration, f func()) {
		t0, c0 := time.Now(), cpu()
		f()
		took, used := time.Since(t0), cpu()-c0
		t.Logf("%s: %v, CPU %v", what, took, used)
		if took > wall || used > work {
			t.Errorf("%s: %v (limit %v), CPU %v (limit %v)", what, took, wall, used, work)
		}
	}
	measure("set 1,000", 100*ms, func() { d.Set(announce(all...)) })
	if there, err := d.Present(); err != nil || len(there) != 1000 {
		t.Fatalf("present: %d, %v", len(there), err)
	}
	for range 3 {
		measure("renew 1,000", 20*ms, func() {
			if err := d.Renew(); err != nil {
				t.Error(err)
			}
		})
	}
	measure("set the same", 5*ms, func() { d.Set(announce(all...)) })
	measure("withdraw 1,000", 100*ms, func() { d.Set(nil) })
	if there, err := d.Present(); err != nil || len(there) != 0 {
		t.Errorf("left: %d, %v", len(there), err)
	}
}
