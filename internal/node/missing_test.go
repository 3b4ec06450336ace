package node_test

import (
	"testing"

	"srr/internal/discovery"
	"srr/internal/node"
)

// TestMissing: who had a service and is gone is missing once routers have forgotten
// what it said, and until it is back.
func TestMissing(t *testing.T) {
	n, now := watching(1)
	want := func(when string, want int) {
		t.Helper()
		got := n.Missing()["s0"]
		if len(got) != want || want == 1 && got[0] != 0x0a000002 {
			t.Errorf("%s: %v", when, got)
		}
	}
	want("it is there", 0)
	n.Step(now, node.Medium{Event: discovery.Reachable{Routers: reach(0x0a0000fe)}})
	want("it is gone, and its record is there", 0)
	flushed := discovery.Version{Incarnation: 1, Counter: 99}
	n.Step(now, node.Medium{Event: discovery.Gone{Key: discovery.Key{Author: 0x0a000002, Service: "s0"}, Version: flushed}})
	n.Step(now, node.Medium{Event: discovery.Gone{Key: discovery.Key{Author: 0x0a000002}, Version: flushed}})
	want("nothing is left of it", 1)
	n.Step(now, node.Medium{Event: discovery.Reachable{Routers: reach(0x0a0000fe, 0x0a000002)}})
	want("it can be reached again", 0)
}
