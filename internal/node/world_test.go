package node_test

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// world runs several cores on one virtual clock. Flooding takes a millisecond,
// the loss of a node is noticed after detect, primitives take as long as told.
type world struct {
	now    time.Duration
	seq    int
	queue  events
	hosts  map[string]*host
	names  []string
	part   map[string]int // partition of each host
	out    *strings.Builder
	detect time.Duration
	specs  map[string]map[string]service.Spec // host → service
	parted map[string]bool                    // hosts whose second router is no neighbor any more
	bad    []string                           // what must never happen
	noise  bool                               // print also calls
	same   int                                // events without any time passing
	// checked: checks run by themselves.
	checked bool
	// exact: whom a daemon reaches when it starts, its router has exchanged with; and it does
	// not know of what was flooded only before.
	exact    bool
	parallel int // starts at once; 0: the default
}

const (
	floodDelay = time.Millisecond
	detect     = 50 * time.Millisecond
)

type event struct {
	at   time.Duration
	seq  int
	host *host // dropped if the host's life has ended since
	life int
	do   func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(e[i].at, e[j].at), e[i].seq-e[j].seq) < 0
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any     { o := *e; x := o[len(o)-1]; *e = o[:len(o)-1]; return x }

// host is one machine: its daemon's core, and what is real on it.
type host struct {
	w      *world
	name   string
	id     routerid.ID
	on     bool
	core   *node.Node
	life   int // of the daemon
	boots  int
	clone  byte                            // not 0: another machine has its router ID
	ospf   bool                            // ospfd runs
	told   map[routerid.ID]discovery.Reach // what its daemon was told last
	full   bool                            // its router has exchanged databases with it
	medium bool
	saved  map[string]node.Saved
	lsdb   map[discovery.Key]discovery.Record // flooded by others and itself
	flood  map[discovery.Key]discovery.Record // what this host floods
	// refused are the versions that its medium did not take.
	refused map[discovery.Key]discovery.Version
	routes  map[string]node.Route
	expires map[string]time.Duration // of what is announced; none: the daemon renews it
	calls   map[string]uint64
	procs   map[string]bool   // really running
	behave  map[string]string // "web start" → ok | fail | hang | recall | unverified; "web flood" → refuse
	wake    time.Duration
	health  map[string]service.Health // what checks find; up where nothing is said
	wants   map[string]node.CheckWant
	rounds  map[string]int         // of checks: an older one ends
	heard   map[discovery.Key]bool // who holds what, as this daemon was told last
}

func newWorld(out *strings.Builder) *world {
	return &world{hosts: map[string]*host{}, part: map[string]int{}, out: out, detect: detect, specs: map[string]map[string]service.Spec{}, parted: map[string]bool{}, now: time.Hour}
}

func (w *world) addHost(name string) *host {
	id := routerid.ID(0x0a000000 + len(w.names) + 1)
	h := &host{
		w: w, name: name, id: id, refused: map[discovery.Key]discovery.Version{}, saved: map[string]node.Saved{}, behave: map[string]string{},
		health: map[string]service.Health{}, wants: map[string]node.CheckWant{}, rounds: map[string]int{},
	}
	w.hosts[name], w.names = h, append(w.names, name)
	w.specs[name] = map[string]service.Spec{}
	return h
}

// addClone adds a machine that has the router ID and the services of another.
func (w *world) addClone(name, of string) {
	h := w.addHost(name)
	h.id, h.clone = w.hosts[of].id, byte(len(w.names))
	w.specs[name] = maps.Clone(w.specs[of])
}

func (w *world) at(d time.Duration, h *host, do func()) {
	w.seq++
	e := event{at: w.now + d, seq: w.seq, do: do, host: h}
	if h != nil {
		e.life = h.life
	}
	heap.Push(&w.queue, e)
}

