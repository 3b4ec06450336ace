package node_test

import (
	"slices"
	"testing"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
)

// TestSuspects: whom the medium suspects is in the node record, and counts as
// reachable in everything else.
func TestSuspects(t *testing.T) {
	n, at := joined(t)
	listed := func(want ...routerid.ID) {
		t.Helper()
		for _, r := range n.Output().Records {
			if r.Node != nil && !slices.Equal(r.Node.Suspects, want) {
				t.Errorf("it lists %v, want %v", r.Node.Suspects, want)
			}
		}
	}
	listed()
	const other = routerid.ID(0x0a000002)
	n.Step(at, node.Medium{Event: discovery.Reachable{Routers: map[routerid.ID]discovery.Reach{
		other: {State: discovery.ReachSuspect, Source: "spf"}, 0x0a000003: {State: discovery.ReachUp},
	}}})
	listed(other)
	if !n.Reaches(other) {
		t.Error("a suspicion counts as a loss")
	}
	n.Step(at, node.Medium{Event: discovery.Reachable{Routers: reach(other)}})
	listed()
}
