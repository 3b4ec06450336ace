//go:build lab

package machine

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// frrConfig is that of the node's own ospfd. There is no router on its LAN.
const frrConfig = `hostname n1
interface lan
 ip ospf dead-interval minimal hello-multiplier 10
exit
router ospf
 ospf router-id 10.0.0.1
 capability opaque
 network 10.71.1.0/24 area 0
exit
`

// srrConfig has one service of a unit, and one of a Makefile.
const srrConfig = `cluster: shop
node: {name: n1, router-id: 10.0.0.1}
medium: {ospf-api: "127.0.0.1:2607", opaque-type: 222}
join: {when-cut-off: start, alone-after: 1s}
services:
  web:
    addresses: [10.71.100.1]
    unit: web.service
    restarts: {max: 20, within: 1m}
  mail:
    addresses: [10.71.100.2]
    make: /etc/srr/mail/Makefile
    pid-file: /run/mail.pid
    restarts: {max: 20, within: 1m}
`

const webUnit = `[Service]
ExecStart=sleep 1000
ExecReload=true
`

// The stop of the Makefile says whether the service was still there by then.
const mailMakefile = `.PHONY: activate deactivate start stop reload restart join leave failed status check
start:
	@sleep 2000 & echo $$! >/run/mail.pid
stop:
	@if kill $$(cat /run/mail.pid); then echo alive; else echo dead; fi >>STOPPED
restart: stop start
check:
	@kill -0 $$(cat /run/mail.pid)
activate deactivate reload join leave failed status:
	@:
`

// node is a machine with srrd, installed as a person would.
type node struct {
	*testing.T
	m      *Machine
	shared string // a directory of this host that the machine sees
}

func bootNode(t *testing.T) *node {
	t.Helper()
	shared := t.TempDir()
	m, err := Boot(t.Context(), shared)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what the machine said:\n%s", m.Journal())
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return &node{T: t, m: m, shared: shared}
}

// stopped is where the stop of the Makefile leaves its word.
func (n *node) stopped() string { return filepath.Join(n.shared, "stopped") }

func (n *node) run(argv ...string) string {
	n.Helper()
	ctx, cancel := context.WithTimeout(n.Context(), time.Minute)
	defer cancel()
	out, err := n.m.Run(ctx, argv...)
	if err != nil {
		n.Fatal(err)
	}
	return strings.TrimSpace(out)
}

func (n *node) write(path, text string) {
	n.Helper()
	path = n.m.Path(path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		n.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		n.Fatal(err)
	}
}

func (n *node) property(unit, name string) string {
	n.Helper()
	return n.run("systemctl", "show", "--value", "-P", name, unit)
}

// eventually polls until the condition holds.
func (n *node) eventually(what string, holds func() bool) {
	n.Helper()
	for deadline := time.Now().Add(60 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			out, _ := n.m.Run(context.Background(), "/opt/srr/bin/srrctl", "status")
			log, _ := n.m.Run(context.Background(), "systemctl", "status", "--no-pager", "-n", "50", "srrd")
			n.Fatalf("%s\n%s\n%s", what, out, log)
		}
	}
}

// started reports whether srrd says that both services run.
func (n *node) started() bool {
	out, err := n.m.Run(n.Context(), "/opt/srr/bin/srrctl", "services", "-o", "json")
	if err != nil {
		return false
	}
	var services []struct{ Instances []struct{ State string } }
	if err := json.Unmarshal([]byte(out), &services); err != nil {
		n.Fatal(err)
	}
	for _, s := range services {
		if len(s.Instances) != 1 || s.Instances[0].State != "active/started" {
			return false
		}
	}
	return len(services) == 2
}

const mailGroup = "/sys/fs/cgroup/srr.slice/srr-mail.scope/service/cgroup.procs"

// pids are the processes of both services; empty while one has none.
func (n *node) pids() string {
	n.Helper()
	web := n.property("web.service", "MainPID")
	mail, err := n.m.Run(n.Context(), "cat", mailGroup)
	if mail = strings.TrimSpace(mail); err != nil || mail == "" || web == "0" {
		return ""
	}
	return web + " " + mail
}

