//go:build lab

package spf

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "keep what the lab says as testdata")

// lab is the network of testdata/README.md in network namespaces: six
// routers of FRR and one of BIRD.
type lab struct {
	*testing.T
	dir string
}

const (
	prefix  = "sho"
	frrDir  = "/usr/lib/frr/"
	birdBin = "bird"
)

var frrRouters = []string{"r1", "r2", "r3", "r4", "r5", "r6"}

// veths are point-to-point connections; the end of r1 in lan is a bridge port.
var veths = []struct{ a, ifA, addrA, b, ifB, addrB string }{
	{"r1", "lan2", "", "r2", "lan", "10.72.0.2/24"},
	{"r1", "lan3", "", "r3", "lan", "10.72.0.3/24"},
	{"r1", "to3", "10.72.13.1/30", "r3", "to1", "10.72.13.2/30"},
	{"r1", "to4", "10.72.14.1/30", "r4", "to1", "10.72.14.2/30"},
	{"r1", "to5", "10.72.15.1/30", "r5", "to1", "10.72.15.2/30"},
	{"r4", "to7", "10.72.47.1/30", "r7", "to4", "10.72.47.2/30"},
	{"r5", "to7", "10.72.57.1/30", "r7", "to5", "10.72.57.2/30"},
	{"r2", "to6", "10.72.26.2/24", "r6", "to2", "10.72.26.6/24"},
}

// kernelRoutes are redistributed.
var kernelRoutes = map[string][]string{
	"r3": {"10.73.3.0/24", "10.73.99.0/24"},
	"r4": {"10.73.4.0/24", "10.73.99.0/24"},
}

func newLab(t *testing.T) *lab {
	if os.Getuid() != 0 {
		t.Fatal("this test needs root: sudo go test -tags lab ./internal/ospf/spf")
	}
	for _, bin := range []string{frrDir + "ospfd", "vtysh", "ip", birdBin} {
		if _, err := exec.LookPath(bin); err != nil {
			t.Fatalf("this test needs %s: apt-get install frr iproute2 bird2", bin)
		}
	}
	l := &lab{T: t, dir: t.TempDir()}
	l.down()
	t.Cleanup(l.down)
	l.links()
	for _, r := range frrRouters {
		l.startFRR(r)
	}
	l.startBIRD()
	return l
}

// run runs a command and returns its output; the test ends if it fails.
func (l *lab) run(name string, args ...string) string {
	l.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		l.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// in runs a command in a router's namespace.
func (l *lab) in(router string, args ...string) string {
	l.Helper()
	return l.run("ip", append([]string{"netns", "exec", prefix + router}, args...)...)
}

// vtysh returns the output of a show command, without the warning that vtysh
// prints in a namespace of its own.
func (l *lab) vtysh(router, command string) string {
	l.Helper()
	out, err := exec.Command("vtysh", "-N", prefix+router, "-c", command).Output()
	if err != nil {
		l.Fatalf("vtysh %s %q: %v", router, command, err)
	}
	return string(out)
}

func (l *lab) links() {
	for _, r := range append([]string{"r7"}, frrRouters...) {
		l.run("ip", "netns", "add", prefix+r)
		l.in(r, "ip", "link", "set", "lo", "up")
		l.in(r, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.disable_ipv6=1")
	}
	for _, v := range veths {
		l.run("ip", "link", "add", v.ifA, "netns", prefix+v.a, "type", "veth", "peer", "name", v.ifB, "netns", prefix+v.b)
		for _, e := range [][3]string{{v.a, v.ifA, v.addrA}, {v.b, v.ifB, v.addrB}} {
			if e[2] != "" {
				l.in(e[0], "ip", "addr", "add", e[2], "dev", e[1])
			}
			l.in(e[0], "ip", "link", "set", e[1], "up")
		}
	}
	l.in("r1", "ip", "link", "add", "lan", "type", "bridge", "mcast_snooping", "0")
	l.in("r1", "ip", "link", "set", "lan2", "master", "lan")
	l.in("r1", "ip", "link", "set", "lan3", "master", "lan")
	l.in("r1", "ip", "addr", "add", "10.72.0.1/24", "dev", "lan")
	l.in("r1", "ip", "link", "set", "lan", "up")
	for r, routes := range kernelRoutes {
		for _, p := range routes {
			l.in(r, "ip", "route", "add", "blackhole", p, "proto", "222")
		}
	}
	for r, addr := range map[string]string{
		"r1": "10.74.0.1", "r2": "10.74.0.2", "r3": "10.74.0.3", "r4": "10.74.1.4",
		"r5": "10.74.1.5", "r6": "10.74.2.6", "r7": "10.74.1.7",
	} {
		l.in(r, "ip", "addr", "add", addr+"/32", "dev", "lo")
	}
}

func (l *lab) startFRR(r string) {
	ns := prefix + r
	for _, d := range []string{"/etc/frr/" + ns, "/run/frr/" + ns} {
		l.run("install", "-d", "-o", "frr", "-g", "frr", d)
	}
	for _, d := range []struct{ name, conf, flag string }{
		{"zebra", "hostname " + r + "\n", "-A127.0.0.1"},
		{"ospfd", ospfdConf(r), "-a"},
	} {
		file := filepath.Join("/etc/frr", ns, d.name+".conf")
		if err := os.WriteFile(file, []byte(d.conf), 0o644); err != nil {
			l.Fatal(err)
		}
		l.in(r, frrDir+d.name, "-N", ns, "-d", d.flag, "-f", file, "-i", l.pidFile(r, d.name), "-u", "frr", "-g", "frr")
		l.until("zserv.api of "+r, 30*time.Second, func() bool {
			_, err := os.Stat("/run/frr/" + ns + "/zserv.api")
			return err == nil
		})
	}
}

func (l *lab) pidFile(r, daemon string) string {
	return filepath.Join("/run/frr", prefix+r, daemon+".pid")
}

func (l *lab) startBIRD() {
	conf := filepath.Join(l.dir, "bird.conf")
	if err := os.WriteFile(conf, []byte(birdConf), 0o644); err != nil {
		l.Fatal(err)
	}
	l.in("r7", birdBin, "-c", conf, "-s", filepath.Join(l.dir, "bird.ctl"), "-P", filepath.Join(l.dir, "bird.pid"))
}

// until waits for a condition.
func (l *lab) until(what string, limit time.Duration, ok func() bool) {
	l.Helper()
	end := time.Now().Add(limit)
	for tick := time.NewTicker(50 * time.Millisecond); !ok(); <-tick.C {
		if time.Now().After(end) {
			l.Fatalf("%s: not within %v", what, limit)
		}
	}
}

// down removes everything, also what an earlier run left.
func (l *lab) down() {
	for _, r := range frrRouters {
		l.end(l.pidFile(r, "ospfd"), "ospfd")
		l.end(l.pidFile(r, "zebra"), "zebra")
		os.RemoveAll("/etc/frr/" + prefix + r)
		os.RemoveAll("/run/frr/" + prefix + r)
	}
	l.end(filepath.Join(l.dir, "bird.pid"), "bird")
	for _, r := range append([]string{"r7"}, frrRouters...) {
		if _, err := os.Stat("/run/netns/" + prefix + r); err == nil {
			l.run("ip", "netns", "del", prefix+r)
		}
	}
}

// end kills the daemon of a PID file, if that is still the one.
func (l *lab) end(pidFile, name string) {
	b, err := os.ReadFile(pidFile)
	if err != nil {
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	exe, errExe := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil || errExe != nil || filepath.Base(exe) != name {
		return
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		l.Errorf("kill %s: %v", name, err)
	}
}
