package node_test

import (
	"strings"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestRebootedBeforeItsRecords: a host has rebooted and started its disk again,
// and its node record arrives before the one of the disk. The new boot ID alone
// releases nothing; that all its records are here does.
func TestRebootedBeforeItsRecords(t *testing.T) {
	const other = routerid.ID(0x0a000002)
	n, at := joined(t)
	n.Step(at, node.Medium{Event: discovery.Reachable{Routers: reach(other)}})
	started := stranger(other, 1, "web")
	started.Instance.DeadAfter = 7 * time.Second
	n.Step(at, seen(nodeOf(other, 1)))
	at.Boot += 10 * time.Second // it is in sight
	n.Step(at, seen(started))
	at.Boot += 500 * time.Millisecond
	n.Step(at, gone(started))
	again := nodeOf(other, 2)
	again.Boot = discovery.BootID{3}
	n.Step(at, seen(again))
	blocked := func() string {
		e, _ := n.Explain(at, service.Unit{Name: "web"})
		return e.Blocked
	}
	if b := blocked(); !strings.Contains(b, "unknown on 10.0.0.2") {
		t.Errorf("the reboot alone releases it: %q", b)
	}
	again.Node = &discovery.Node{Name: "x", Flags: discovery.Settled}
	again.Version.Counter++
	n.Step(at, seen(again))
	if b := blocked(); !strings.Contains(b, "rebooted, or another one") {
		t.Errorf("it was in sight all the time, and what it held is %q at once", b)
	}
	at.Boot += 7 * time.Second
	n.Step(at, node.Tick{})
	if b := blocked(); b != "" {
		t.Errorf("all records of the rebooted host are here, and nobody else spoke, still %s", b)
	}
}
