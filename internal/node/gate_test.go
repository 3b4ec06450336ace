package node_test

import (
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestGate: what the join gate waits for, and what ends the wait.
func TestGate(t *testing.T) {
	const router = routerid.ID(0x0a0000fb)
	full := []routerid.ID{router}
	up := map[routerid.ID]discovery.Reach{router: {State: discovery.ReachUp}}
	for name, c := range map[string]struct {
		links discovery.Links
		reach map[routerid.ID]discovery.Reach
		start bool // when cut off
		ready node.Ready
		opens time.Duration // 0: never
	}{
		"everything still":          {links: discovery.Links{Full: full}, reach: up, opens: time.Second},
		"waiting":                   {links: discovery.Links{Full: full, Waiting: 1}, reach: up, opens: time.Minute},
		"a database exchange":       {links: discovery.Links{Full: full, Exchanging: 1}, reach: up, opens: time.Minute},
		"Full, not yet reachable":   {links: discovery.Links{Full: full}, opens: time.Minute},
		"no router":                 {},
		"no router, and start then": {start: true, opens: time.Minute},
		"addresses not announced":   {links: discovery.Links{Full: full}, reach: up, ready: node.Ready{Pending: true}},
	} {
		t.Run(name, func(t *testing.T) {
			at := node.Now{Boot: time.Hour, Wall: wallStart}
			n := node.New(at, node.Options{RouterID: 0x0a000001, StartCutOff: c.start, Services: []service.Spec{testSpec("web")}})
			for _, e := range []discovery.Event{discovery.Up{}, c.links, discovery.Reachable{Routers: c.reach}} {
				n.Step(at, node.Medium{Event: e})
			}
			n.Step(at, c.ready)
			for _, d := range []time.Duration{c.opens - time.Millisecond, c.opens, 2 * time.Hour} {
				n.Step(node.Now{Boot: at.Boot + d, Wall: wallStart.Add(d)}, node.Tick{})
				if want := c.opens != 0 && d >= c.opens; n.Self().GateOpen != want {
					t.Errorf("after %s: open %v, want %v (%s)", d, !want, want, n.Self().GateWhy)
				}
			}
		})
	}
}

// TestGateAfterLong: who was cut off for longer than it waits for others joins when it
// has heard them, like everybody else, not when the first neighbor is Full (decision 76).
func TestGateAfterLong(t *testing.T) {
	const router = routerid.ID(0x0a0000fb)
	at := node.Now{Boot: time.Hour, Wall: wallStart}
	n := node.New(at, node.Options{RouterID: 0x0a000001, Services: []service.Spec{testSpec("web")}})
	tell := func(after time.Duration, events ...discovery.Event) {
		at = node.Now{Boot: time.Hour + after, Wall: wallStart.Add(after)}
		for _, e := range events {
			n.Step(at, node.Medium{Event: e})
		}
		n.Step(at, node.Tick{})
	}
	tell(0, discovery.Up{}, discovery.Links{})
	tell(10*time.Minute, discovery.Links{Full: []routerid.ID{router}})
	tell(10*time.Minute + 5*time.Second)
	if n.Self().GateOpen {
		t.Error("it joins before its neighbor can be reached")
	}
	tell(10*time.Minute+6*time.Second, discovery.Reachable{Routers: map[routerid.ID]discovery.Reach{router: {State: discovery.ReachUp}}})
	if n.Self().GateOpen {
		t.Error("it joins as soon as its neighbor can be reached")
	}
	if tell(10*time.Minute + 7*time.Second); !n.Self().GateOpen {
		t.Errorf("it does not join: %s", n.Self().GateWhy)
	}
}