func (n *node) routing() {
	n.Helper()
	n.write("/etc/frr/daemons", "zebra=yes\nospfd=yes\nvtysh_enable=yes\nzebra_options=\"-A 127.0.0.1\"\nospfd_options=\"-A 127.0.0.1 -a\"\n")
	n.write("/etc/frr/frr.conf", frrConfig)
	n.write("/etc/frr/vtysh.conf", "service integrated-vtysh-config\n")
	n.run("chown", "-R", "frr:frr", "/etc/frr")
	n.run("install", "-d", "-o", "frr", "-g", "frr", "/var/log/frr")
	n.run("ip", "link", "add", "lan", "type", "veth", "peer", "name", "wire")
	n.run("ip", "addr", "add", "10.71.1.1/24", "dev", "lan")
	n.run("ip", "link", "set", "lan", "up")
	n.run("ip", "link", "set", "wire", "up")
	n.run("systemctl", "start", "frr")
}

func (n *node) install() {
	n.Helper()
	cmd := exec.Command("make", "-C", "../..", "install", "DESTDIR="+n.m.Path("/"), "PREFIX=/opt/srr", "UNITDIR=/etc/systemd/system")
	if out, err := cmd.CombinedOutput(); err != nil {
		n.Fatalf("make install: %v (make build comes first)\n%s", err, out)
	}
	n.write("/etc/srr/srr.yaml", srrConfig)
	n.write("/etc/srr/mail/Makefile", strings.ReplaceAll(mailMakefile, "STOPPED", n.stopped()))
	n.write("/etc/systemd/system/web.service", webUnit)
	n.run("systemctl", "daemon-reload")
}

// TestSRRDUnderSystemd is a day of srrd with the systemd of the distribution:
// its own unit, a service that is a unit, and one whose processes are in a scope.
func TestSRRDUnderSystemd(t *testing.T) {
	n := bootNode(t)
	n.routing()
	n.install()
	n.refusals()
	n.run("systemctl", "start", "srrd") // returns when it is ready
	n.eventually("the services did not start", n.started)
	for name, want := range map[string]string{"Type": "notify", "WatchdogUSec": "5s", "NRestarts": "0"} {
		if got := n.property("srrd", name); got != want {
			t.Errorf("%s of srrd is %s, want %s", name, got, want)
		}
	}
	if n.property("srrd", "WatchdogTimestampMonotonic") == "0" {
		t.Error("systemd's watchdog heard nothing")
	}
	if got := n.property("srr-mail.scope", "Before"); !strings.Contains(got, "srrd.service") {
		t.Errorf("at shutdown, systemd would end services before srrd stops them: Before=%s", got)
	}
	if in := n.run("cat", "/sys/fs/cgroup/system.slice/srrd.service/cgroup.procs"); strings.Count(in, "\n") != 0 {
		t.Errorf("processes in srrd's own cgroup: %q", in)
	}
	n.scores()
	n.inherited()
	n.denied()
	n.daemonDies()
	n.servicesDie()
	n.mistake()
	n.stops()
	n.shutdown()
}

// scores: when memory runs out, srrd goes last, and what it started does not.
// Without the privilege to lower a score, systemd leaves it.
func (n *node) scores() {
	n.Helper()
	want, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		n.Fatal(err)
	}
	if os.WriteFile("/proc/self/oom_score_adj", []byte("-900"), 0) == nil {
		defer os.WriteFile("/proc/self/oom_score_adj", want, 0)
		want = []byte("-900")
	}
	if got := n.run("cat", "/proc/"+n.property("srrd", "MainPID")+"/oom_score_adj"); got != strings.TrimSpace(string(want)) || n.property("srrd", "OOMScoreAdjust") != "-900" {
		n.Errorf("oom_score_adj of srrd is %s, want %s", got, want)
	}
	pids := strings.Fields(n.run("cat", mailGroup))
	for _, pid := range pids {
		if got := n.run("cat", "/proc/"+pid+"/oom_score_adj"); got != "0" {
			n.Errorf("oom_score_adj of process %s of a service is %s", pid, got)
		}
	}
	if len(pids) == 0 {
		n.Error("no service has a process")
	}
}

