package node_test

import (
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
)

// TestOwnPastComesLate: the state file is lost and the clock was set back, and the
// records of this node's past come with the first adjacency, after the medium is
// up. It begins again above them, once: from then on they are somebody else's.
func TestOwnPastComesLate(t *testing.T) {
	n, at := joined(t)
	before := n.Self().Incarnation
	past := discovery.Record{
		Author: 0x0a000001, Nonce: 99, Version: discovery.Version{Incarnation: before + 1000, Counter: 5},
		Node: &discovery.Node{Name: "n1"},
	}
	n.Step(at, seen(past))
	if got := n.Self().Incarnation; got != before+1001 {
		t.Fatalf("incarnation %d, want one above that of its past, %d", got, before+1000)
	}
	for _, r := range n.Output().Records {
		if r.Version.Incarnation != before+1001 {
			t.Errorf("it floods under incarnation %d", r.Version.Incarnation)
		}
	}
	past.Version.Incarnation += 1000
	past.Node.Flags = discovery.Duplicate
	n.Step(at, node.Medium{Event: discovery.Seen{Record: past}})
	if got := n.Self().Incarnation; got != before+1001 {
		t.Errorf("it went on to incarnation %d: two nodes with one router ID would never come to rest", got)
	}
}

// TestTwoLivesInOneSecond: the second one is above the first, although nothing of that
// was saved (simulator, seed 394).
func TestTwoLivesInOneSecond(t *testing.T) {
	var last uint64
	for life := range time.Duration(3) {
		at := node.Now{Boot: time.Hour, Wall: wallStart.Add(life * 100 * time.Millisecond)}
		n := node.New(at, node.Options{Cluster: "test", Name: "n1", RouterID: 0x0a000001})
		n.Step(at, node.Medium{Event: discovery.Up{}})
		if got := n.Self().Incarnation; got <= last {
			t.Errorf("incarnation %d after %d", got, last)
		}
		last = n.Self().Incarnation
	}
}
