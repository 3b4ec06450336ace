//go:build lab

package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/discovery"
	"srr/internal/frr/ospfapi"
	"srr/lab"
)

func TestMain(m *testing.M) {
	lab.RunHelper()
	os.Exit(m.Run())
}

// fixture is a running cluster with what the tests ask of it.
type fixture struct {
	*testing.T
	l   *lab.Lab
	k   *Cluster
	ctx context.Context
	bin string // directory of the programs under test
}

const makefile = `.PHONY: activate deactivate start stop reload restart join leave failed status check
start:
	@mkdir -p /run/disk
stop:
	@rm -rf /run/disk
restart: stop start
check:
	@test -d /run/disk
status:
	@echo "the disk of $$SRR_NODE, group $$SRR_GROUP"
activate deactivate reload join leave failed:
	@true
`

// newLab builds a network without a cluster.
func newLab(t *testing.T, o lab.Options) *fixture {
	if os.Geteuid() != 0 {
		t.Fatal("this test makes network namespaces: run it as root, or by `make lab`")
	}
	bin, err := filepath.Abs("../../build")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(cancel)
	l, err := lab.Up(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &fixture{T: t, l: l, ctx: ctx, bin: bin}
}

// start runs srrd with systemd's pause before a restart. Logs of a test that
// fails are kept.
func (f *fixture) start(c Config) {
	f.Helper()
	c.Binary, c.Restart = filepath.Join(f.bin, "srrd"), 100*time.Millisecond
	k, err := Start(f.l, c)
	f.must(err)
	f.k = k
	f.Cleanup(func() {
		if f.Failed() {
			_ = f.l.SaveLogs(filepath.Join(f.bin, "failed-cluster-test"))
		}
		_ = k.Stop()
	})
}

// newFixture starts three hosts with a group of a resource and a web server on
// it, and an address without processes.
func newFixture(t *testing.T) *fixture {
	f := newLab(t, lab.Options{Topology: "two", Timers: "bfd20"})
	dir := filepath.Join(filepath.Dir(f.l.EchoProgram()), "test")
	f.must(errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "Makefile"), []byte(makefile), 0o644)))
	all := Equal("n1", "n2", "n3")
	f.start(Config{
		Groups: []Group{{Name: "shop", On: all}},
		Services: []Service{
			{Name: "disk", On: all, Settings: []string{"group: shop", "make: " + filepath.Join(dir, "Makefile")}},
			{Name: "web", On: all, Settings: []string{
				"group: shop", fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(0)), "depends-on: [disk]",
				fmt.Sprintf("run: [%s, %q]", f.l.EchoProgram(), lab.ServiceAddr(0)),
				"restarts: {max: 5, within: 1m}",
			}},
			{Name: "vip", On: Preferences{"n1": 100, "n2": 300, "n3": 200}, Settings: []string{fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(1))}},
		},
	})
	f.must(f.k.Settled(f.ctx))
	return f
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// eventually waits until a condition holds.
func (f *fixture) eventually(what string, cond func() bool) {
	f.Helper()
	f.must(f.k.wait(f.ctx, what, func(context.Context) string {
		if cond() {
			return ""
		}
		return "not yet"
	}))
}

// do gives a command to a host.
func (f *fixture) do(host string, r api.Request) error {
	c := f.k.Client(host)
	defer c.Close()
	_, err := c.Do(f.ctx, r)
	return err
}

// state is what a host says of its own instance.
func (f *fixture) state(host, service string) string {
	if i := f.instance(host, service); i != nil {
		return i.State
	}
	return ""
}

func (f *fixture) instance(host, service string) *api.Instance {
	return f.k.Instance(f.ctx, host, service)
}

// events are what a host's journal holds of a service since a moment.
func (f *fixture) events(host, service string, since time.Time) (es []api.Event) {
	c := f.k.Client(host)
	defer c.Close()
	for e, err := range c.Events(f.ctx, api.EventQuery{Service: service, Since: since}) {
		f.must(err)
		es = append(es, e)
	}
	return es
}