// inherited: a service has the umask and the limits that it would have without srrd.
func (n *node) inherited() {
	n.Helper()
	for _, pid := range strings.Fields(n.run("cat", mailGroup)) {
		if got := n.run("grep", "Umask", "/proc/"+pid+"/status"); got != "Umask:\t0022" {
			n.Errorf("process %s of a service: %s", pid, got)
		}
		if got := n.run("prlimit", "--pid", pid, "--nofile", "--noheadings", "--raw", "--output", "SOFT"); got != "1024" {
			n.Errorf("process %s of a service may open %s files", pid, got)
		}
	}
}

// refusals: a unit that cannot be started is an error of the configuration,
// with its place.
func (n *node) refusals() {
	n.Helper()
	n.run("systemctl", "mask", "--runtime", "masked.service")
	for unit, why := range map[string]string{"masked.service": "masked", "none.service": "not-found"} {
		n.write("/tmp/bad.yaml", strings.ReplaceAll(srrConfig, "web.service", unit))
		out, err := n.m.Run(n.Context(), "/opt/srr/sbin/srrd", "check-config", "/tmp/bad.yaml")
		if err == nil || !strings.Contains(out, why) || !strings.Contains(out, "bad.yaml:8") {
			n.Errorf("check-config with %s: %v: %s", unit, err, out)
		}
	}
}

// exposure is the most that systemd-analyze security may say of the unit. What would
// lower it is inherited by the primitives that srrd starts: a service may need
// anything. This keeps it from rising unnoticed.
const exposure = 9.4

// denied: what the unit denies srrd is denied, and services are not denied it.
func (n *node) denied() {
	n.Helper()
	said := n.run("systemd-analyze", "security", "--no-pager", "srrd.service")
	_, level, _ := strings.Cut(said, "Overall exposure level for srrd.service: ")
	level, _, _ = strings.Cut(level, " ")
	if got, err := strconv.ParseFloat(level, 64); err != nil || got > exposure {
		n.Errorf("systemd says that srrd is exposed by %q, at most %.1f", level, exposure)
	}
	n.Logf("exposure %s", level)
	n.run("mknod", "/run/device", "c", "1", "11") // the kernel's messages
	const open = `echo $$ >/sys/fs/cgroup/"$0"/cgroup.procs && exec 3</run/device`
	if out, err := n.m.Run(n.Context(), "sh", "-c", open, "system.slice/srrd.service"); err == nil || !strings.Contains(out, "not permitted") {
		n.Errorf("srrd may open a device: %s %v", out, err)
	}
	if out, err := n.m.Run(n.Context(), "sh", "-c", open, "system.slice/web.service"); err != nil {
		n.Errorf("a service may not: %s %v", out, err)
	}
	if got := n.property("srr-mail.scope", "DevicePolicy"); got != "auto" {
		n.Errorf("a service in a scope has DevicePolicy=%s", got)
	}
	for path, mode := range map[string]string{"/run/srr": "700", "/var/lib/srr": "700", "/run/srr/srrd.sock": "600"} {
		if got := n.run("stat", "-c", "%a", path); got != mode {
			n.Errorf("%s has mode %s", path, got)
		}
	}
}

