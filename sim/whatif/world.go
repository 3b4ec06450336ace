package whatif

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"srr/internal/routerid"
	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/script"
)

// world is a simulated cluster that continues a picture.
type world struct {
	*script.World
	model *Model
	only  map[service.Unit]bool // units that are there; nil: all
	small bool                  // nodes that cannot matter are left out
	hosts map[*host.Host]*machine
	seen  *observer
	stop  func() bool

	declared map[string]bool
	weight   map[routerid.ID]int // of routers that stand for nodes which are left out, too
}

// ErrStopped is returned when whoever asked does not want to wait any longer.
var ErrStopped = errors.New("the simulation was stopped before its end")

// newWorld builds the network and the machines, all off. Only some units, or all
// (nil). In a small one nodes are left out that have none of the units: where no
// network breaks.
func (m *Model) newWorld(only map[service.Unit]bool, small bool, stop func() bool) *world {
	w := &world{model: m, only: only, small: small, hosts: map[*host.Host]*machine{}, stop: patient(stop), declared: map[string]bool{}, weight: map[routerid.ID]int{}}
	w.seen = newObserver(w)
	w.World = script.New(m.seed, w.seen.see)
	w.Timers = m.picture.Timers
	w.Replies = func(_, reply string) { w.seen.reply(reply) }
	w.wire()
	for _, x := range m.machines {
		if !w.has(x) {
			continue
		}
		specs := x.specs(only)
		h := w.Attach(host.Config{
			Name: x.name, Services: specs, StartCutOff: m.picture.StartCutOff,
			AloneAfter: m.picture.AloneAfter, WallOffset: host.WallOffset(m.picture.At),
		}, w.Network().ByID(x.id))
		h.SetTook(m.picture.took)
		w.hosts[h] = x
		w.declare(specs)
	}
	return w
}

// has reports whether srrd of a node is there: if it has any of the units.
func (w *world) has(x *machine) bool { return w.only == nil || len(x.specs(w.only)) > 0 }

// maxCopies bounds the memory of a simulation: a copy of a record in the database
// of a router takes 1.3 kB (measured).
const maxCopies = 200_000

// fits reports whether there is room for a world: srrd simulates in its own process.
func (w *world) fits() error {
	records := 0
	for _, h := range w.Hosts {
		records += 1 + len(h.Services())
	}
	if routers := len(w.Network().Routers()); records*routers > maxCopies {
		return wrong("there is no room to simulate %d records on %d nodes and routers: at most %d copies of them", records, routers, maxCopies)
	}
	return nil
}

// declare tells the commands of services, of each once.
func (w *world) declare(specs []service.Spec) {
	for _, s := range specs {
		if !w.declared[s.Name] {
			w.declared[s.Name] = true
			w.Declare(s)
		}
	}
}

// Assumed times of primitives: those of a small daemon.
const assumedTook = 50 * time.Millisecond

// took is how long a primitive takes: as was measured on the node that asks.
func (p *Picture) took(name string, primitive service.Primitive) (time.Duration, bool) {
	if d, ok := p.Took[Call{name, primitive}]; ok {
		return d, true
	}
	return assumedTook, true
}

// sortedHosts are the machines by name.
func (w *world) sortedHosts() []*host.Host {
	return slices.SortedFunc(slices.Values(w.Hosts), func(a, b *host.Host) int { return cmp.Compare(a.ID, b.ID) })
}
