package node_test

import (
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/service"
)

// TestSettledOvertakes: a node record that says "settled" and overtakes the
// record of a started service does not end the doubt about that service, even
// if as many others are here.
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
	say := func(counter uint64, node *discovery.Node, b *discovery.Instance) service.State {
		return step(discovery.Seen{Record: discovery.Record{
			Author: 0x0a000002, Nonce: 8, Version: discovery.Version{Incarnation: 2, Counter: counter}, Node: node, Instance: b,
		}})
	}
	leaving := &discovery.Instance{Service: "old", State: service.Stopped}
	set := discovery.AddToSet(0, "s0")
	say(1, nil, leaving)
	if s := say(4, &discovery.Node{Name: "n2", Flags: discovery.Settled, Instances: 1, InstanceSet: set}, nil); s != service.Starting {
		t.Fatalf("with the node record, and one record of a service that has left since, it is %s, want it to wait in starting", s)
	}
	started := &discovery.Instance{Service: "s0", State: service.Started, Preference: 100, Claim: 1, DeadAfter: 7 * time.Second}
	if s := say(2, nil, started); s != service.Stopped {
		t.Errorf("with the record of the started service it is %s, want stopped", s)
	}
}