// srrctl runs the program on a host.
func (f *fixture) srrctl(host string, args ...string) (string, int) {
	cmd := exec.CommandContext(f.ctx, filepath.Join(f.bin, "srrctl"), append([]string{"--socket", f.l.Path(host, "run/srr/srrd.sock")}, args...)...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		f.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// TestCluster breaks and steers a real cluster: real srrd, real FRR, real
// processes.
func TestCluster(t *testing.T) {
	f := newFixture(t)
	t.Run("tool", f.sub(testTool))
	t.Run("planned move", f.sub(testMove))
	t.Run("process dies", f.sub(testDies))
	t.Run("daemon dies", f.sub(testAdopt))
	t.Run("detach", f.sub(testDetach))
	t.Run("reload", f.sub(testReload))
	t.Run("stop, deactivate, drain", f.sub(testVerbs))
	t.Run("hostile records", f.sub(testHostile))
	t.Run("ospfd dies", f.sub(testOSPFd))
	t.Run("redistribution taken away", f.sub(testTakenAway))
	t.Run("link dies", f.sub(testLink))
	t.Run("power", f.sub(testPower))
	t.Run("shutdown", f.sub(testShutdown))
}

func (f *fixture) sub(test func(*fixture)) func(*testing.T) {
	return func(t *testing.T) {
		g := *f
		g.T = t
		test(&g)
	}
}

func testTool(f *fixture) {
	f.must(f.k.WaitOn(f.ctx, "vip", "n2")) // with the highest preference
	out, code := f.srrctl("n1", "status", "-o", "json")
	var status map[string]any
	if err := json.Unmarshal([]byte(out), &status); err != nil || code != 0 {
		f.Errorf("status: exit %d, %v: %s", code, err, out)
	}
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"explain", "vip"}, "preference", 0},
		{[]string{"lsdb", "-o", "json"}, "service vip is active/started", 0},
		{[]string{"nodes"}, "10.0.0.3", 0},
		{[]string{"groups"}, "shop", 0},
		{[]string{"events", "--since", "1h"}, "own echo heard", 0},
		{[]string{"doctor"}, "min-arrival", -1},
		{[]string{"doctor"}, "ospfd and its database agree on 5 routers", -1},
		{[]string{"what-if", "move vip n3"}, "target of a move", 0},
		{[]string{"what-if", "explode n2"}, "there are power-off", 4},
		{[]string{"survives"}, "survives", -1},
		{[]string{"move", "vip", "n9"}, "n9", 1},
		{[]string{"start", "nothing"}, "nothing", 1},
	} {
		out, code := f.srrctl("n1", c.args...)
		if !strings.Contains(out, c.want) || c.code >= 0 && code != c.code {
			f.Errorf("srrctl %v: exit %d, want %d and %q:\n%s", c.args, code, c.code, c.want, out)
		}
	}
	if out, code := f.srrctl(f.k.Holder(f.ctx, "disk"), "show", "disk"); code != 0 || !strings.Contains(out, "make") {
		f.Errorf("show disk: exit %d:\n%s", code, out)
	}
}

func testMove(f *fixture) {
	for _, host := range []string{"n3", "n1"} {
		f.must(f.do("n2", api.Request{Verb: api.Move, Unit: "shop", Node: host, Until: time.Now().Add(time.Hour)}))
		f.must(f.k.WaitOn(f.ctx, "web", host))
		f.must(f.k.WaitOn(f.ctx, "disk", host))
		f.eventually("the client's way to "+host, func() bool {
			return f.l.HasRoute("cl", lab.ServiceAddr(0))
		})
	}
	f.must(f.k.Settled(f.ctx))
}