// run lets d pass.
func (w *world) run(d time.Duration) {
	end := w.now + d
	for len(w.queue) > 0 && w.queue[0].at <= end {
		e := heap.Pop(&w.queue).(event)
		if w.now == e.at {
			if w.same++; w.same > 20000 {
				panic("time stands still")
			}
		} else {
			w.same = 0
		}
		w.now = e.at
		if e.host == nil || e.host.life == e.life {
			e.do()
		}
	}
	w.now = end
}

var wallStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (w *world) time() node.Now {
	return node.Now{Boot: w.now, Wall: wallStart.Add(w.now)}
}

// boot switches a host on, as after a power-off.
func (h *host) boot() {
	h.on, h.ospf = true, true
	h.boots++
	h.lsdb, h.flood = map[discovery.Key]discovery.Record{}, map[discovery.Key]discovery.Record{}
	h.routes, h.expires, h.procs = map[string]node.Route{}, map[string]time.Duration{}, map[string]bool{}
	h.startDaemon()
	boots := h.boots
	h.full = false
	h.w.at(2*time.Second, nil, func() {
		if h.boots == boots && h.on {
			h.full = true
			h.w.topology(0)
		}
	})
}

func (h *host) bootID() discovery.BootID {
	return discovery.BootID{byte(h.id), byte(h.boots), h.clone}
}

func (h *host) startDaemon() {
	h.life++
	h.calls, h.heard = map[string]uint64{}, map[discovery.Key]bool{}
	clear(h.wants)
	found := map[string]node.Found{}
	for name, on := range h.procs {
		if on {
			found[name] = node.Found{Running: true, Address: h.routes[name].Announced, Text: "processes"}
		}
	}
	o := h.options()
	o.Saved, o.Found = maps.Clone(h.saved), found
	h.core = node.New(h.w.time(), o)
	h.wake = 1 << 62
	h.apply()
	h.w.at(20*time.Millisecond, h, func() {
		if h.ospf {
			h.connect()
		}
	})
}

// options are what is configured on the host now.
func (h *host) options() node.Options {
	return node.Options{
		Cluster: "test", Name: h.name, RouterID: h.id, Boot: h.bootID(), Seed: uint64(h.id)*7919 + uint64(h.clone),
		ParallelStarts: h.w.parallel,
		Services:       slices.SortedFunc(maps.Values(h.w.specs[h.name]), func(a, b service.Spec) int { return strings.Compare(a.Name, b.Name) }),
	}
}

// connect brings the medium up: everything in the LSDB is replayed.
func (h *host) connect() {
	if h.w.exact {
		h.w.exchange(h)
	}
	h.medium = true
	h.w.levels(h)
	var own uint64
	for _, k := range sortedKeys(h.lsdb) {
		r := h.lsdb[k]
		if k.Author == h.id {
			own = max(own, r.Version.Incarnation)
		}
		h.hears(r)
		h.step(node.Medium{Event: discovery.Seen{Record: r}})
	}
	h.step(node.Medium{Event: discovery.Up{OwnHighest: own}})
}

func sortedKeys(m map[discovery.Key]discovery.Record) []discovery.Key {
	return slices.SortedFunc(maps.Keys(m), func(a, b discovery.Key) int {
		return cmp.Or(cmp.Compare(a.Author, b.Author), cmp.Compare(a.Service, b.Service))
	})
}

// killDaemon ends srrd; its records are flushed, its addresses run out.
func (h *host) killDaemon() {
	detached := h.core != nil && h.detached()
	h.life++
	h.core, h.medium = nil, false
	for _, k := range sortedKeys(h.flood) {
		h.flush(k)
	}
	lifetime := 5 * time.Second
	if detached {
		lifetime = time.Minute
	}
	end := h.w.now + lifetime
	for name, r := range h.routes {
		if h.expires[name] == 0 && r.Announced {
			h.expires[name] = end
		}
	}
	boots := h.boots
	h.w.at(lifetime, nil, func() {
		if h.boots == boots && h.on {
			h.expire(end)
		}
	})
}

