//go:build lab

package filter

import (
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netns"
)

const port = 2607

// two makes two namespaces with a link between them, and puts a listener that
// is open to everybody into the first. It returns how to run something in each.
func two(t *testing.T) (inside, outside func(func())) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test builds network namespaces: run it as root")
	}
	a, b := "srrfa"+strconv.Itoa(os.Getpid()), "srrfb"+strconv.Itoa(os.Getpid())
	ip := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	for _, n := range []string{a, b} {
		ip("netns", "add", n)
		t.Cleanup(func() { ip("netns", "del", n) })
		ip("-n", n, "link", "set", "lo", "up")
	}
	ip("link", "add", "f0", "netns", a, "type", "veth", "peer", "name", "f0", "netns", b)
	for n, addr := range map[string]string{a: "10.79.0.1/24", b: "10.79.0.2/24"} {
		ip("-n", n, "addr", "add", addr, "dev", "f0")
		ip("-n", n, "link", "set", "f0", "up")
	}
	in := func(name string) func(func()) {
		return func(f func()) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				runtime.LockOSThread() // and never unlocked: the thread ends with it
				ns, err := netns.GetFromName(name)
				if err == nil {
					err = netns.Set(ns)
				}
				if err != nil {
					t.Error(err)
					return
				}
				defer ns.Close()
				f()
			}()
			<-done
		}
	}
	return in(a), in(b)
}

// reaches reports whether the port can be connected to, as it is wanted. What is
// dropped is told by nobody: that takes the whole patience.
func reaches(addr string, want bool) bool {
	patience := 300 * time.Millisecond
	if want {
		patience = 30 * time.Second
	}
	c, err := net.DialTimeout("tcp", net.JoinHostPort(addr, strconv.Itoa(port)), patience)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// Other hosts reach the port until it is closed, and again after it was
// opened; this host always does, on every address of its own.
func TestClosed(t *testing.T) {
	inside, outside := two(t)
	var l net.Listener
	inside(func() {
		var err error
		if l, err = net.Listen("tcp", ":"+strconv.Itoa(port)); err != nil {
			t.Error(err)
		}
	})
	if l == nil {
		t.Fatal("no listener")
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	look := func(when string, want bool) {
		t.Helper()
		outside(func() {
			if got := reaches("10.79.0.1", want); got != want {
				t.Errorf("%s: reached from outside: %t", when, got)
			}
		})
		inside(func() {
			for _, a := range []string{"127.0.0.1", "10.79.0.1", "::1"} {
				if !reaches(a, true) {
					t.Errorf("%s: this host does not reach %s", when, a)
				}
			}
		})
	}
	do := func(when string, f func() error) {
		t.Helper()
		inside(func() {
			if err := f(); err != nil {
				t.Errorf("%s: %v", when, err)
			}
		})
	}
	installed := func(when string, want bool) {
		t.Helper()
		inside(func() {
			if got, err := Installed(t.Context(), port); err != nil || got != want {
				t.Errorf("%s: installed %t, %v", when, got, err)
			}
		})
	}
	look("before", true)
	installed("before", false)
	do("remove nothing", func() error { return Remove(t.Context()) })
	for _, when := range []string{"closed", "closed again, after a crash"} {
		do(when, func() error { return Install(t.Context(), port) })
		look(when, false)
		installed(when, true)
	}
	do("another port", func() error { return Install(t.Context(), port+1) })
	installed("another port", false)
	do("closed", func() error { return Install(t.Context(), port) })
	do("flush", func() error { return exec.Command("nft", "flush", "ruleset").Run() })
	installed("flushed by another program", false)
	look("flushed by another program", true)
	do("closed", func() error { return Install(t.Context(), port) })
	do("remove", func() error { return Remove(t.Context()) })
	look("removed", true)
	installed("removed", false)
}

// An accept of somebody else does not open it, before or after.
func TestOthersDoNotOpenIt(t *testing.T) {
	inside, outside := two(t)
	inside(func() {
		if err := Install(t.Context(), port); err != nil {
			t.Error(err)
		}
		for _, priority := range []string{"-400", "0"} {
			rules := "table inet other" + strings.Trim(priority, "-") + " {\nchain in {\ntype filter hook input priority " + priority + "; policy accept;\ntcp dport 2607 accept\n}\n}\n"
			if out, err := exec.Command("nft", rules).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		}
		l, err := net.Listen("tcp", ":"+strconv.Itoa(port))
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { l.Close() })
	})
	outside(func() {
		if reaches("10.79.0.1", false) {
			t.Error("reached")
		}
	})
}
