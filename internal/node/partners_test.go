package node_test

import (
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestPartnersOfOneThatHangs: while one `join` does not return, a hundred partners
// come and most of them come and go; in the end it is told of each who is there. What
// waits meanwhile is bounded.
func TestPartnersOfOneThatHangs(t *testing.T) {
	const partners = 100
	spec := testSpec("web")
	spec.Primitives[service.Join], spec.Primitives[service.Leave] = true, true
	at := node.Now{Boot: time.Hour, Wall: wallStart}
	n := node.New(at, node.Options{Cluster: "test", Name: "n1", RouterID: 0x0a000001, Boot: discovery.BootID{1}, Services: []service.Spec{spec}})
	n.Step(at, node.Medium{Event: discovery.Up{}})
	call := func() (node.Call, bool) { c, ok := n.Output().Calls["web"]; return c, ok }
	here := map[string]bool{}
	told := 0
	done := func(c node.Call) {
		if c.Peer != "" {
			here[c.Peer] = c.Primitive == service.Join
			told++
		}
		n.Step(at, node.Done{Service: "web", ID: c.ID})
	}
	for range 3 { // until it is active
		if c, ok := call(); ok {
			done(c)
		}
		for _, r := range n.Output().Records {
			n.Step(at, seen(r))
		}
	}
	for round := range uint64(20) {
		for k := range partners {
			id := routerid.ID(0x0b000000 + k)
			r := stranger(id, round, "web")
			n.Step(at, seen(nodeOf(id, round)))
			n.Step(at, seen(r))
			if k%2 == 0 && round < 19 {
				n.Step(at, gone(r))
			}
		}
	}
	for c, ok := call(); ok; c, ok = call() {
		done(c)
	}
	for k := range partners {
		if id := routerid.ID(0x0b000000 + k).String(); !here[id] {
			t.Errorf("it does not know that %s is there", id)
		}
	}
	if told > 3*partners {
		t.Errorf("%d calls for %d partners", told, partners)
	}
}
