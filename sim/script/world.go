package script

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"srr/internal/discovery"
	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
	"srr/internal/service"
	"srr/sim/event"
	"srr/sim/host"
	"srr/sim/network"
)

// World is one cluster with the network that it stands in. Commands build it,
// and break it.
type World struct {
	Queue   event.Queue
	Net     *network.Network
	Hosts   []*host.Host
	Broken  Assumptions // by the commands so far
	Timers  network.Timers
	Replies func(line, reply string) // of operators' commands; may be nil
	Steps   func(Step)               // is told each step before it is done; may be nil

	env      *host.Env
	random   *rand.Rand
	byName   map[string]*host.Host
	pending  map[string]*host.Config // hosts that are being defined
	order    []string
	services []*definition

	disturbed time.Duration
	stepped   time.Duration
	badDisk   map[*host.Host]bool // has not always written
	setBack   map[*host.Host]bool // its wall clock was
	forgetful map[*host.Host]bool // its state file was taken away or damaged, or is on a disk that lies
	lied      map[place]bool      // a stop may have said that nothing is left
	confirmed map[place]time.Duration
}

// place is a service on a machine.
type place struct {
	host    *host.Host
	service string
}

// New returns an empty world. Observe is told everything that happens.
func New(seed uint64, observe func(*host.Effect)) *World {
	w := &World{
		badDisk: map[*host.Host]bool{}, setBack: map[*host.Host]bool{}, lied: map[place]bool{}, forgetful: map[*host.Host]bool{}, confirmed: map[place]time.Duration{},
		byName: map[string]*host.Host{}, pending: map[string]*host.Config{},
		random: Stream(seed, "network"), Broken: Assumptions{},
		Timers: network.Timers{
			Hello: time.Second, Dead: 4 * time.Second, Retransmit: 5 * time.Second,
			BFD: 350 * time.Millisecond, LSInterval: 5 * time.Second,
		},
	}
	w.env = &host.Env{Queue: &w.Queue, Random: Stream(seed, "machines"), Cluster: "sim", Observe: observe}
	return w
}

// Stream is a source of random numbers of its own, so that what one part of a
// run draws does not change what another one gets.
func Stream(seed uint64, name string) *rand.Rand {
	h := uint64(14695981039346656037) // FNV-1a
	for _, c := range []byte(name) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, h))
}

// Host finds a machine by its name, nil if there is none.
func (w *World) Host(name string) *host.Host { return w.byName[name] }

// ByID finds a machine by its router ID, nil if there is none.
func (w *World) ByID(id routerid.ID) *host.Host {
	for _, h := range w.Hosts {
		if h.ID == id {
			return h
		}
	}
	return nil
}

// Heard is a record that a router's database holds, and since when.
type Heard struct {
	Record *discovery.Record
	Since  time.Duration
}

// Heard returns the newest record of a service, by one author, that the ospfd of
// a machine holds; false if that was flushed, or if there is none. What is older
// than a newer record of its author says nothing, even if that one is gone.
func (w *World) Heard(at *host.Host, author routerid.ID, name string) (newest Heard, ok bool) {
	var incarnation uint64
	for e, r := range w.Records(at, author) {
		incarnation = max(incarnation, r.Version.Incarnation)
		if r.Instance != nil && r.Instance.Service == name && (newest.Record == nil || newest.Record.Version.Less(r.Version)) {
			newest, ok = Heard{r, e.Installed}, !e.MaxAge(w.Queue.Now())
		}
	}
	return newest, ok && newest.Record.Version.Incarnation == incarnation
}

// Records yields every record of an author that the database of a machine's ospfd
// holds, each LSA by itself, also those that were flushed and are still there.
func (w *World) Records(at *host.Host, author routerid.ID) iter.Seq2[*lsdb.Entry, *discovery.Record] {
	return func(yield func(*lsdb.Entry, *discovery.Record) bool) {
		if !at.Router.Running() {
			return
		}
		for e := range at.Router.Database().Of(lsdb.Where{}, packet.TypeOpaqueArea) {
			if e.Key.AdvRouter != author {
				continue
			}
			r, err := w.env.Decode(author, e.LSA.Body.(*packet.Opaque).Data)
			if err == nil && !yield(e, r) {
				return
			}
		}
	}
}

