package node_test

import (
	"slices"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestParallelStarts: no more `start` primitives run at once than allowed, and
// the units of the highest priority come first.
func TestParallelStarts(t *testing.T) {
	var specs []service.Spec
	for name, priority := range map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5} {
		s := testSpec(name)
		s.Priority, s.Primitives[service.Activate] = priority, false
		specs = append(specs, s)
	}
	at := node.Now{Boot: time.Hour, Wall: wallStart}
	n := node.New(at, node.Options{RouterID: 0x0a000001, ParallelStarts: 2, Services: specs})
	router := routerid.ID(0x0a0000fb)
	for _, e := range []discovery.Event{
		discovery.Up{},
		discovery.Links{Full: []routerid.ID{router}},
		discovery.Reachable{Routers: map[routerid.ID]discovery.Reach{router: {State: discovery.ReachUp}}},
	} {
		n.Step(at, node.Medium{Event: e})
	}
	var order []string
	for range 20 {
		at.Boot += time.Second
		n.Step(at, node.Tick{})
		o := n.Output()
		for _, r := range o.Records {
			n.Step(at, seen(r))
		}
		for _, name := range []string{"e", "d", "c", "b", "a"} { // as the daemon tells them
			if _, wanted := o.Routes[name]; wanted {
				n.Step(at, node.Routed{Service: name, Route: node.Route{Owned: true}})
			}
		}
		if len(o.Calls) > 2 {
			t.Fatalf("%d starts at once", len(o.Calls))
		}
		if _, runs := o.Calls["e"]; runs {
			e, _ := n.Explain(at, service.Unit{Name: "a"})
			if got, want := e.Members[0].Waits, "one of 2 starts that run to end: more may not run at once (node.parallel-starts)"; got != want {
				t.Errorf("a waits for %q, want %q", got, want)
			}
		}
		names := make([]string, 0, 2)
		for name := range o.Calls {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range slices.Backward(names) {
			order = append(order, name)
			n.Step(at, node.Done{Service: name, ID: o.Calls[name].ID})
		}
	}
	if want := []string{"e", "d", "c", "b", "a"}; !slices.Equal(order, want) {
		t.Errorf("started %v, want %v", order, want)
	}
}
