// Package daemon wires srrd: it owns the core, feeds it what the medium, the
// agents, the checks, the routing driver and operators report, and applies what
// it decides.
package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"path/filepath"
	"sync/atomic"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/cgroup"
	"srr/internal/agent/process"
	"srr/internal/api"
	"srr/internal/checking"
	"srr/internal/config"
	"srr/internal/discovery"
	ospfmedium "srr/internal/discovery/ospf"
	"srr/internal/frr/vty"
	"srr/internal/journal"
	"srr/internal/node"
	"srr/internal/routing"
	"srr/internal/routing/address"
	"srr/internal/routing/frr"
)

// Options are what main knows.
type Options struct {
	Config   string // path of the main configuration file
	Software string // version
	Log      *slog.Logger
}

// Daemon is one srrd. Its loop owns the core and everything that is not safe
// for concurrent use; everybody else sends to it.
type Daemon struct {
	opt  Options
	log  *slog.Logger
	boot discovery.BootID
	seed uint64

	cfg     *config.Config
	byName  map[string]*config.Service
	pending *config.Config // a reload that waits for services to become inactive

	core         *node.Node
	store        *journal.Store
	events       *journal.Log
	medium       discovery.Medium
	lsdb         *browser
	routes       *address.Driver
	vty          *vty.Client
	redist       *frr.Redistributor
	agents       *agents
	runner       *agent.Runner
	checks       *checking.Scheduler
	checkers     map[string]checking.Check
	checkerSpecs map[string]string // what each was made from
	outcomes     outcomes
	metrics      map[netip.Addr]*announcement
	server       *api.Server
	listen       net.Listener

	inbox    chan node.Input
	requests chan func()
	ended    chan struct{} // closes when the loop has ended
	closers  closers

	applied   applied
	snapshot  atomic.Pointer[api.Snapshot]
	view      publisher
	detaching bool
	shutdown  bool // an operator asked for the end
}

// inboxSize is how many facts may wait; whoever sends more waits.
const inboxSize = 4096

// New reads the configuration and the state of the last run, looks for what it
// left, and opens everything. It starts and stops nothing.
func New(ctx context.Context, opt Options) (_ *Daemon, err error) {
	d := &Daemon{
		opt: opt, log: opt.Log, seed: rand.Uint64(),
		metrics: map[netip.Addr]*announcement{},
		inbox:   make(chan node.Input, inboxSize), requests: make(chan func()), ended: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			d.closers.close(d.log)
		}
	}()
	if d.boot, err = bootID(); err != nil {
		return nil, err
	}
	cfg, err := config.Load(opt.Config, Prober{})
	if err != nil {
		return nil, &ConfigError{Path: opt.Config, Err: err}
	}
	d.use(cfg)
	if err := d.takeOver(ctx); err != nil {
		return nil, err
	}
	if err := d.openDrivers(); err != nil {
		return nil, err
	}
	return d, d.openCore(ctx)
}

// ConfigError is a configuration that cannot be used: trying again is no use.
type ConfigError struct {
	Path string
	Err  error
}

func (e *ConfigError) Error() string { return fmt.Sprintf("load %s:\n%v", e.Path, e.Err) }
func (e *ConfigError) Unwrap() error { return e.Err }

// takeOver makes sure that this is the only srrd of its run directory.
func (d *Daemon) takeOver(ctx context.Context) (err error) {
	socket := filepath.Join(d.cfg.Paths.Run, "srrd.sock")
	d.listen, err = listen(ctx, socket, filepath.Join(d.cfg.Paths.Run, "srrd.pid"), d.log)
	if err != nil {
		return err
	}
	d.closers.add("socket", d.listen.Close)
	return nil
}

func (d *Daemon) openDrivers() (err error) {
	if d.routes, err = address.Open(address.Options{}); err != nil {
		return fmt.Errorf("open the routing driver: %w", err)
	}
	groups, err := cgroup.Open(d.cfg.Paths.Cgroup)
	if err != nil {
		return fmt.Errorf("open cgroup %s: %w", d.cfg.Paths.Cgroup, err)
	}
	d.closers.add("cgroup", groups.Close)
	host := &process.Host{RunDir: filepath.Join(d.cfg.Paths.Run, "services"), Groups: groups}
	d.agents = newAgents(host, d.log)
	d.closers.add("systemd", d.agents.unit.close)
	d.runner = agent.NewRunner(d.agents.of, d.agentEvent)
	d.checks = checking.NewScheduler(d.seed, d.checked)
	d.vty = vty.New(vty.Options{RunDir: d.cfg.Routing.VTY})
	d.redist = frr.New(d.vty)
	d.medium = ospfmedium.New(ospfmedium.Options{
		Cluster: d.cfg.Cluster, RouterID: d.cfg.RouterID, Address: d.cfg.Medium.OSPFAPI,
		OpaqueType: d.cfg.Medium.OpaqueType, Log: d.log,
	})
	d.lsdb = newBrowser(d.cfg, d.log)
	return nil
}

