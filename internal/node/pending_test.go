package node_test

import (
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestFlushOvertakesNodeRecord: srrd on another host was restarted behind a link
// that lost packets. What its new life started arrives first, then the flush of the
// old node record, and the new one last. That the service waited for its node
// record must not be forgotten when the old life's records go (seed 405).
func TestFlushOvertakesNodeRecord(t *testing.T) {
	const other = routerid.ID(0x0a000002)
	n, at := joined(t)
	old := stranger(other, 1, "web")
	old.Instance.State = service.Stopped
	again := stranger(other, 2, "web")
	n.Step(at, node.Medium{Event: discovery.Reachable{Routers: reach(other)}}, seen(nodeOf(other, 1)), seen(old))
	at.Boot += 10 * time.Second
	n.Step(at, seen(again))
	n.Step(at, gone(nodeOf(other, 1)))
	n.Step(at, seen(nodeOf(other, 2)))
	at.Boot += time.Minute
	n.Step(at, node.Tick{})
	if e, _ := n.Explain(at, service.Unit{Name: "web"}); e.Blocked == "" {
		t.Error("the other host started web, and it counts as free")
	}
}

// TestPastOutlivesSRRD: this daemon is restarted, and what the database still has of
// another host is a node record of a life before the one in which that host started
// the service. It says that the host has settled and holds nothing (seeds 434, 1453).
func TestPastOutlivesSRRD(t *testing.T) {
	const other = routerid.ID(0x0a000002)
	n, at := joined(t)
	n.Step(at, seen(nodeOf(other, 7)), seen(stranger(other, 7, "web")))
	again := node.New(at, node.Options{
		Cluster: "test", Name: "n1", RouterID: 0x0a000001, Boot: discovery.BootID{1},
		Services: []service.Spec{testSpec("web")}, Saved: n.TakeSaves(),
	})
	past := nodeOf(other, 3)
	past.Node = &discovery.Node{Name: "x", Flags: discovery.Settled}
	again.Step(at, node.Medium{Event: discovery.Up{}}, node.Medium{Event: discovery.Reachable{Routers: reach(other)}}, seen(past))
	if e, _ := again.Explain(at, service.Unit{Name: "web"}); e.Blocked == "" {
		t.Error("the record of an earlier life ends the doubt about what the later one started")
	}
}

// TestNodeRecordLost: two versions of the node record cross, the flush of the old
// one arrives and the new one is lost, twice. What the peer starts meanwhile is not
// free, even after its record was flushed in favour of one that is late (seed 1762).
func TestNodeRecordLost(t *testing.T) {
	const other = routerid.ID(0x0a000002)
	n, at := joined(t)
	stopped := stranger(other, 1, "web")
	stopped.Instance.State, stopped.Instance.DeadAfter = service.Stopped, 7*time.Second
	started := stranger(other, 1, "web")
	started.Version.Counter, started.Instance.DeadAfter = 5, 7*time.Second
	n.Step(at, node.Medium{Event: discovery.Reachable{Routers: reach(other)}}, seen(nodeOf(other, 1)), seen(stopped))
	blocked := func(after time.Duration, facts ...node.Input) bool {
		at.Boot += after
		n.Step(at, facts...)
		e, _ := n.Explain(at, service.Unit{Name: "web"})
		return e.Blocked != ""
	}
	if blocked(10 * time.Second) {
		t.Fatal("blocked at first")
	}
	if !blocked(0, gone(nodeOf(other, 1)), seen(started)) || !blocked(time.Minute) {
		t.Error("the other host says that it started web, and it counts as free")
	}
	if !blocked(0, gone(started)) || !blocked(6*time.Second) {
		t.Error("the record of the start is flushed, and 6 s later it counts as free")
	}
	if blocked(2 * time.Second) {
		t.Error("nothing is heard of the other host any more, and it never counts as free")
	}
}

// TestConfirmWhatWaits: a record was left in the databases when its srrd died, and
// no node record comes any more. An operator's word ends that.
func TestConfirmWhatWaits(t *testing.T) {
	const other = routerid.ID(0x0a000002)
	n, at := joined(t)
	n.Step(at, node.Medium{Event: discovery.Reachable{Routers: reach(other)}}, seen(stranger(other, 1, "web")))
	blocked := func() string {
		e, _ := n.Explain(at, service.Unit{Name: "web"})
		return e.Blocked
	}
	if blocked() == "" {
		t.Fatal("a record says that web runs, and it counts as free")
	}
	if _, err := n.Command(at, node.Command{Verb: node.ConfirmedStopped, Subject: "web", Node: other}); err != nil {
		t.Fatal(err)
	}
	if b := blocked(); b != "" {
		t.Errorf("confirmed, and still %s", b)
	}
	n.Step(at, seen(stranger(other, 2, "web")))
	if blocked() == "" {
		t.Error("the word covers a later life, too")
	}
}
