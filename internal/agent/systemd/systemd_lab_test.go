//go:build lab

package systemd

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"srr/internal/agent"
	"srr/internal/service"
)

// bench is an agent's surroundings.
type bench struct {
	t    *testing.T
	fake *fake
	bus  *Bus
}

func newBench(t *testing.T) *bench {
	t.Helper()
	socket := startBus(t)
	f := startFake(t, socket)
	bus, err := ConnectTo(func() (*dbus.Conn, error) { return DialSocket(socket, true) }, f.root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	return &bench{t, f, bus}
}

func (b *bench) unit(name string, u fakeUnit) *Agent {
	b.t.Helper()
	b.fake.add(name, u)
	a, err := New(b.bus, "web", name)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// call makes a call and compares its result.
func (b *bench) call(a *Agent, p service.Primitive, o service.Outcome, verified bool, text string) {
	b.t.Helper()
	req := agent.Request{Service: "web", Primitive: p, Timeout: 2 * time.Second}
	req.Env.Addresses = []netip.Addr{netip.MustParseAddr("10.9.0.1")}
	res := a.Call(b.t.Context(), req)
	if res.Outcome != o || res.Verified != verified || !strings.Contains(res.Text, text) {
		b.t.Errorf("%s of %s: %+v, want %v, verified %v, %q", p, a.unit, res, o, verified, text)
	}
}

func TestLife(t *testing.T) {
	b := newBench(t)
	a := b.unit("web.service", fakeUnit{})
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
	b.call(b.unit("fails.service", fakeUnit{startTo: "failed"}), service.Start, service.Failure, false, "result exit-code, status 9")
	b.call(b.unit("skipped.service", fakeUnit{startTo: "inactive"}), service.Start, service.Failure, false, "not up")
	none := b.unit("none.service", fakeUnit{load: "not-found"})
	b.call(none, service.Start, service.Failure, false, "not found")
	b.call(none, service.Stop, service.OK, true, "")
}

func TestStopIsVerified(t *testing.T) { // faults F54–F56
	b := newBench(t)
	for name, u := range map[string]fakeUnit{"hangs.service": {hangs: true}, "leaves.service": {leaves: true}} {
		a := b.unit(name, u)
		b.call(a, service.Start, service.OK, false, "")
		b.call(a, service.Stop, service.OK, true, "killed")
	}
	stuck := b.unit("dstate.service", fakeUnit{leaves: true})
	b.call(stuck, service.Start, service.OK, false, "")
	b.call(stuck, service.Stop, service.Failure, false, "something is left")
	if f, err := stuck.Probe(t.Context()); err != nil || !f.Running {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestDeathIsSeenInMilliseconds(t *testing.T) {
	b := newBench(t)
	a := b.unit("web.service", fakeUnit{})
	b.call(a, service.Start, service.OK, false, "")
	how := make(chan string, 1)
	go func() { how <- a.Watch(t.Context()) }()
	at := time.Now()
	b.fake.set("web.service", "failed", "signal", false)
	text := <-how
	took := time.Since(at)
	t.Logf("%q after %v", text, took)
	if took > 500*time.Millisecond || !strings.Contains(text, "result signal") {
		t.Errorf("%q after %v", text, took)
	}
}

func TestLostConnectionIsNoDeath(t *testing.T) {
	b := newBench(t)
	a := b.unit("web.service", fakeUnit{})
	b.call(a, service.Start, service.OK, false, "")
	how := make(chan string, 1)
	go func() { how <- a.Watch(t.Context()) }()
	b.bus.Close() // as when systemd executes itself anew
	b.call(a, service.Check, service.OK, false, "")
	b.call(a, service.Stop, service.OK, true, "")
	if text := <-how; !strings.Contains(text, "inactive") {
		t.Error(text)
	}
}

func TestWarnings(t *testing.T) {
	b := newBench(t)
	b.unit("web.service", fakeUnit{file: "enabled", restart: "always"})
	if w, err := b.bus.Warnings(t.Context(), "web.service"); err != nil || len(w) != 2 {
		t.Errorf("%q, %v", w, err)
	}
	b.unit("none.service", fakeUnit{load: "not-found"})
	if _, err := b.bus.Warnings(t.Context(), "none.service"); err == nil {
		t.Error("a unit that does not exist was taken")
	}
}
