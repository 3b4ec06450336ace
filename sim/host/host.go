// Package host is one machine of a run: power, clocks, kernel, disk, processes,
// ospfd, and srrd on them. The core of srrd and its codec are the real ones
// (internal/node,
// internal/discovery, internal/discovery/opaque); what connects them to a
// machine is modelled after internal/daemon, internal/agent, internal/routing/address
// and internal/discovery/ospf, each in one file.
package host

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
	"srr/sim/event"
	"srr/sim/network"
)

// Env is what all machines of a run share.
type Env struct {
	Queue   *event.Queue
	Random  *rand.Rand
	Cluster string
	Observe func(*Effect) // is told everything that happens

	decoded map[*byte]*decoded // each body is decoded once, not once per machine
}

// decoded is a record, or why it is none.
type decoded struct {
	record discovery.Record
	err    error
}

// maxDecoded bounds the answers that are kept: most are asked for again at once, by
// the other machines, and then never.
const maxDecoded = 8192

// Decode reads a record. The copies of one body share the answer, which nobody changes.
func (e *Env) Decode(author routerid.ID, body []byte) (*discovery.Record, error) {
	if e.decoded == nil || len(e.decoded) > maxDecoded {
		e.decoded = map[*byte]*decoded{}
	}
	at := &body[0] // a record is never empty
	d := e.decoded[at]
	if d == nil {
		d = &decoded{}
		d.record, d.err = discovery.Decode(e.Cluster, author, body)
		e.decoded[at] = d
	}
	return &d.record, d.err
}

func (e *Env) between(low, high time.Duration) time.Duration {
	return low + time.Duration(e.Random.Int64N(int64(high-low)+1))
}

// Config is what one machine is, and what its srrd is configured to do.
type Config struct {
	Name        string
	Services    []service.Spec // sorted by name
	StartCutOff bool
	AloneAfter  time.Duration
	Drift       int64         // of the boot-time clock, ppm
	WallOffset  time.Duration // of the wall clock
}

// Host is one machine.
type Host struct {
	Name   string
	ID     routerid.ID
	Router *network.Router // ospfd

	env      *Env
	config   Config
	services []service.Spec
	specs    map[string]*service.Spec
	clock    clock

	on       bool
	boots    int
	paused   bool // the whole machine stands still
	clocks   bool // and its clocks do as well
	pausedAt time.Duration
	resumed  time.Duration // last time; 0: never
	deferred []func()      // what came due meanwhile

	routes map[string]route
	// routeChanges counts the changes of routes.
	routeChanges uint64
	procs        map[string]bool
	refused      map[string]bool // services whose addresses the kernel does not take
	emptied      map[string]int  // how often all processes of a service were ended
	behave       map[primitiveOf]Behaviour
	took         func(name string, p service.Primitive) (time.Duration, bool) // nil: drawn
	disk         disk
	daemon       *daemon
	lives        int  // of srrd, ever
	masked       bool // srrd is not started again by systemd
	newer        bool // the next srrd is of a later version, whose records say more
}

// New returns a machine that is switched off.
func New(env *Env, r *network.Router, c Config) *Host {
	h := &Host{
		Name: c.Name, ID: r.ID, Router: r, env: env, config: c,
		refused: map[string]bool{}, emptied: map[string]int{}, behave: map[primitiveOf]Behaviour{}, disk: disk{values: map[string]node.Saved{}},
	}
	h.clock = clock{ppm: c.Drift, boot: time.Hour, wall: wallStart.Add(c.WallOffset)}
	h.configure(c.Services)
	return h
}

var wallStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (h *Host) configure(specs []service.Spec) {
	h.services = slices.Clone(specs)
	h.specs = make(map[string]*service.Spec, len(specs))
	for i := range h.services {
		h.specs[h.services[i].Name] = &h.services[i]
	}
}

// Reconfigure replaces the configuration; a srrd that runs reloads it.
func (h *Host) Reconfigure(specs []service.Spec) {
	h.configure(specs)
	if h.daemon != nil {
		h.daemon.reload()
	}
}

// Services are those that are configured here, sorted by name.
func (h *Host) Services() []service.Spec { return h.services }

// Spec returns the definition of a service on this machine, nil if it has none.
func (h *Host) Spec(name string) *service.Spec { return h.specs[name] }

func (h *Host) spec(name string) *service.Spec { return h.specs[name] }

// Runs reports whether any process of a service exists.
func (h *Host) Runs(name string) bool { return h.on && h.procs[name] }

// On reports whether the machine has power.
func (h *Host) On() bool { return h.on }

// Paused reports whether the machine stands still.
func (h *Host) Paused() bool { return h.paused }

// StoodStill is when the machine went on after the last time that it stood still.
func (h *Host) StoodStill() (at time.Duration, ever bool) { return h.resumed, h.resumed > 0 }

// Core is the core of the srrd that runs, nil if none does.
func (h *Host) Core() *node.Node {
	if h.daemon == nil {
		return nil
	}
	return h.daemon.core
}

// Awake reports whether srrd runs and answers.
func (h *Host) Awake() bool {
	return h.daemon != nil && h.daemon.core != nil && !h.daemon.frozen && !h.paused
}

// Probing reports whether srrd has been started and looks for what runs.
func (h *Host) Probing() bool { return h.daemon != nil && h.daemon.core == nil && !h.paused }

func (h *Host) now() time.Duration { return h.env.Queue.Now() }

func (h *Host) emit(e Effect) {
	e.At, e.Host = h.now(), h
	h.env.Observe(&e)
}

