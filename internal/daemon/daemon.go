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
	"srr/internal/agent/process"
	"srr/internal/api"
	"srr/internal/availability"
	"srr/internal/checking"
	"srr/internal/config"
	"srr/internal/discovery"
	ospfmedium "srr/internal/discovery/ospf"
	"srr/internal/frr/vty"
	"srr/internal/identity"
	"srr/internal/journal"
	"srr/internal/node"
	"srr/internal/notify"
	"srr/internal/routing"
	"srr/internal/routing/address"
	"srr/internal/routing/frr"
	"srr/internal/web"
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
	inOrder []*config.Service // as they are to start when many may: by priority
	pending *config.Config    // a reload that waits for services to become inactive

	core      *node.Node
	store     *journal.Store
	events    *journal.Log
	legs      legs
	medium    *ospfmedium.Medium
	identity  *identity.Store
	apiOpen   error // why ospfd's API could not be closed again; nil: it is
	lsdb      *browser
	routes    *address.Driver
	vty       *vty.Client
	redist    *frr.Redistributor
	agents    *agents
	runner    *agent.Runner
	checks    *checking.Scheduler
	checkers  checkerSet
	outcomes  outcomes
	checkRuns checkRuns
	metrics   metrics
	rerouted  rerouted
	asking    redistribution
	holes     announcements
	ospfd     ospfdView
	hold      time.Duration // after a withdrawal, as the routing driver was told
	disproved bool          // what the operator said of all routers is not true of ours
	server    *api.Server
	console   *web.Server // nil: there is none
	notices   *notify.Notifier
	meter     *availability.Meter
	listen    net.Listener

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
		metrics: metrics{byAddr: map[netip.Addr]*announcement{}},
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
	if err := d.openConfig(Prober{}); err != nil {
		return nil, err
	}
	d.openIdentity()
	if err := canSign(d.cfg, d.identity); err != nil {
		return nil, &ConfigError{Path: opt.Config, Err: err}
	}
	if err := d.takeOver(ctx); err != nil {
		return nil, err
	}
	if err := d.closeAPI(ctx); err != nil {
		return nil, err
	}
	if err := d.openDrivers(); err != nil {
		return nil, err
	}
	return d, d.openCore(ctx)
}

// takeOver makes sure that this is the only srrd of its run directory.
func (d *Daemon) takeOver(ctx context.Context) (err error) {
	if err := ownDirectories(d.cfg.Paths.Run, d.cfg.Paths.State); err != nil {
		return err
	}
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
	d.applyHold()
	d.agents = newAgents(&process.Host{RunDir: filepath.Join(d.cfg.Paths.Run, "services")}, d.log)
	d.closers.add("systemd", d.agents.unit.close)
	groups, err := d.agents.unit.groups(d.cfg.Paths.Cgroup)
	if err != nil {
		return fmt.Errorf("open the control groups of services: %w", err)
	}
	d.closers.add("cgroup", groups.Close)
	groups.Log = d.log
	d.agents.host.Groups = groups
	d.runner = agent.NewRunner(d.agents.of, d.agentEvent)
	d.checks = checking.NewScheduler(d.seed, d.checked)
	d.vty = vty.New(vty.Options{RunDir: d.cfg.Routing.VTY})
	d.redist = frr.New(d.vty)
	d.medium = ospfmedium.New(ospfmedium.Options{
		Cluster: d.cfg.Cluster, RouterID: d.cfg.RouterID, Address: d.cfg.Medium.OSPFAPI,
		OpaqueType: d.cfg.Medium.OpaqueType, Signatures: d.signatures(d.cfg), Log: d.log,
	})
	d.lsdb = newBrowser(d.cfg, d.vty, newProofs(d.identity), d.log)
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
	commit, err := d.prepare(d.cfg.Services)
	if err != nil {
		return err
	}
	commit()
	if state.Damaged > 0 {
		d.log.Error("the saved state was damaged; failures and claims may be old ones", "path", d.cfg.Paths.State)
	}
	found := d.probe(ctx, saved)
	o := d.options()
	o.Saved, o.Found = saved, found
	d.core = node.New(d.now(), o)
	d.server = api.New(&backend{d}, &inspector{d}, d.log)
	d.server.Simulate(&simulator{d})
	d.server.Describe(&host{d})
	d.server.Audit = d.audit
	d.openConsole()
	d.openNotices()
	return d.openMeter()
}

// options are what the configuration makes of this node.
func (d *Daemon) options() node.Options {
	return node.Options{
		Cluster: d.cfg.Cluster, Name: d.cfg.Name, RouterID: d.cfg.RouterID, Boot: d.boot,
		Seed: d.seed, Software: d.opt.Software, Console: d.cfg.Console.Told, Services: specs(d.cfg),
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
	go d.runConsole(background, d.cfg.Console.Listen.String())
	go d.runMedium(background)
	go d.lsdb.run(background)
	go d.watchRouter(background)
	go d.watchTopology(background, d.lsdb.topology.changed)
	go d.identity.Run(background)
	go d.keepAPIClosed(background, d.cfg.Medium) // of which port and filter stay as they are
	go d.fetchLists(background)
	told, measured := make(chan struct{}), make(chan struct{})
	go d.renewCertificates(background)
	go func() {
		defer close(told)
		d.notices.Run(background)
	}()
	go func() {
		defer close(measured)
		d.meter.Run(background)
	}()
	err := d.loop(ctx)
	close(d.ended)
	if !d.detaching { // then the next one is to come soon, whatever this one waits for
		tellSystemd("STOPPING=1") // nobody feeds its watchdog any more
	}
	go d.discard(background)
	d.release()
	if !d.detaching {
		d.undoRedistribution()
	}
	cancel()
	select { // two seconds as a rule, for what is queued
	case <-told:
	case <-time.After(lastNotices): // a file that a sink needs is on a disk that hangs
	}
	select {
	case <-measured:
	case <-time.After(lastSums): // the disk does not answer
	}
	if err == nil && d.shutdown {
		return ErrShutdown
	}
	return err
}

// release ends what acts on the world. Nobody renews addresses any more, and a call
// that hangs takes longer to end than they live, so those that are to stay get their
// lifetime first. Otherwise they go last, after all that still serves.
func (d *Daemon) release() {
	if d.detaching {
		if err := d.routes.Close(d.cfg.DetachFor); err != nil {
			d.log.Warn("not all addresses stay for the next srrd", "err", err)
		}
	}
	d.runner.Close()
	d.checks.Close()
	if !d.detaching {
		if err := d.routes.Close(0); err != nil {
			d.log.Warn("routes were not all removed", "err", err)
		}
	}
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
	switch e.(type) {
	case discovery.Up:
		d.inLoopSoon(func() {
			d.core.Step(d.now(), node.Ready{Pending: true})
			d.ensureRedistribution()
		})
	case discovery.Down:
		d.inLoopSoon(func() { d.asking.done = false }) // the next ospfd knows nothing
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
			ws = append(ws, routing.Want{Addr: a, Service: name, Announce: r.Announce, Inherited: r.Inherited})
		}
	}
	return ws
}
