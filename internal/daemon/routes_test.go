package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"srr/internal/agent"
	"srr/internal/checking"
	"srr/internal/config"
	"srr/internal/journal"
	"srr/internal/node"
	"srr/internal/routing"
	"srr/internal/routing/address"
	"srr/internal/service"
)

var vip = netip.MustParseAddr("192.0.2.1")

// fakeKernel has the one address, and can refuse to withdraw it.
type fakeKernel struct {
	clock          time.Duration
	owned, ours    bool
	foreign        string // an interface where somebody else configured it
	changed        bool   // by somebody else
	refuseWithdraw error
	life           time.Duration // of the last announcement, if it was not the usual one
	closed         bool
}

func (k *fakeKernel) Dump() (address.Snapshot, error) {
	s := address.Snapshot{Routes: map[netip.Addr]bool{}, Addresses: map[netip.Addr]address.Assigned{}}
	if k.owned {
		s.Routes[vip] = true
	}
	if k.ours || k.foreign != "" {
		s.Addresses[vip] = address.Assigned{Ours: k.ours, Foreign: k.foreign}
	}
	return s, nil
}

func (k *fakeKernel) Apply(ops []address.Op) []error {
	errs := make([]error, len(ops))
	for i, op := range ops {
		switch op.Action {
		case address.Withdraw:
			if errs[i] = k.refuseWithdraw; errs[i] == nil {
				k.ours = false
			}
		case address.Disown:
			k.owned = false
		case address.Own:
			k.owned = true
		case address.Announce:
			k.ours, k.life = true, op.Life
		}
	}
	return errs
}

func (k *fakeKernel) Changed() bool {
	was := k.changed
	k.changed = false
	return was
}

func (k *fakeKernel) Close() error {
	k.closed = true
	return nil
}

// routed is a daemon with one service and a real driver on a fake kernel.
type routed struct {
	*Daemon
	kernel *fakeKernel
	output node.Output
}

func newRouted(t *testing.T) *routed {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	c := &config.Config{Cluster: "c", Services: []config.Service{{Spec: service.Spec{Name: "web", Addresses: []netip.Addr{vip}}}}}
	k := &fakeKernel{}
	d := &Daemon{log: log, metrics: metrics{byAddr: map[netip.Addr]*announcement{}}}
	d.use(c)
	d.core = node.New(d.now(), node.Options{Cluster: "c", Name: "n1", RouterID: 1, Services: specs(c)})
	d.routes = address.New(k, address.Options{Now: func() time.Duration { return k.clock }})
	d.lsdb = newBrowser(c, nil, nil, log)
	var err error
	if d.store, _, err = journal.Open(t.TempDir(), log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.store.Close(t.Context()) })
	return &routed{Daemon: d, kernel: k}
}

// want is what the core wants from now on.
func (r *routed) want(announce bool) {
	r.output = node.Output{Shown: r.output.Shown + 1, Routes: map[string]node.WantRoute{}}
	if announce {
		r.output.Routes["web"] = node.WantRoute{Addresses: []netip.Addr{vip}, Announce: true}
	}
	r.applyRoutes(r.output)
}

// second is what the loop does in a second without facts.
func (r *routed) second() {
	r.kernel.clock += heartbeat
	r.beat(&guard{id: -1}, bootTime())
	r.applyRoutes(r.output)
}

func (r *routed) expect(t *testing.T, announced, alarm bool) {
	t.Helper()
	f := r.applied.facts["web"]
	if f.Announced != announced || (f.Err != "") != alarm || (len(r.core.Alarms()) > 0) != alarm || r.kernel.ours != announced {
		t.Errorf("the core was told %+v, alarms %v, the kernel has it: %v; want announced %v, alarm %v", f, r.core.Alarms(), r.kernel.ours, announced, alarm)
	}
}

// TestRenewalIsTold: what a renewal mends or finds lost, the core hears of.
func TestRenewalIsTold(t *testing.T) {
	t.Run("withdrawal that failed once", func(t *testing.T) {
		r := newRouted(t)
		r.want(true)
		r.kernel.refuseWithdraw = errors.New("no buffer space available")
		r.want(false)
		r.expect(t, true, true)
		r.kernel.refuseWithdraw = nil
		r.second()
		r.expect(t, false, false)
	})
	t.Run("removed by somebody", func(t *testing.T) {
		r := newRouted(t)
		r.want(true)
		r.kernel.ours, r.kernel.changed = false, true
		r.second()
		r.expect(t, false, true)
		r.second()
		r.second()
		r.expect(t, true, false)
	})
	t.Run("removed by somebody, without a hold", func(t *testing.T) {
		r := newRouted(t)
		r.routes.SetHold(0)
		r.want(true)
		r.kernel.ours, r.kernel.changed = false, true
		r.second()
		r.expect(t, true, true)
		r.second()
		r.expect(t, true, false)
	})
	t.Run("configured by somebody for a while", func(t *testing.T) {
		r := newRouted(t)
		r.want(true)
		r.kernel.foreign, r.kernel.changed = "eth0", true
		r.second()
		r.expect(t, true, true)
		r.kernel.foreign, r.kernel.changed = "", true
		r.second()
		r.expect(t, true, false)
	})
}

// witness is an agent whose call ends when it is cancelled, and looks at the kernel then.
type witness struct {
	agent.Agent
	kernel *fakeKernel
	began  chan struct{}
	saw    *fakeKernel
}

func (w *witness) Call(ctx context.Context, _ agent.Request) service.Result {
	close(w.began)
	<-ctx.Done()
	saw := *w.kernel
	w.saw = &saw
	return service.Result{}
}

// TestRelease: what is to stay lives on before a call is waited for, what is to go
// goes after it.
func TestRelease(t *testing.T) {
	for _, detach := range []bool{true, false} {
		k := &fakeKernel{}
		w := &witness{kernel: k, began: make(chan struct{})}
		d := &Daemon{
			log: slog.New(slog.NewTextHandler(t.Output(), nil)), detaching: detach, cfg: &config.Config{DetachFor: time.Minute},
			routes: address.New(k, address.Options{Now: func() time.Duration { return k.clock }}),
			runner: agent.NewRunner(func(string) agent.Agent { return w }, func(agent.Event) {}),
			checks: checking.NewScheduler(1, func(checking.Report) {}),
		}
		d.routes.Set([]routing.Want{{Addr: vip, Announce: true}})
		d.runner.Set(map[string]agent.Request{"web": {ID: 1, Service: "web", Primitive: service.Stop}})
		<-w.began
		d.release()
		if stays := w.saw.life == time.Minute; !w.saw.ours || stays != detach {
			t.Errorf("detach %v, when a call ends: announced %v for %v", detach, w.saw.ours, w.saw.life)
		}
		if k.ours != detach || !k.closed {
			t.Errorf("detach %v, at the end: announced %v, closed %v", detach, k.ours, k.closed)
		}
	}
}
