package node_test

import (
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/service"
)

// TestSettledOvertakes: a node record that says "settled" and overtakes the
// record of a started service does not end the doubt about that service.
func TestSettledOvertakes(t *testing.T) {
	n, now := watching(1)
	step := func(e discovery.Event) service.State {
		n.Step(now, node.Medium{Event: e})
		for range 3 {
			o := n.Output()
			for _, r := range o.Records {
				n.Step(now, node.Medium{Event: discovery.Seen{Record: r}})
			}
			for name, w := range o.Routes {
				n.Step(now, node.Routed{Service: name, Route: node.Route{Owned: true, Announced: w.Announce}})
			}
		}
		s, _ := n.State("s0")
		return s
	}
	flushed := discovery.Version{Incarnation: 1, Counter: 99}
	step(discovery.Gone{Key: discovery.Key{Author: 0x0a000002, Service: "s0"}, Version: flushed})
	step(discovery.Gone{Key: discovery.Key{Author: 0x0a000002}, Version: flushed})
	now.Boot += 500 * time.Millisecond
	again := discovery.Record{
		Author: 0x0a000002, Nonce: 8, Version: discovery.Version{Incarnation: 2, Counter: 3},
		Node: &discovery.Node{Name: "n2", Flags: discovery.Settled, Instances: 1},
	}
	if s := step(discovery.Seen{Record: again}); s != service.Starting {
		t.Fatalf("with the node record alone it is %s, want it to wait in starting", s)
	}
	again.Node, again.Version.Counter = nil, 2
	again.Instance = &discovery.Instance{Service: "s0", State: service.Started, Preference: 100, Claim: 1, DeadAfter: 7 * time.Second}
	if s := step(discovery.Seen{Record: again}); s != service.Stopped {
		t.Errorf("with the record of the started service it is %s, want stopped", s)
	}
}