// daemonDies: whatever happens to srrd, the services live on, with the same
// processes, and the next srrd takes them over.
func (n *node) daemonDies() {
	n.Helper()
	pids := n.pids()
	for _, end := range []struct {
		what string
		argv []string
	}{
		{"kill -9", []string{"systemctl", "kill", "-s", "KILL", "--kill-whom=main", "srrd"}},
		{"detach", []string{"/opt/srr/bin/srrctl", "detach"}},
		{"a freeze", []string{"systemctl", "kill", "-s", "STOP", "--kill-whom=main", "srrd"}},
		{"a new systemd", []string{"systemctl", "daemon-reexec"}},
	} {
		before := n.property("srrd", "MainPID")
		n.run(end.argv...)
		if end.what != "a new systemd" {
			n.eventually("systemd did not start srrd again after "+end.what, func() bool {
				now := n.property("srrd", "MainPID")
				return now != before && now != "0" && n.property("srrd", "ActiveState") == "active"
			})
		}
		n.eventually("services were not adopted after "+end.what, n.started)
		if got := n.pids(); got != pids {
			n.Errorf("after %s the processes are %q, before they were %q", end.what, got, pids)
		}
	}
}

// servicesDie: srrd notices, at once, who else ends its services, and starts
// them again.
func (n *node) servicesDie() {
	n.Helper()
	for _, end := range []struct {
		what string
		argv []string
	}{
		{"the unit's process", []string{"systemctl", "kill", "-s", "KILL", "web.service"}},
		{"the unit", []string{"systemctl", "stop", "web.service"}},
		{"the service's process", []string{"sh", "-c", "kill -9 $(cat /run/mail.pid)"}},
		{"all in the scope", []string{"systemctl", "kill", "-s", "KILL", "srr-mail.scope"}},
		{"the scope", []string{"systemctl", "stop", "srr-mail.scope"}},
		{"the slice", []string{"systemctl", "stop", "srr.slice"}},
	} {
		before := n.pids()
		at := time.Now()
		n.run(end.argv...)
		n.eventually("srrd did not start its service again after the end of "+end.what, func() bool {
			now := n.pids()
			return now != "" && now != before && n.started()
		})
		n.Logf("the end of %s: running again after %v", end.what, time.Since(at).Round(time.Millisecond))
	}
}

// mistake: srrd dies, and by then its configuration has one. What this host announced
// ends, and no local route keeps it from reaching the service elsewhere.
func (n *node) mistake() {
	n.Helper()
	n.write("/etc/srr/srr.yaml", "cluster: [")
	n.run("systemctl", "kill", "-s", "KILL", "--kill-whom=main", "srrd")
	n.eventually("srrd did not end for its configuration", func() bool {
		return n.property("srrd", "ActiveState") == "failed" && n.property("srrd", "ExecMainStatus") == "78"
	})
	if left := n.run("ip", "route", "show", "table", "local", "proto", "222"); left != "" {
		n.Errorf("routes are left: %s", left)
	}
	n.write("/etc/srr/srr.yaml", srrConfig)
	n.run("systemctl", "start", "srrd")
	n.eventually("the services did not start after a mistake was mended", n.started)
}

// stops: srrd's own stop is the services', and leaves nothing.
func (n *node) stops() {
	n.Helper()
	n.run("systemctl", "stop", "srrd")
	if state := n.property("web.service", "ActiveState"); state != "inactive" {
		n.Errorf("web.service is %s", state)
	}
	n.eventually("scopes are left", func() bool {
		return n.run("systemctl", "list-units", "--no-legend", "--plain", "--all", "srr-*.scope") == ""
	})
	if left := n.run("ip", "-o", "addr", "show", "to", "10.71.100.0/24"); left != "" {
		n.Errorf("addresses are left: %s", left)
	}
}

// shutdown: while the machine goes down, srrd stops its services before systemd
// ends what is left.
func (n *node) shutdown() {
	n.Helper()
	n.run("systemctl", "start", "srrd")
	n.eventually("the services did not start", n.started)
	if err := os.Truncate(n.stopped(), 0); err != nil {
		n.Fatal(err)
	}
	_, _ = n.m.Run(n.Context(), "systemctl", "poweroff")
	select {
	case <-n.m.ended:
	case <-time.After(2 * time.Minute):
		n.Fatal("the machine does not go down")
	}
	b, err := os.ReadFile(n.stopped())
	if err != nil || string(b) != "alive\n" {
		n.Errorf("when srrd stopped its service, that was %q (%v)", b, err)
	}
}
