//go:build lab

// Package frrtest runs FRR's zebra and ospfd in network namespaces, for tests of
// what talks to them. It needs root, iproute2 and FRR, and fails without.
package frrtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netns"
)

// Node is a host or router to build.
type Node struct {
	Name     string
	RouterID string
	Links    []Link
	Router   string // further lines for "router ospf"
}

// Link attaches a node to a LAN, which is a bridge in a namespace of its own.
type Link struct {
	LAN  string
	Addr string // with the prefix length
	Area int
}

// Lab is a running network.
type Lab struct {
	t      testing.TB
	prefix string
	nodes  []Node
	pids   map[string]int // "node/daemon"
}

// Up builds the network and starts FRR on every node with fast hellos (dead
// after 1 s). Everything is removed at the end of the test. The prefix of all names is
// the package's own: those of others run at the same time.
func Up(t testing.TB, prefix string, nodes ...Node) *Lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test builds network namespaces: run it as root")
	}
	for _, f := range []string{"/usr/lib/frr/zebra", "/usr/lib/frr/ospfd"} {
		if _, err := os.Stat(f); err != nil {
			t.Fatalf("%v: apt-get install frr", err)
		}
	}
	l := &Lab{t: t, prefix: prefix, nodes: nodes, pids: map[string]int{}}
	t.Cleanup(l.down)
	l.ip("netns", "add", l.ns("sw"))
	l.ip("-n", l.ns("sw"), "link", "set", "lo", "up")
	for i := range nodes {
		l.plug(&nodes[i])
	}
	for _, n := range nodes {
		l.Start(n.Name)
	}
	return l
}

func (l *Lab) ns(name string) string { return l.prefix + name }

func (l *Lab) ip(args ...string) {
	l.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		l.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// plug makes a node's namespace and its links.
func (l *Lab) plug(n *Node) {
	ns, sw := l.ns(n.Name), l.ns("sw")
	l.ip("netns", "add", ns)
	l.ip("-n", ns, "link", "set", "lo", "up")
	for i, k := range n.Links {
		br, port, dev := "br"+k.LAN, fmt.Sprintf("%s%d", n.Name, i), fmt.Sprintf("eth%d", i)
		if exec.Command("ip", "-n", sw, "link", "show", br).Run() != nil {
			l.ip("-n", sw, "link", "add", br, "type", "bridge", "mcast_snooping", "0", "stp_state", "0")
			l.ip("-n", sw, "link", "set", br, "up")
		}
		l.ip("link", "add", port, "netns", sw, "type", "veth", "peer", "name", dev, "netns", ns)
		l.ip("-n", sw, "link", "set", port, "master", br, "up")
		l.ip("-n", ns, "addr", "add", k.Addr, "dev", dev)
		l.ip("-n", ns, "link", "set", dev, "up")
	}
}

func (n *Node) config() string {
	var b strings.Builder
	for i, k := range n.Links {
		fmt.Fprintf(&b, "interface eth%d\n ip ospf dead-interval minimal hello-multiplier 10\n", i)
		fmt.Fprintf(&b, " ip ospf retransmit-interval 1\n ip ospf area %d\nexit\n", k.Area)
	}
	if n.RouterID != "" {
		fmt.Fprintf(&b, "router ospf\n ospf router-id %s\n capability opaque\n", n.RouterID)
		fmt.Fprintf(&b, " timers throttle spf 0 50 1000\n timers throttle lsa all 0\n%s\nexit\n", n.Router)
	}
	return b.String()
}

func (l *Lab) node(name string) *Node {
	for i := range l.nodes {
		if l.nodes[i].Name == name {
			return &l.nodes[i]
		}
	}
	l.t.Fatalf("no node %s", name)
	return nil
}

// Start starts zebra and ospfd of a node, or only ospfd if zebra runs.
func (l *Lab) Start(name string) {
	l.t.Helper()
	ns := l.ns(name)
	for _, dir := range []string{"/etc/frr/" + ns, "/run/frr/" + ns} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			l.t.Fatal(err)
		}
		l.own(dir)
	}
	if l.pids[name+"/zebra"] == 0 {
		l.daemon(name, "zebra", "hostname "+name+"\n")
		l.Wait("zebra of "+name, 5*time.Second, func() bool {
			_, err := os.Stat("/run/frr/" + ns + "/zserv.api")
			return err == nil
		})
	}
	l.daemon(name, "ospfd", l.node(name).config(), "-a")
}