func testDies(f *fixture) {
	host := f.k.Holder(f.ctx, "web")
	p, err := f.l.FindProcess(host, f.l.EchoProgram())
	f.must(err)
	since := time.Now()
	f.must(syscall.Kill(p.PID, syscall.SIGKILL))
	f.eventually("another process", func() bool {
		q, err := f.l.FindProcess(host, f.l.EchoProgram())
		return err == nil && q.PID != p.PID
	})
	f.must(f.k.WaitOn(f.ctx, "web", host))
	for _, e := range f.events(host, "web", since) {
		if e.From != e.To {
			f.Errorf("the state changed though a restart in place was enough: %+v", e)
		}
	}
}

// testAdopt: srrd dies by kill -9 and comes back: nothing restarts, nothing moves.
func testAdopt(f *fixture) {
	host := f.k.Holder(f.ctx, "web")
	before, err := f.l.FindProcess(host, f.l.EchoProgram())
	f.must(err)
	old, _ := f.l.DaemonProcess(host)
	f.must(f.l.Signal(host, "srrd", syscall.SIGKILL))
	f.eventually("another srrd", func() bool {
		p, ok := f.l.DaemonProcess(host)
		return ok && p.PID != old.PID
	})
	f.must(f.k.Settled(f.ctx))
	after, err := f.l.FindProcess(host, f.l.EchoProgram())
	f.must(err)
	if after.PID != before.PID || f.k.Holder(f.ctx, "web") != host {
		f.Errorf("web was restarted or moved: process %d on %s, was %d on %s", after.PID, f.k.Holder(f.ctx, "web"), before.PID, host)
	}
	if i := f.instance(host, "web"); i == nil || i.Reason != "found running and ours" {
		f.Errorf("web was not adopted: %+v", i)
	}
}

// testDetach: the daemon is replaced, and its services do not notice.
func testDetach(f *fixture) {
	host := f.k.Holder(f.ctx, "web")
	before, err := f.l.FindProcess(host, f.l.EchoProgram())
	f.must(err)
	old, _ := f.l.DaemonProcess(host)
	f.must(f.do(host, api.Request{Verb: api.Detach}))
	f.eventually("another srrd", func() bool {
		p, ok := f.l.DaemonProcess(host)
		return ok && p.PID != old.PID
	})
	f.must(f.k.Settled(f.ctx))
	if after, err := f.l.FindProcess(host, f.l.EchoProgram()); err != nil || after.PID != before.PID {
		f.Errorf("web did not survive the detach: %v %v", after, err)
	}
}

func testReload(f *fixture) {
	path := f.l.Path("n1", "srr.yaml")
	text, err := os.ReadFile(path)
	f.must(err)
	f.Cleanup(func() { _ = os.WriteFile(path, text, 0o644) })
	change := func(from, to string) {
		f.Helper()
		if !strings.Contains(string(text), from) {
			f.Fatalf("the configuration has no %q:\n%s", from, text)
		}
		f.must(os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o644))
	}
	change("cluster:", "clutser:")
	var refusal *api.Refusal
	if err := f.do("n1", api.Request{Verb: api.ReloadConfig}); !errors.As(err, &refusal) || !strings.Contains(strings.Join(refusal.List, "\n"), "did you mean") {
		f.Errorf("a configuration with a mistake: %v %+v", err, refusal)
	}
	change(lab.ServiceAddr(1).String(), lab.ServiceAddr(9).String())
	if err := f.do("n1", api.Request{Verb: api.ReloadConfig}); !errors.As(err, &refusal) || !strings.Contains(strings.Join(refusal.List, "\n"), "addresses") {
		f.Errorf("an address that changes while active: %v %+v", err, refusal)
	}
	change("\n    preference: 100", "\n    preference: 400")
	f.must(f.do("n1", api.Request{Verb: api.ReloadConfig}))
	f.must(f.k.WaitOn(f.ctx, "vip", "n1")) // vip is the only one with a preference of its own
	f.must(os.WriteFile(path, text, 0o644))
	f.must(f.do("n1", api.Request{Verb: api.ReloadConfig}))
	f.must(f.k.WaitOn(f.ctx, "vip", "n2"))
}