// expire ends the lifetime of what nobody has renewed.
func (h *host) expire(end time.Duration) {
	for _, name := range slices.Sorted(maps.Keys(h.expires)) {
		if h.expires[name] != end {
			continue
		}
		delete(h.expires, name)
		r := node.Route{Owned: h.routes[name].Owned}
		h.routes[name] = r
		h.step(node.Routed{Service: name, Route: r})
	}
}

// detached reports whether the daemon has flooded that it leaves everything running.
func (h *host) detached() bool {
	r, ok := h.flood[discovery.Key{Author: h.id}]
	return ok && r.Node.Flags.Has(discovery.Detached)
}

// powerOff ends everything on the host; what it flooded stays in the others' databases.
func (h *host) powerOff() {
	h.life++
	h.on, h.ospf, h.core, h.medium = false, false, nil, false
	h.procs, h.routes, h.expires = map[string]bool{}, map[string]node.Route{}, map[string]time.Duration{}
	h.w.at(h.w.detect, nil, func() { h.w.topology(0) })
}

// killOSPF ends ospfd: the daemon's medium is lost at once, neighbors notice soon.
func (h *host) killOSPF(back time.Duration) {
	h.medium, h.ospf = false, false
	boots := h.boots
	h.lsdb = map[discovery.Key]discovery.Record{}
	h.flood = map[discovery.Key]discovery.Record{}
	h.step(node.Medium{Event: discovery.Down{Err: fmt.Errorf("end of file")}})
	h.w.at(3*time.Millisecond, nil, func() { h.w.topology(0) })
	if back > 0 {
		h.w.at(back, nil, func() {
			if h.boots != boots || !h.on || h.ospf {
				return
			}
			h.ospf = true
			h.w.exchange(h)
			if h.core != nil {
				h.connect()
			}
			h.w.topology(0)
		})
	}
}

func (w *world) sees(a, b *host) bool {
	return a.ospf && b.ospf && a.full && b.full && w.part[a.name] == w.part[b.name] && w.part[a.name] < 8
}

// topology tells every daemon whom it reaches, and exchanges databases.
func (w *world) topology(d time.Duration) {
	for _, name := range w.names {
		h := w.hosts[name]
		w.at(d, nil, func() {
			if h.ospf {
				w.exchange(h)
			}
			if h.core != nil && h.medium {
				w.levels(h)
			}
		})
	}
}

// exchange merges the databases of all hosts that see h into h's.
func (w *world) exchange(h *host) {
	part := []*host{h}
	for _, name := range w.names {
		if o := w.hosts[name]; o != h && w.sees(h, o) {
			part = append(part, o)
		}
	}
	for _, x := range part {
		for _, o := range part {
			if x != o {
				x.forget(o)
			}
		}
	}
	for _, o := range part[1:] {
		for _, k := range sortedKeys(o.lsdb) {
			h.receive(o.lsdb[k])
		}
	}
}

// forget drops what h still holds of o's and o does not flood any more: o's
// router flushes it during the exchange (RFC 2328, section 13.4).
func (h *host) forget(o *host) {
	for _, k := range sortedKeys(h.lsdb) {
		r := h.lsdb[k]
		if now, ok := o.flood[k]; k.Author != o.id || ok && !now.Version.Less(r.Version) || o.cloneFloods(r) {
			continue
		}
		delete(h.lsdb, k)
		if h.core != nil && h.medium {
			h.step(node.Medium{Event: discovery.Gone{Key: k, Version: r.Version}})
		}
	}
}

// cloneFloods reports whether a record is of another machine with the same router ID.
func (h *host) cloneFloods(r discovery.Record) bool {
	for _, o := range h.w.hosts {
		if now, ok := o.flood[r.Key()]; o != h && o.id == h.id && ok && now.Version == r.Version {
			return true
		}
	}
	return false
}

