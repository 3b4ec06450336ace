package daemon

import (
	"encoding/json"
	"maps"
	"net/netip"
	"time"

	"srr/internal/agent"
	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routing"
	"srr/internal/service"
)

// applied is what the world was last told.
type applied struct {
	records     map[discovery.Key]discovery.Version
	routes      map[netip.Addr]routing.Want
	routesDue   bool   // set again, although nothing else is wanted
	shown       uint64 // of the output whose routes these are
	facts       map[string]node.Route
	states      map[netip.Addr]routing.State
	calls       map[string]agent.Request
	watch       map[string]bool
	checkNow    map[string]uint64
	incarnation uint64
	version     uint64          // of the output that was applied last
	durable     <-chan struct{} // closes when the last saved values are on disk
	detachedAt  time.Duration
	waits       waits  // for that
	disk        string // what the core was told of it last
}

// apply makes the world as the core wants it, in the order of node.Output, and
// reports whether the daemon may exit.
func (d *Daemon) apply() (exit bool) {
	for range 16 { // each round may learn facts that change what is wanted
		d.save()
		o := d.core.Output()
		if o.Version == d.applied.version && !d.applied.routesDue && !d.applied.waits.due(bootTime()) {
			d.report()
			return o.Exit || d.detached()
		}
		if d.applyRoutes(o) {
			continue
		}
		d.applied.version = o.Version
		d.applyRecords(o)
		d.applyCalls(o)
		d.applyChecks(o)
		d.report()
		return o.Exit || d.detached()
	}
	d.log.Error("the routes do not settle")
	d.report()
	return false
}

// save hands what must survive to the store.
func (d *Daemon) save() {
	saves := d.core.TakeSaves()
	if len(saves) == 0 {
		return
	}
	values := make(map[string]json.RawMessage, len(saves))
	for k, s := range saves {
		if s == (node.Saved{}) {
			values[k] = nil
			continue
		}
		b, err := json.Marshal(s)
		if err != nil {
			panic("daemon: marshal saved value: " + err.Error())
		}
		values[k] = b
	}
	d.applied.durable = d.store.Put(values)
}

// applyRoutes sets the addresses and reports whether the core learned something.
func (d *Daemon) applyRoutes(o node.Output) (changed bool) {
	if o.Shown == d.applied.shown && !d.applied.routesDue && d.applied.facts != nil {
		return false
	}
	d.applied.shown = o.Shown
	ws := wants(o)
	next := make(map[netip.Addr]routing.Want, len(ws))
	for _, w := range ws {
		next[w.Addr] = w
	}
	if maps.Equal(next, d.applied.routes) && !d.applied.routesDue && d.applied.facts != nil {
		return false
	}
	d.applied.routes, d.applied.routesDue = next, false
	states := d.routes.Set(ws)
	d.applied.states = states
	facts := make(map[string]node.Route, len(d.byName))
	for name, s := range d.byName {
		facts[name] = routeOf(s.Addresses, states)
	}
	for _, s := range d.inOrder {
		if f := facts[s.Name]; d.applied.facts[s.Name] != f {
			d.core.Step(d.now(), node.Routed{Service: s.Name, Route: f})
			changed = true
		}
	}
	d.applied.facts = facts
	return changed
}

// routeOf sums up the addresses of a service.
func routeOf(addrs []netip.Addr, states map[netip.Addr]routing.State) node.Route {
	r := node.Route{Owned: len(addrs) > 0}
	for _, a := range addrs {
		s := states[a]
		r.Owned = r.Owned && s.Owned
		r.Announced = r.Announced || s.Announced
		if s.Err != nil && r.Err == "" {
			r.Err = s.Err.Error()
		}
	}
	return r
}

// applyRecords floods. The first records of an incarnation wait until it is on
// disk, so that the next run never uses it again. What was flooded before stays.
func (d *Daemon) applyRecords(o node.Output) {
	versions := make(map[discovery.Key]discovery.Version, len(o.Records))
	for i := range o.Records {
		versions[o.Records[i].Key()] = o.Records[i].Version
	}
	if maps.Equal(versions, d.applied.records) {
		return
	}
	if inc := d.core.Self().Incarnation; inc != d.applied.incarnation {
		d.applied.incarnation = inc
		d.applied.waits.flood = awaited{d.applied.durable, bootTime() + incarnationWait}
	}
	if !d.applied.waits.flood.over(bootTime()) {
		return
	}
	d.applied.waits.flood = awaited{}
	d.applied.records = versions
	d.medium.Set(o.Records)
}

// applyCalls has primitives run. What start begins should be on disk before.
func (d *Daemon) applyCalls(o node.Output) {
	calls := make(map[string]agent.Request, len(o.Calls))
	now, wanted := bootTime(), make(map[uint64]bool, len(o.Calls))
	same := true
	for name, c := range o.Calls {
		if old, ok := d.applied.calls[name]; ok && old.ID == c.ID {
			calls[name] = old
			continue
		}
		wanted[c.ID] = true
		if c.Primitive == service.Start && !d.applied.waits.start(c.ID, d.applied.durable, now) {
			continue
		}
		calls[name] = d.request(c)
		same = false
	}
	d.applied.waits.drop(wanted)
	if same = same && len(calls) == len(d.applied.calls); !same {
		d.applied.calls = calls
		d.runner.Set(calls)
	}
	if !maps.Equal(o.Watch, d.applied.watch) {
		d.applied.watch = o.Watch
		d.runner.Watch(o.Watch)
	}
}

// request completes a call with what the primitive is told.
func (d *Daemon) request(c node.Call) agent.Request {
	r := agent.Request{ID: c.ID, Service: c.Service, Primitive: c.Primitive, Timeout: c.Timeout, Kill: c.Kill}
	r.Env = agent.Env{
		Node: d.cfg.Name, RouterID: d.cfg.RouterID.String(), Reason: string(c.Reason), Peer: c.Peer,
		Peers: d.core.Partners(c.Service),
	}
	if s := d.byName[c.Service]; s != nil {
		r.Env.Addresses, r.Env.Group = s.Addresses, s.Group
	}
	return r
}

// detached reports whether a detaching daemon has told the others and may go.
func (d *Daemon) detached() bool {
	if !d.detaching {
		return false
	}
	now := bootTime()
	if d.applied.detachedAt == 0 {
		d.applied.detachedAt = now
	}
	return d.core.AllHeard() || now-d.applied.detachedAt > time.Second
}

// undoRedistribution takes our lines out of ospfd, if they are still ours.
func (d *Daemon) undoRedistribution() {
	ctx, cancel := shortContext()
	defer cancel()
	if err := d.redist.Undo(ctx); err != nil {
		d.log.Warn("ospfd keeps our redistribution", "err", err)
	}
}
