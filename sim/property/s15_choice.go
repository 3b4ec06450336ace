package property

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
	"srr/sim/host"
)

// Choices demands S15 of the moment: who is chosen is a function of what is known
// alone. What counts on a host is told to fresh cores, in two orders, and both must
// rank alike. It asks one host, another each time.
func (w *Watch) Choices() {
	now := w.world.Queue.Now()
	random := rand.New(rand.NewPCG(uint64(now), 15))
	if len(w.world.Hosts) == 0 {
		return
	}
	h := w.world.Hosts[random.IntN(len(w.world.Hosts))]
	facts := w.counted(h)
	if text := differ(h.Services(), facts, shuffled(random, facts)); text != "" {
		w.Fail(now, "S15 choice", fmt.Sprintf("what %s knows, told in another order: %s", h.Name, text))
	}
}

// choices asks from time to time, as long as something may break.
func (w *Watch) choices() {
	const every = 4 * time.Minute
	w.world.Queue.After(every, func() {
		if w.calm == nil {
			w.Choices()
			w.choices()
		}
	})
}

// counted is what the database of a host's ospfd says that counts: of each author that
// is reached the newest node record, and the newest instance records of its incarnation.
func (w *Watch) counted(h *host.Host) (facts []node.Input) {
	newest := map[discovery.Key]*discovery.Record{}
	reached := discovery.Reachable{Routers: map[routerid.ID]discovery.Reach{}}
	for _, o := range w.world.Hosts {
		if o == h || !h.Router.Reaches(o.ID) {
			continue
		}
		reached.Routers[o.ID] = discovery.Reach{State: discovery.ReachUp}
		for e, r := range w.world.Records(h, o.ID) {
			if old := newest[r.Key()]; !e.MaxAge(w.world.Queue.Now()) && (old == nil || old.Version.Less(r.Version)) {
				newest[r.Key()] = r
			}
		}
	}
	for k, r := range newest {
		if of := newest[discovery.Key{Author: k.Author}]; of != nil && of.Version.Incarnation == r.Version.Incarnation {
			facts = append(facts, node.Medium{Event: discovery.Seen{Record: *r}})
		}
	}
	slices.SortFunc(facts, func(a, b node.Input) int { // the map has no order
		x, y := a.(node.Medium).Event.(discovery.Seen).Record, b.(node.Medium).Event.(discovery.Seen).Record
		return cmp.Or(cmp.Compare(x.Author, y.Author), cmp.Compare(x.Key().Service, y.Key().Service))
	})
	return append(facts, node.Medium{Event: reached})
}

func shuffled(r *rand.Rand, facts []node.Input) []node.Input {
	out := slices.Clone(facts)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// stranger is the router ID of who looks at a cluster, and is no part of it.
const stranger routerid.ID = 1

// differ tells fresh cores the same facts in several orders, and says what they rank
// otherwise; "" for nothing.
func differ(services []service.Spec, orders ...[]node.Input) string {
	var cores []*node.Node
	now := node.Now{Boot: time.Hour}
	for k, facts := range orders {
		n := node.New(now, node.Options{Cluster: "sim", Name: "stranger", RouterID: stranger, Seed: uint64(k), Services: services})
		n.Step(now, node.Medium{Event: discovery.Up{}})
		n.Step(now, facts...)
		cores = append(cores, n)
	}
	for i := range services {
		u := services[i].Unit()
		first := cores[0].Ranking(u)
		for _, c := range cores[1:] {
			if other := c.Ranking(u); !slices.Equal(first, other) {
				return fmt.Sprintf("%s is ranked %v, and %v", u, first, other)
			}
		}
	}
	return ""
}