// levels reports routers and links. Two routers (10.0.0.253, unless it parted
// from the host, and 10.0.0.254) are in every partition but number 9, which is nowhere; in number 8 one is a neighbor, but
// there are no paths.
func (w *world) levels(h *host) {
	up := discovery.Reach{State: discovery.ReachUp, Source: "spf"}
	routers := map[routerid.ID]discovery.Reach{}
	links := discovery.Links{}
	switch {
	case w.part[h.name] == 9:
	case w.part[h.name] == 8:
		links.Full = []routerid.ID{0x0a0000fe}
	case !h.full:
		links.Exchanging = 1
	default:
		routers[0x0a0000fd], routers[0x0a0000fe] = up, up
		links.Full = []routerid.ID{0x0a0000fe}
		if !w.parted[h.name] {
			links.Full = []routerid.ID{0x0a0000fd, 0x0a0000fe}
		}
		for _, name := range w.names {
			if o := w.hosts[name]; o.id != h.id && w.sees(h, o) {
				routers[o.id] = up
			}
		}
	}
	h.step(node.Medium{Event: links})
	h.told = routers
	h.step(node.Medium{Event: discovery.Reachable{Routers: routers}})
}

// receive takes a record into the database and shows it to the daemon.
func (h *host) receive(r discovery.Record) {
	if old, ok := h.lsdb[r.Key()]; ok && !old.Version.Less(r.Version) {
		return
	}
	h.lsdb[r.Key()] = r
	if h.core != nil && h.medium {
		h.hears(r)
		h.step(node.Medium{Event: discovery.Seen{Record: r}})
	}
}

func (h *host) hears(r discovery.Record) {
	if r.Instance != nil {
		h.heard[r.Key()] = r.Instance.Holds()
	}
}

func (h *host) send(r discovery.Record) {
	h.flood[r.Key()] = r
	h.w.at(floodDelay/2, nil, func() { h.receive(r) })
	for _, name := range h.w.names {
		if o := h.w.hosts[name]; o != h && h.w.sees(h, o) {
			h.w.at(floodDelay, nil, func() {
				if h.w.part[o.name] == h.w.part[h.name] && o.on {
					o.receive(r)
				}
			})
		}
	}
}

func (h *host) flush(k discovery.Key) {
	r := h.flood[k]
	delete(h.flood, k)
	for _, name := range h.w.names {
		o := h.w.hosts[name]
		if o != h && !h.w.sees(h, o) {
			continue
		}
		h.w.at(floodDelay, nil, func() {
			if old, ok := o.lsdb[k]; ok && old.Version == r.Version {
				delete(o.lsdb, k)
				if o.core != nil && o.medium {
					o.step(node.Medium{Event: discovery.Gone{Key: k, Version: r.Version}})
				}
			}
		})
	}
}

func (h *host) step(in node.Input) {
	if h.core == nil {
		return
	}
	h.core.Step(h.w.time(), in)
	h.apply()
}

// apply makes the world as the core wants it, in the order of node.Output.
func (h *host) apply() {
	for range 10 {
		o := h.core.Output()
		maps.Copy(h.saved, h.core.TakeSaves())
		if h.applyRoutes(o) {
			continue
		}
		h.applyRecords(o)
		h.applyCalls(o)
		h.applyChecks(o)
		if o.Exit || h.detached() {
			h.w.at(2*floodDelay, h, h.killDaemon)
		}
		break
	}
	h.print()
	h.schedule()
}