func (l *Lab) daemon(name, daemon, config string, extra ...string) {
	l.t.Helper()
	ns := l.ns(name)
	conf, pid := filepath.Join("/etc/frr", ns, daemon+".conf"), filepath.Join("/run/frr", ns, daemon+".pid")
	if err := os.WriteFile(conf, []byte(config), 0o640); err != nil {
		l.t.Fatal(err)
	}
	l.own(conf)
	args := []string{"ip", "netns", "exec", ns, "/usr/lib/frr/" + daemon, "-N", ns, "-d", "-f", conf, "-i", pid, "-u", "frr", "-g", "frr"}
	Launch(l.t, append(args, extra...)...)
	l.Wait(daemon+" of "+name, 5*time.Second, func() bool {
		b, _ := os.ReadFile(pid)
		n, err := strconv.Atoi(strings.TrimSpace(string(b)))
		l.pids[name+"/"+daemon] = n
		return err == nil && n > 0
	})
}

func (l *Lab) own(path string) {
	l.t.Helper()
	u, err := user.Lookup("frr")
	if err != nil {
		l.t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(path, uid, gid); err != nil {
		l.t.Fatal(err)
	}
}

// Signal sends a signal to a daemon that this lab started. After SIGKILL the
// daemon can be started again.
func (l *Lab) Signal(name, daemon string, sig syscall.Signal) {
	pid := l.pids[name+"/"+daemon]
	if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); pid == 0 || filepath.Base(exe) != daemon {
		return
	}
	_ = syscall.Kill(pid, sig)
	if sig == syscall.SIGKILL {
		delete(l.pids, name+"/"+daemon)
		_ = os.Remove(filepath.Join("/run/frr", l.ns(name), daemon+".pid"))
		l.Wait("the end of "+daemon, 5*time.Second, func() bool {
			exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
			return exe == ""
		})
	}
}

// Running reports whether a daemon runs.
func (l *Lab) Running(name, daemon string) bool {
	exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", l.pids[name+"/"+daemon]))
	return filepath.Base(exe) == daemon
}

// Link sets a node's interface up or down.
func (l *Lab) Link(name, dev, state string) { l.ip("-n", l.ns(name), "link", "set", dev, state) }

// Vtysh runs commands on a node and returns what they printed.
func (l *Lab) Vtysh(name string, commands ...string) string {
	args := []string{"-N", l.ns(name)}
	for _, c := range commands {
		args = append(args, "-c", c)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	out, _ := exec.CommandContext(ctx, "vtysh", args...).CombinedOutput()
	return string(out)
}

// Go runs f in the namespace of a node, on a thread of its own.
func (l *Lab) Go(name string, f func()) {
	go func() {
		// Never unlocked: the thread ends with the goroutine, and the
		// namespace with it.
		runtime.LockOSThread()
		h, err := netns.GetFromName(l.ns(name))
		if err == nil {
			err = netns.Set(h)
			h.Close()
		}
		if err != nil {
			l.t.Errorf("enter namespace of %s: %v", name, err)
			return
		}
		f()
	}()
}

// Wait waits until ok, or fails the test.
func (l *Lab) Wait(what string, limit time.Duration, ok func() bool) {
	l.t.Helper()
	end := time.Now().Add(limit)
	for !ok() {
		if time.Now().After(end) {
			l.t.Fatalf("%s: not within %s", what, limit)
		}
		<-time.After(2 * time.Millisecond)
	}
}

// WaitFull waits until a node has that many Full neighbors.
func (l *Lab) WaitFull(name string, n int) {
	l.t.Helper()
	l.Wait(fmt.Sprintf("%d Full neighbors of %s", n, name), 30*time.Second, func() bool {
		return strings.Count(l.Vtysh(name, "show ip ospf neighbor"), "Full/") >= n
	})
}

func (l *Lab) down() {
	for _, n := range l.nodes {
		l.Signal(n.Name, "ospfd", syscall.SIGKILL)
		l.Signal(n.Name, "zebra", syscall.SIGKILL)
		os.RemoveAll("/etc/frr/" + l.ns(n.Name))
		os.RemoveAll("/run/frr/" + l.ns(n.Name))
		_ = exec.Command("ip", "netns", "del", l.ns(n.Name)).Run()
	}
	_ = exec.Command("ip", "netns", "del", l.ns("sw")).Run()
}