func testVerbs(f *fixture) {
	f.must(f.do("n1", api.Request{Verb: api.Stop, Unit: "vip", Reason: "test"}))
	f.eventually("vip to stop everywhere", func() bool { return f.k.Holder(f.ctx, "vip") == "" })
	f.must(f.do("n3", api.Request{Verb: api.Run, Unit: "vip"}))
	f.must(f.k.WaitOn(f.ctx, "vip", "n2"))

	f.must(f.do("n2", api.Request{Verb: api.Deactivate, Service: "vip"}))
	f.must(f.k.WaitOn(f.ctx, "vip", "n3"))
	f.eventually("vip to be inactive", func() bool { return f.state("n2", "vip") == "inactive/stopped" })
	f.must(f.do("n2", api.Request{Verb: api.Activate, Service: "vip"}))
	f.must(f.k.WaitOn(f.ctx, "vip", "n2"))

	f.must(f.do("n2", api.Request{Verb: api.Drain}))
	f.must(f.k.WaitOn(f.ctx, "vip", "n3"))
	f.must(f.do("n2", api.Request{Verb: api.Undrain}))
	f.must(f.k.WaitOn(f.ctx, "vip", "n2"))

	var refusal *api.Refusal
	if err := f.do("n1", api.Request{Verb: api.ConfirmStopped, Service: "vip", Node: "n2"}); !errors.As(err, &refusal) || !refusal.NeedsYes {
		f.Errorf("confirm-stopped asks nothing: %v", err)
	}
}

// testHostile: records that nobody of the cluster wrote change nothing. r1
// floods garbage in our opaque type, and many LSAs of another.
func testHostile(f *fixture) {
	f.eventually("the end of what moved before", func() bool {
		for _, host := range f.k.Live() {
			for _, service := range []string{"disk", "web", "vip"} {
				if s := f.state(host, service); s != "active/stopped" && s != "active/started" {
					return false
				}
			}
		}
		return true
	})
	since := time.Now()
	var c *ospfapi.Client
	err := lab.InNamespace(f.l.NodeNamespace("r1"), func() (err error) {
		c, err = ospfapi.Dial(f.ctx, ospfapi.Options{}, func(ospfapi.Notification) {})
		return err
	})
	f.must(err)
	defer c.Close()
	for _, opaque := range []uint8{222, 200} {
		f.must(c.RegisterOpaqueType(f.ctx, 10, opaque))
	}
	record, err := discovery.Encode("lab", discovery.Record{
		Author: 0x0a0000fb, Version: discovery.Version{Incarnation: 1, Counter: 1}, Node: &discovery.Node{Name: "r1"},
	})
	f.must(err)
	newer := slices.Clone(record)
	newer[3] = 99 // the format
	garbage := [][]byte{make([]byte, 4), []byte("not a record at all!"), make([]byte, 1400), record[:len(record)-4], newer}
	for i := range 300 {
		f.must(c.Originate(f.ctx, ospfapi.Opaque{Type: 10, OpaqueType: 222, OpaqueID: uint32(i)}, garbage[i%len(garbage)]))
		f.must(c.Originate(f.ctx, ospfapi.Opaque{Type: 10, OpaqueType: 200, OpaqueID: uint32(i)}, garbage[i%len(garbage)]))
	}
	f.eventually("the alarm", func() bool {
		s, err := f.k.Snapshot(f.ctx, "n2")
		if err != nil {
			return false
		}
		for _, a := range s.Alarms {
			if strings.Contains(a.Code, "record") {
				return true
			}
		}
		return false
	})
	f.must(f.k.Settled(f.ctx))
	for _, host := range f.k.Live() {
		for _, e := range f.events(host, "", since) {
			if e.From != e.To {
				f.Errorf("garbage moved something on %s: %+v", host, e)
			}
		}
	}
}

