//go:build lab

package frrpair

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"srr/internal/frr/frrtest"
	"srr/internal/frr/vty"
)

const daemons = "/usr/lib/frr"

// Conf is the configuration of one host's daemons. The OSPF interface is eth0.
// A bfdd runs if BFDd is not empty.
type Conf struct{ Zebra, OSPFd, BFDd string }

// Node is a namespace with running daemons.
type Node struct {
	NS   string // network namespace and FRR path space
	VTY  *vty.Client
	conf Conf
}

// Pair starts two hosts, 10.71.1.1/24 and 10.71.1.2/24, on one link, and ends
// them with the test. prefix begins the namespaces' names.
func Pair(t *testing.T, prefix string, a, b Conf) (*Node, *Node) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("needs root: run as `sudo go test -tags lab …`")
	}
	if _, err := os.Stat(filepath.Join(daemons, "ospfd")); err != nil {
		t.Fatal("needs FRR: run `apt-get install frr`")
	}
	names := [2]string{fmt.Sprintf("%sa%d", prefix, os.Getpid()), fmt.Sprintf("%sb%d", prefix, os.Getpid())}
	for _, ns := range names {
		t.Cleanup(func() { exec.Command("ip", "netns", "del", ns).Run() })
		run(t, "ip", "netns", "add", ns)
		run(t, "ip", "-n", ns, "link", "set", "lo", "up")
	}
	run(t, "ip", "link", "add", "eth0", "netns", names[0], "type", "veth", "peer", "name", "eth0", "netns", names[1])
	for i, ns := range names {
		run(t, "ip", "-n", ns, "addr", "add", fmt.Sprintf("10.71.1.%d/24", i+1), "dev", "eth0")
		run(t, "ip", "-n", ns, "link", "set", "eth0", "up")
	}
	return start(t, names[0], a), start(t, names[1], b)
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func start(t *testing.T, ns string, c Conf) *Node {
	t.Helper()
	n := &Node{NS: ns, VTY: vty.New(vty.Options{PathSpace: ns}), conf: c}
	for _, dir := range []string{"/etc/frr/" + ns, "/run/frr/" + ns} {
		t.Cleanup(func() { os.RemoveAll(dir) })
		run(t, "install", "-d", "-o", "frr", "-g", "frr", dir)
	}
	for _, d := range []string{vty.Zebra, vty.BFDd, vty.OSPFd} {
		t.Cleanup(func() { n.Kill(d) })
		n.Start(t, d)
	}
	return n
}

func (n *Node) text(daemon string) string {
	return map[string]string{vty.Zebra: n.conf.Zebra, vty.OSPFd: n.conf.OSPFd, vty.BFDd: n.conf.BFDd}[daemon]
}

// Start starts a daemon and waits until its vty answers.
func (n *Node) Start(t *testing.T, daemon string) {
	t.Helper()
	if daemon == vty.BFDd && n.conf.BFDd == "" {
		return
	}
	conf := fmt.Sprintf("/etc/frr/%s/%s.conf", n.NS, daemon)
	if err := os.WriteFile(conf, []byte(n.text(daemon)), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"ip", "netns", "exec", n.NS, filepath.Join(daemons, daemon), "-N", n.NS, "-d", "-f", conf, "-i", n.pidFile(daemon), "-u", "frr", "-g", "frr"}
	if daemon == vty.OSPFd {
		args = append(args, "-a")
	}
	frrtest.Launch(t, args...)
	Eventually(t, 30*time.Second, daemon+" answers", func() bool {
		_, err := n.VTY.Show(t.Context(), daemon, "show version")
		return err == nil
	})
}

func (n *Node) pidFile(daemon string) string {
	return fmt.Sprintf("/run/frr/%s/%s.pid", n.NS, daemon)
}

// Kill ends a daemon at once and waits until it is gone.
func (n *Node) Kill(daemon string) {
	raw, _ := os.ReadFile(n.pidFile(daemon))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(raw)))
	exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if pid <= 1 || filepath.Base(exe) != daemon {
		return
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if syscall.Kill(pid, 0) != nil {
			break
		}
	}
}

// IP runs iproute2 on the node.
func (n *Node) IP(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, append([]string{"ip", "-n", n.NS}, args...)...)
}

// Show is a command's output, or the test's end.
func (n *Node) Show(t *testing.T, daemon, command string) string {
	t.Helper()
	out, err := n.VTY.Show(t.Context(), daemon, command)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Eventually waits for a condition and returns how long it took.
func Eventually(t *testing.T, bound time.Duration, what string, cond func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		if time.Since(begin) > bound {
			t.Fatalf("not within %v: %s", bound, what)
		}
		<-tick.C
	}
	return time.Since(begin)
}