// applyRoutes reports whether a fact changed.
func (h *host) applyRoutes(o node.Output) bool {
	changed := false
	for name := range h.routes { // what nobody wants goes, whoever left it
		if _, configured := h.w.specs[h.name][name]; !configured {
			delete(h.routes, name)
			delete(h.expires, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.w.specs[h.name])) {
		var want node.Route
		if r, ok := o.Routes[name]; ok {
			want = node.Route{Owned: true, Announced: r.Announce && (!r.Inherited || h.routes[name].Announced)}
			if !r.Inherited {
				delete(h.expires, name)
			}
		}
		if h.routes[name] != want {
			h.routes[name] = want
			h.core.Step(h.w.time(), node.Routed{Service: name, Route: want})
			changed = true
		}
	}
	return changed
}

func (h *host) applyRecords(o node.Output) {
	if !h.medium {
		return
	}
	now := map[discovery.Key]bool{}
	for _, r := range o.Records {
		now[r.Key()] = true
		of := "node" // its own record
		if r.Instance != nil {
			of = r.Instance.Service
		}
		if h.behave[of+" flood"] == "refuse" {
			h.refuse(r)
			continue
		}
		if old, ok := h.flood[r.Key()]; !ok || old.Version != r.Version {
			h.send(r)
		}
	}
	for _, k := range sortedKeys(h.flood) {
		if !now[k] {
			h.flush(k)
		}
	}
}

// refuse is what a medium does that does not take a record.
func (h *host) refuse(r discovery.Record) {
	if h.refused[r.Key()] == r.Version {
		return
	}
	h.refused[r.Key()] = r.Version
	h.w.at(0, h, func() {
		h.step(node.Medium{Event: discovery.Refused{Key: r.Key(), Err: errors.New("flood record: too large")}})
	})
}

func (h *host) applyCalls(o node.Output) {
	for _, name := range slices.Sorted(maps.Keys(o.Calls)) {
		if c := o.Calls[name]; h.calls[name] != c.ID {
			h.calls[name] = c.ID
			h.call(c)
		}
	}
	for name := range h.calls {
		if _, ok := o.Calls[name]; !ok {
			delete(h.calls, name)
		}
	}
}

// call carries out a primitive as the scenario says.
func (h *host) call(c node.Call) {
	key := c.Service + " " + c.Primitive.String()
	if c.Kill {
		key = c.Service + " kill"
	}
	if h.w.noise {
		fmt.Fprintf(h.w.out, "%s %s calls %s\n", h.w.clock(), h.name, strings.TrimSpace(key+" "+c.Peer))
	}
	r := service.Result{Outcome: service.OK, Verified: true}
	took := 5 * time.Millisecond
	switch b := h.behave[key]; b {
	case "fail":
		r = service.Result{Outcome: service.Failure, Code: 1, Text: "does not work", Verified: true}
	case "hang":
		took = c.Timeout
		r = service.Result{Outcome: service.TimedOut, Text: "killed", Verified: true}
	case "unverified":
		r = service.Result{Outcome: service.Failure, Code: 2, Text: "something is left"}
	case "recall":
		r = service.Result{Outcome: service.NotFinished, Recall: time.Second}
		delete(h.behave, key)
	case "recalls": // for ever
		r = service.Result{Outcome: service.NotFinished, Recall: time.Second}
	case "slow":
		took = 3 * time.Second
	}
	if c.Primitive == service.Start && !c.Kill && !h.procs[c.Service] { // a recall goes on with what has begun
		h.procs[c.Service] = true
		h.guard(c.Service)
	}
	h.w.at(took, h, func() {
		if (c.Primitive == service.Stop || c.Kill) && r.Verified {
			h.procs[c.Service] = false
		}
		h.step(node.Done{Service: c.Service, ID: c.ID, Result: r})
	})
}

// guard is the ground truth: nothing starts while a host that can be reached
// runs it (S6), but for what released its address early.
func (h *host) guard(name string) {
	for _, other := range h.w.names {
		o := h.w.hosts[other]
		if _, reached := h.told[o.id]; o == h || !o.procs[name] || !reached || !h.w.sees(h, o) {
			continue
		}
		spec := h.w.specs[h.name][name]
		if spec.Release == service.ReleaseAddress && !o.routes[name].Announced {
			continue
		}
		if h.w.exact && !h.heard[discovery.Key{Author: o.id, Service: name}] {
			continue
		}
		h.w.bad = append(h.w.bad, fmt.Sprintf("%s %s starts %s while %s runs it", h.w.clock(), h.name, name, other))
	}
}

func (h *host) schedule() {
	d := h.core.Deadline()
	if d == h.wake || d > h.w.now+1000*time.Hour {
		return
	}
	h.wake = d
	h.w.at(max(d-h.w.now, 0), h, func() {
		h.wake = 1 << 62
		h.step(node.Tick{})
	})
}

func (w *world) clock() string { return fmt.Sprintf("%8.3f", (w.now - time.Hour).Seconds()) }

func (h *host) print() {
	for _, e := range h.core.TakeEvents() {
		line := h.w.clock() + " " + h.name + " "
		switch e.Kind {
		case node.EventState:
			line += fmt.Sprintf("%s: %s -> %s (%s", e.Subject, e.From, e.To, e.Reason)
			if e.Detail != "" {
				line += ": " + e.Detail
			}
			line += ")"
		case node.EventAlarm:
			line += "alarm " + e.Subject + ": " + cmp.Or(e.Detail, "over")
			if e.Subject == node.Unsettled {
				h.w.bad = append(h.w.bad, line)
			}
		case node.EventPeer:
			continue
		default:
			line += strings.TrimSpace(fmt.Sprintf("%s: %s %s", e.Subject, e.Reason, e.Detail))
		}
		fmt.Fprintln(h.w.out, line)
	}
}

// spec is a service with the defaults of the configuration.
func testSpec(name string) service.Spec {
	s := service.Spec{
		Name: name, Preference: 100, Restarts: 3, RestartWindow: 10 * time.Minute,
		FailureTimeout: 10 * time.Minute, FailureMax: 2 * time.Hour, DeadAfter: 7 * time.Second,
		Addresses: []netip.Addr{netip.AddrFrom4([4]byte{10, 71, byte(len(name)), name[0]})},
	}
	for p := range s.Primitives {
		s.Primitives[p] = true
		s.Timeout[p] = 30 * time.Second
	}
	for _, p := range []service.Primitive{service.Join, service.Leave, service.Failed, service.Status, service.Check} {
		s.Primitives[p] = false
	}
	return s
}

func (w *world) withID(id routerid.ID) (hs []*host) {
	for _, name := range w.names {
		if h := w.hosts[name]; h.id == id {
			hs = append(hs, h)
		}
	}
	return hs
}

// applyChecks runs the checks that the core wants, if the world does so.
func (h *host) applyChecks(o node.Output) {
	if !h.w.checked {
		return
	}
	maps.DeleteFunc(h.wants, func(name string, _ node.CheckWant) bool {
		if _, ok := o.Checks[name]; ok {
			return false
		}
		h.rounds[name]++
		return true
	})
	for _, name := range slices.Sorted(maps.Keys(o.Checks)) {
		want := o.Checks[name]
		old, had := h.wants[name]
		if had && old == want {
			continue
		}
		h.wants[name] = want
		h.rounds[name]++
		first := 2 * time.Millisecond
		if had && old.Now == want.Now {
			first = pause(want)
		}
		h.checkAfter(name, h.rounds[name], first)
	}
}

func pause(want node.CheckWant) time.Duration { return cmp.Or(want.Every, 2*time.Second) }

func (h *host) checkAfter(name string, round int, d time.Duration) {
	h.w.at(d, h, func() {
		if h.rounds[name] != round || h.core == nil {
			return
		}
		found, said := h.health[name]
		if !said {
			found = service.Up
		}
		if found == service.Up && !h.procs[name] && h.w.specs[h.name][name].Primitives[service.Start] {
			found = service.Down
		}
		h.checkAfter(name, round, pause(h.wants[name]))
		h.step(node.Checked{Service: name, Health: found, Last: found, Text: "probe"})
	})
}