// openCore restores what was saved, probes what runs, and creates the core.
func (d *Daemon) openCore(ctx context.Context) error {
	store, state, err := journal.Open(d.cfg.Paths.State, d.log)
	if err != nil {
		return fmt.Errorf("open the state: %w", err)
	}
	d.store = store
	d.closers.addContext("state", store.Close)
	if d.events, err = journal.OpenLog(filepath.Join(d.cfg.Paths.State, "events"), journal.LogOptions{Log: d.log}); err != nil {
		return fmt.Errorf("open the journal: %w", err)
	}
	d.closers.addContext("journal", d.events.Close)
	saved, err := decodeSaved(state.Values)
	if err != nil {
		d.log.Error("a saved value is ignored", "err", err)
	}
	if err := d.agents.configure(d.cfg.Services); err != nil {
		return err
	}
	if err := d.makeCheckers(d.cfg.Services); err != nil {
		return err
	}
	if state.Damaged > 0 {
		d.log.Error("the saved state was damaged; failures and claims may be old ones", "path", d.cfg.Paths.State)
	}
	found := d.probe(ctx, saved)
	o := d.options()
	o.Saved, o.Found = saved, found
	d.core = node.New(d.now(), o)
	d.server = api.New(&backend{d}, &inspector{d}, d.log)
	return nil
}

// options are what the configuration makes of this node.
func (d *Daemon) options() node.Options {
	return node.Options{
		Cluster: d.cfg.Cluster, Name: d.cfg.Name, RouterID: d.cfg.RouterID, Boot: d.boot,
		Seed: d.seed, Software: d.opt.Software, Services: specs(d.cfg),
		AloneAfter: d.cfg.Join.AloneAfter, StartCutOff: d.cfg.Join.StartWhenCutOff,
		ParallelStarts: d.cfg.ParallelStarts, LeaveGrace: d.cfg.LeaveGrace, DetachFor: d.cfg.DetachFor,
	}
}

// ErrShutdown is what Run returns after an operator's shutdown: the daemon is
// not to be started again by itself.
var ErrShutdown = fmt.Errorf("shut down by an operator")

// Run serves until ctx ends, which hands everything over, or until an operator
// shuts down or detaches. It returns after everything is closed.
func (d *Daemon) Run(ctx context.Context) error {
	defer d.closers.close(d.log)
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	d.publish()
	go d.serve(background)
	go d.runMedium(background)
	go d.lsdb.run(background)
	err := d.loop(ctx)
	close(d.ended)
	go d.discard(background)
	d.runner.Close()
	d.checks.Close()
	leave := time.Duration(0)
	if d.detaching {
		leave = d.cfg.DetachFor
	}
	if cerr := d.routes.Close(leave); cerr != nil {
		d.log.Warn("routes were not all removed", "err", cerr)
	}
	if !d.detaching {
		d.undoRedistribution()
	}
	if err == nil && d.shutdown {
		return ErrShutdown
	}
	return err
}

// discard takes facts that nobody wants any more, so that nobody hangs.
func (d *Daemon) discard(ctx context.Context) {
	for {
		select {
		case <-d.inbox:
		case <-ctx.Done():
			return
		}
	}
}

func (d *Daemon) serve(ctx context.Context) {
	if err := d.server.Serve(ctx, d.listen); err != nil {
		d.log.Error("the API ended", "err", err)
	}
}

func (d *Daemon) runMedium(ctx context.Context) {
	err := d.medium.Run(ctx, d.mediumEvent)
	if err != nil && ctx.Err() == nil {
		d.log.Error("the medium cannot work", "err", err)
		d.send(node.Medium{Event: discovery.Refused{Err: err}})
	}
}

// mediumEvent hands what the medium observed to the loop. Each time that ospfd
// comes up, it must be told again to announce our addresses.
func (d *Daemon) mediumEvent(e discovery.Event) {
	d.send(node.Medium{Event: e})
	if _, up := e.(discovery.Up); up {
		d.send(node.Ready{Pending: true})
		select {
		case d.requests <- d.ensureRedistribution:
		case <-d.ended:
		}
	}
}

// send hands a fact to the loop. It waits if the loop is behind.
func (d *Daemon) send(in node.Input) { d.inbox <- in }

func (d *Daemon) now() node.Now { return node.Now{Boot: bootTime(), Wall: time.Now()} }

// wants translates the core's routes for the driver.
func wants(o node.Output) []routing.Want {
	var ws []routing.Want
	for name, r := range o.Routes {
		for _, a := range r.Addresses {
			ws = append(ws, routing.Want{Addr: a, Service: name, Announce: r.Announce})
		}
	}
	return ws
}