// Disturbed is when a command changed something about the network last.
func (w *World) Disturbed() time.Duration { return max(w.disturbed, w.Net.Wrapped()) }

// Stepped is when a command was carried out last.
func (w *World) Stepped() time.Duration { return w.stepped }

// Run carries the steps out, each at its time, and goes on until end. It ends
// early when stop says so, and reports whether time went on.
func (w *World) Run(steps []Step, end time.Duration, stop func() bool) error {
	for _, s := range steps {
		if !w.Queue.Run(max(s.At, w.Queue.Now()), stop) {
			return errStandstill
		}
		if stop() {
			return nil
		}
		w.stepped = w.Queue.Now()
		if w.Steps != nil {
			w.Steps(s)
		}
		if err := w.Do(s.Text); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	if !w.Queue.Run(end, stop) {
		return errStandstill
	}
	return nil
}

var errStandstill = fmt.Errorf("time stands still")

// Assumptions are what the promises rest on, and a run has broken: name → how.
type Assumptions map[Assumption]string

// Assumption is one of them.
type Assumption string

// What srrd takes for granted, and a command can break.
const (
	// HonestStop: a stop that is reported as verified left nothing.
	HonestStop Assumption = "a verified stop leaves nothing"
	// ClocksRun: a machine's clocks go on while it stands still.
	ClocksRun Assumption = "clocks go on while a machine stands still"
	// DurableDisk: what was written survives the loss of power, and nobody takes the state file away or damages it.
	DurableDisk Assumption = "what was written is durable"
	// GoodClocks: the boot-time clock is at most MaxDrift wrong.
	GoodClocks Assumption = "boot-time clocks are good to 2 %"
	// KnownPast: a machine has its state file, or a wall clock that was not set
	// back: otherwise its incarnation may be one that the others left behind
	// (decisions 7 and 22), and they ignore it.
	KnownPast Assumption = "a machine has its state file, or a wall clock that was not set back"
	// HonestOperator: what is confirmed as stopped does not run.
	HonestOperator Assumption = "what an operator confirms as stopped does not run"
)

// MaxDrift is how wrong a boot-time clock may be, in ppm (D35).
const MaxDrift = 20_000

// Shortest is how soon a machine with the fastest of clocks takes a time for over.
func Shortest(d time.Duration) time.Duration { return d - d*MaxDrift/1_000_000 }

// LostPast reports whether a machine may have an incarnation of its past.
func (w *World) LostPast(h *host.Host) bool { return w.badDisk[h] && w.setBack[h] }

// Lied reports whether the stop of a service on a machine may have left it running
// and said that it did not (HonestStop).
func (w *World) Lied(h *host.Host, name string) bool { return w.lied[place{h, name}] }

// Confirmed is when an operator gave his word last that a service does not run on a
// machine; negative: never.
func (w *World) Confirmed(h *host.Host, name string) time.Duration {
	if at, ok := w.confirmed[place{h, name}]; ok {
		return at
	}
	return -1
}

// Forgetful reports whether a machine may not know what it wrote (DurableDisk).
func (w *World) Forgetful(h *host.Host) bool { return w.forgetful[h] }

// losesPast notes what can make a machine forget its incarnation.
func (w *World) losesPast(h *host.Host, how map[*host.Host]bool) {
	how[h] = true
	if w.LostPast(h) {
		w.breaks(KnownPast, h.Name)
	}
}

func (w *World) breaks(a Assumption, how string) {
	if _, known := w.Broken[a]; !known {
		w.Broken[a] = how
	}
}

// Boot switches everything on.
func (w *World) boot() {
	for _, r := range w.Net.Routers() {
		if h := w.byName[r.Name]; h != nil {
			h.PowerOn()
		} else {
			r.Start()
		}
	}
}

// specs are the services of one machine, sorted by name.
func (w *World) specs(name string) []service.Spec {
	var out []service.Spec
	for _, d := range w.services {
		if s, ok := d.on(name); ok {
			out = append(out, s)
		}
	}
	return out
}
