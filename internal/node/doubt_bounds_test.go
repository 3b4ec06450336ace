package node_test

import (
	"fmt"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
)

// TestBoundsOfDoubt (S20): whoever floods new boots of a node that can be reached, and
// operators' words about nodes that nobody has heard of, is bounded, too.
func TestBoundsOfDoubt(t *testing.T) {
	const other = routerid.ID(0x0a000002)
	n, at := joined(t)
	n.Step(at, node.Medium{Event: discovery.Reachable{Routers: reach(other)}})
	for k := range 100 {
		at.Boot += time.Second
		boot := discovery.BootID{3, byte(k), byte(k >> 8)}
		say := func(r discovery.Record) {
			r.Boot, r.Nonce = boot, uint64(k)
			n.Step(at, seen(r))
		}
		say(nodeOf(other, uint64(2*k)))
		for s := range 1000 {
			say(stranger(other, uint64(2*k), fmt.Sprintf("s%d", s)))
		}
		say(nodeOf(other, uint64(2*k+1)))
	}
	r := nodeOf(other, 1000)
	for k := range 20000 {
		r.Version.Counter++
		r.Node = &discovery.Node{Confirmed: []discovery.Confirmation{{Service: "web", Node: routerid.ID(0x0b000000 + k), Incarnation: 1}}}
		n.Step(at, seen(r))
	}
	if got := n.Remembers(); got > 3*4096 {
		t.Errorf("remembers %d things", got)
	}
}