// after does something later, in this boot. While the machine stands still, what
// is due waits.
func (h *Host) after(t time.Duration, do func()) { h.afterIn(nil, t, do) }

// afterIn does something later, in this boot, unless the daemon has ended by then;
// nil: whichever runs.
func (h *Host) afterIn(d *daemon, t time.Duration, do func()) {
	boot := h.boots
	h.env.Queue.After(t, func() {
		switch {
		case h.boots != boot || !h.on || d != nil && h.daemon != d:
		case h.paused:
			h.deferred = append(h.deferred, func() { h.afterIn(d, 0, do) })
		default:
			do()
		}
	})
}

// PowerOn boots the machine: ospfd and srrd come up.
func (h *Host) PowerOn() {
	if h.on {
		return
	}
	h.on, h.paused, h.deferred, h.masked = true, false, nil, false
	h.boots++
	h.clock.change(h.now())
	h.clock.boot = h.env.between(5*time.Second, 20*time.Second)
	h.routes, h.procs = map[string]route{}, map[string]bool{}
	h.Router.Start()
	h.StartDaemon()
}

// PowerOff ends everything on the machine at once.
func (h *Host) PowerOff() {
	if !h.on {
		return
	}
	h.dropDaemon("power off")
	for _, s := range h.services {
		h.setRoute(s.Name, false, false)
		h.setProcess(s.Name, false)
	}
	h.on, h.paused, h.deferred = false, false, nil
	h.boots++
	h.disk.lose(true)
	h.Router.Stop()
}

// Pause stops the whole machine. If its clocks stand still, too, it does not
// even know: a virtual machine that is stopped. If they go on, it is one that
// was suspended.
func (h *Host) Pause(clocksToo bool) {
	if h.on && !h.paused {
		h.paused, h.clocks, h.pausedAt = true, clocksToo, h.now()
		h.Router.Freeze(true)
	}
}

// Resume lets a paused machine go on. A machine whose clocks went on finds its
// daemon ended by the kernel's timer, if that has passed.
func (h *Host) Resume() {
	if !h.paused {
		return
	}
	h.paused, h.resumed = false, h.now()
	if h.clocks {
		h.clock.stoodStill(h.pausedAt, h.now())
	}
	if h.daemon != nil {
		h.daemon.resumed(h.pausedAt, h.clocks)
	}
	due := h.deferred
	h.deferred = nil
	for _, again := range due {
		again()
	}
	h.Router.Freeze(false)
}

// SetWall moves the wall clock. The kernel does not let it show a time before 1970, nor
// one since then that is shorter than it has been up for.
func (h *Host) SetWall(by time.Duration) {
	h.clock.change(h.now())
	h.clock.wall = h.clock.wall.Add(by)
	if first := time.Unix(0, 0).UTC().Add(h.clock.boot); h.clock.wall.Before(first) {
		h.clock.wall = first
	}
}

// SetDrift changes the speed of the machine's clocks.
func (h *Host) SetDrift(ppm int64) {
	h.clock.change(h.now())
	h.clock.ppm = ppm
	if h.daemon != nil {
		h.daemon.schedule()
	}
}

// SetDisk changes how the disk behaves.
func (h *Host) SetDisk(mode string) error {
	m, ok := diskModes[mode]
	if !ok {
		return fmt.Errorf("disk: no mode %q", mode)
	}
	h.disk.mode = m
	return nil
}

// KillOSPF ends ospfd. Its client loses the connection at once.
func (h *Host) KillOSPF() {
	if !h.on || !h.Router.Running() {
		return
	}
	h.Router.Stop()
}

// StartOSPF starts ospfd, when the machine goes on if it stands still.
func (h *Host) StartOSPF() {
	if h.paused {
		h.deferred = append(h.deferred, h.StartOSPF)
		return
	}
	if h.on && !h.Router.Running() {
		h.Router.Start()
	}
}

// Die ends the processes of a service.
func (h *Host) Die(name string) {
	if !h.Runs(name) {
		return
	}
	h.setProcess(name, false)
	h.noticeDeath(name)
}

// noticeDeath: srrd hears soon that the processes of a service have ended.
func (h *Host) noticeDeath(name string) {
	if d := h.daemon; d != nil {
		h.after(h.env.between(time.Millisecond, 10*time.Millisecond), func() {
			if h.daemon == d {
				d.runner.died(name)
			}
		})
	}
}

// Purge is what an operator does who sees to it that a service does not run:
// its processes are ended, whatever they are.
func (h *Host) Purge(name string) {
	if !h.on {
		return
	}
	ran := h.procs[name]
	h.empty(name)
	if h.daemon == nil {
		h.setRoute(name, false, false)
		return
	}
	h.daemon.runner.killed(name)
	if ran {
		h.noticeDeath(name)
	}
}

// Mend repairs everything on the machine that a person could repair.
func (h *Host) Mend() {
	clear(h.behave)
	if clear(h.refused); h.daemon != nil && h.on {
		h.daemon.routesDueAtBeat()
	}
	h.disk.mode = DiskGood
	h.SetDrift(0)
	h.PowerOn()
	h.Resume()
	h.StartOSPF()
	h.Router.Freeze(false)
	h.Freeze(false)
	h.StartDaemon()
	if h.daemon != nil {
		h.daemon.fuse = 0
		for _, s := range h.services {
			h.daemon.checks.changed(s.Name)
		}
	}
}

// bootID is the kernel's random ID of this boot.
func (h *Host) bootID() discovery.BootID {
	return discovery.BootID{byte(h.ID >> 8), byte(h.ID), byte(h.boots >> 8), byte(h.boots)}
}