// testOSPFd: without the medium everything stops, and the node comes back as a
// fresh one.
func testOSPFd(f *fixture) {
	f.must(f.l.Signal("n2", "ospfd", syscall.SIGKILL))
	f.must(f.k.WaitElsewhere(f.ctx, "vip", "n2"))
	f.eventually("vip to stop on n2", func() bool { return f.state("n2", "vip") == "injected/stopped" })
	f.must(f.l.Restart("n2", "ospfd"))
	f.must(f.k.WaitOn(f.ctx, "vip", "n2"))
	f.must(f.k.Settled(f.ctx))
}

func testPower(f *fixture) {
	host := f.k.Holder(f.ctx, "web")
	live := f.k.Live()
	said := f.foresee(host, live[slices.IndexFunc(live, func(h string) bool { return h != host })])
	since := time.Now()
	f.must(f.l.PowerOff(host))
	f.must(f.k.WaitElsewhere(f.ctx, "web", host))
	f.cameTrue(said, since)
	f.must(f.l.PowerOn(host))
	f.must(f.k.Settled(f.ctx))
	if f.k.Holder(f.ctx, "web") == host {
		f.Error("a symmetric service moved back")
	}
}

// testTakenAway: what frr-reload does. ospfd and its API live on, and nobody tells.
func testTakenAway(f *fixture) {
	host := f.k.Holder(f.ctx, "vip")
	_, err := f.l.Vtysh(f.ctx, host, "configure terminal", "router ospf", "no redistribute connected", "exit", "no route-map SRR", "no ip prefix-list SRR")
	f.must(err)
	since := time.Now()
	f.eventually("the alarm", func() bool { return f.alarm(host, "redistribution") })
	f.eventually("the address is announced again", func() bool { return f.l.HasRoute("cl", lab.ServiceAddr(1)) })
	f.Logf("announced again after %s", time.Since(since))
	if now := f.k.Holder(f.ctx, "vip"); now != host {
		f.Errorf("vip moved from %s to %s", host, now)
	}
}

// testLink: when a link has died, an address that stays where it is is announced
// anew, so that routers do not keep the old way for a second.
func testLink(f *fixture) {
	vip := lab.ServiceAddr(1).String()
	announced := func() string {
		out, err := f.l.Vtysh(f.ctx, "r1", "show ip ospf database external "+vip)
		f.must(err)
		_, tag, _ := strings.Cut(out, "External Route Tag:")
		tag, _, _ = strings.Cut(tag, "\n")
		return strings.TrimSpace(tag)
	}
	holder := f.k.Holder(f.ctx, "vip")
	before := announced()
	f.must(f.l.SetLink("n1", "eth1", false))
	f.eventually("the address is announced anew", func() bool { return announced() != before })
	f.must(f.l.SetLink("n1", "eth1", true))
	f.must(f.l.WaitReady(f.ctx))
	f.must(f.k.Settled(f.ctx))
	if f.k.Holder(f.ctx, "vip") != holder {
		f.Error("the address moved")
	}
}

// testShutdown: the end of a daemon hands its services over and leaves nothing.
func testShutdown(f *fixture) {
	host := f.k.Holder(f.ctx, "web")
	f.must(f.l.StopDaemon(host))
	f.must(f.k.WaitElsewhere(f.ctx, "web", host))
	out, err := f.l.Exec(f.ctx, host, "ip", "route", "show", "table", "local", "proto", "222")
	f.must(err)
	for _, a := range []netip.Addr{lab.ServiceAddr(0), lab.ServiceAddr(1)} {
		if strings.Contains(out, a.String()) {
			f.Errorf("%s is still owned:\n%s", a, out)
		}
	}
	if out, err := f.l.Vtysh(f.ctx, host, "show running-config"); err != nil || strings.Contains(out, "route-map SRR") {
		f.Errorf("ospfd keeps our configuration: %v\n%s", err, out)
	}
}
