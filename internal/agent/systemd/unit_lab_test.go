//go:build lab

package systemd

import (
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"srr/internal/agent"
	"srr/internal/service"
)

// bench is an agent's surroundings.
type bench struct {
	t       *testing.T
	bus     *Bus
	timeout time.Duration // of a call
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return &bench{t, hostBus(t), 20 * time.Second}
}

// unit writes a unit whose section [Service] is given, and makes its agent.
func (b *bench) unit(name string, lines ...string) *Agent {
	b.t.Helper()
	b.write(name, "[Service]\n"+strings.Join(lines, "\n")+"\n[Install]\nWantedBy=multi-user.target\n")
	return b.agent(name)
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	path := "/etc/systemd/system/" + name
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
	systemctl(b.t, "daemon-reload")
	b.t.Cleanup(func() {
		end(name)
		_ = os.Remove(path)
	})
}

func (b *bench) agent(name string) *Agent {
	b.t.Helper()
	a, err := New(b.bus, "web", name)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// call makes a call and compares its result.
func (b *bench) call(a *Agent, p service.Primitive, o service.Outcome, verified bool, text string) {
	b.t.Helper()
	req := agent.Request{Service: "web", Primitive: p, Timeout: b.timeout}
	req.Env.Addresses = []netip.Addr{netip.MustParseAddr("10.9.0.1")}
	res := a.Call(b.t.Context(), req)
	if res.Outcome != o || res.Verified != verified || !strings.Contains(res.Text, text) {
		b.t.Errorf("%s of %s: %+v, want %v, verified %v, %q", p, a.unit, res, o, verified, text)
	}
}

func (b *bench) watch(a *Agent) <-chan string {
	how := make(chan string, 1)
	go func() { how <- a.Watch(b.t.Context()) }()
	return how
}

// ended demands that a watch ends, and says so.
func (b *bench) ended(how <-chan string, want string) {
	b.t.Helper()
	select {
	case text := <-how:
		if !strings.Contains(text, want) {
			b.t.Errorf("%q, want %q", text, want)
		}
	case <-time.After(30 * time.Second):
		b.t.Error("the watch did not end")
	}
}

const sleeps = "ExecStart=sleep 1000"

func TestLife(t *testing.T) {
	b := newBench(t)
	a := b.unit("life.service", sleeps, "ExecReload=true")
	b.call(a, service.Check, service.Failure, false, "inactive")
	b.call(a, service.Start, service.OK, false, "")
	b.call(a, service.Check, service.OK, false, "active")
	b.call(a, service.Reload, service.OK, false, "")
	b.call(a, service.Restart, service.OK, false, "")
	b.call(a, service.Join, service.OK, false, "")
	b.call(a, service.Status, service.OK, false, "active")
	if out := a.Outputs(); len(out) != 1 || !strings.Contains(string(out[0].Stdout), "main process") {
		t.Errorf("%q", out)
	}
	if f, err := a.Probe(t.Context()); err != nil || !f.Running {
		t.Errorf("%+v, %v", f, err)
	}
	b.call(a, service.Stop, service.OK, true, "")
	b.call(a, service.Stop, service.OK, true, "")
	if f, err := a.Probe(t.Context()); err != nil || f.Running {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestFailures(t *testing.T) {
	b := newBench(t)
	b.call(b.unit("fails.service", "Type=oneshot", "ExecStart=sh -c 'exit 9'"), service.Start, service.Failure, false, "result exit-code, status 9")
	b.write("skipped.service", "[Unit]\nConditionPathExists=/none\n[Service]\n"+sleeps+"\n")
	b.call(b.agent("skipped.service"), service.Start, service.Failure, false, "not up")
	none := b.agent("none.service")
	b.call(none, service.Start, service.Failure, false, "not found")
	b.call(none, service.Stop, service.OK, true, "")
}

func TestStopIsVerified(t *testing.T) { // faults F54–F56
	b := newBench(t)
	hangs := b.unit("hangs.service", "TimeoutStopSec=infinity", `ExecStart=sh -c 'trap "" TERM; while :; do sleep 1000; done'`)
	leaves := b.unit("leaves.service", "KillMode=process", `ExecStart=sh -c 'sleep 1000 & exec sleep 2000'`)
	for _, a := range []*Agent{hangs, leaves} {
		b.call(a, service.Start, service.OK, false, "")
		eventually(t, "it does not run", func() bool { // the shell has done its work
			s, err := b.bus.state(t.Context(), a.unit)
			return err == nil && strings.Contains(systemctl(t, "status", "--no-pager", a.unit), "sleep 1000") && s.up()
		})
		hasty := bench{t, b.bus, 2 * time.Second}
		hasty.call(a, service.Stop, service.OK, true, "killed")
	}
}

func TestDeathIsSeenInMilliseconds(t *testing.T) {
	b := newBench(t)
	a := b.unit("death.service", sleeps)
	for try := 1; ; try++ { // one of a few: the machine does other things, too
		b.call(a, service.Start, service.OK, false, "")
		how := b.watch(a)
		at := time.Now()
		systemctl(t, "kill", "-s", "KILL", "death.service")
		b.ended(how, "result signal")
		took := time.Since(at)
		t.Logf("seen after %v", took)
		if took < 2*time.Second {
			return
		}
		if try == 5 {
			t.Fatal("never within 2 s")
		}
	}
}

func TestLostConnectionIsNoDeath(t *testing.T) {
	b := newBench(t)
	a := b.unit("lost.service", sleeps)
	b.call(a, service.Start, service.OK, false, "")
	how := b.watch(a)
	for range 5 {
		systemctl(t, "daemon-reexec")
		for until := time.Now().Add(300 * time.Millisecond); time.Now().Before(until); {
			b.call(a, service.Check, service.OK, false, "active")
		}
		b.call(a, service.Start, service.OK, false, "")
	}
	systemctl(t, "daemon-reexec")
	b.call(a, service.Stop, service.OK, true, "")
	b.ended(how, "unit lost.service is") // deactivating, or inactive by now
}

func TestWarnings(t *testing.T) {
	b := newBench(t)
	b.unit("warned.service", sleeps, "Restart=always")
	systemctl(t, "enable", "warned.service")
	t.Cleanup(func() { systemctl(t, "disable", "warned.service") })
	if w, err := b.bus.Warnings(t.Context(), "warned.service"); err != nil || len(w) != 2 {
		t.Errorf("%q, %v", w, err)
	}
	systemctl(t, "mask", "--runtime", "masked.service")
	for unit, why := range map[string]string{"none.service": "not-found", "masked.service": "masked"} {
		if _, err := b.bus.Warnings(t.Context(), unit); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", unit, err)
		}
		if err := Validate(t.Context(), unit); err == nil {
			t.Errorf("%s was taken", unit)
		}
	}
}
