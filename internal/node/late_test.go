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

// TestFlushOvertakesSuccessor: every version of a record has an ID of its own, so
// the flush of the old one can arrive before the new one, which is sent again
// after 5 s if it was lost. The old one said "stopped"; the new one may not.
func TestFlushOvertakesSuccessor(t *testing.T) {
	const other = routerid.ID(0x0a000002)
	n, at := joined(t)
	for range 3 { // until it is active
		o := n.Output()
		for name, c := range o.Calls {
			n.Step(at, node.Done{Service: name, ID: c.ID})
		}
		for _, r := range o.Records {
			n.Step(at, seen(r))
		}
	}
	up := discovery.Reach{State: discovery.ReachUp, Source: "spf"}
	n.Step(at, node.Medium{Event: discovery.Reachable{Routers: map[routerid.ID]discovery.Reach{other: up}}})
	stopped := stranger(other, 1, "web")
	stopped.Instance.State = service.Stopped
	n.Step(at, seen(nodeOf(other, 1)))
	n.Step(at, seen(stopped))
	blocked := func() string {
		e, _ := n.Explain(at, service.Unit{Name: "web"})
		return e.Blocked
	}
	if b := blocked(); b != "" {
		t.Fatalf("blocked at first: %s", b)
	}
	at.Boot += 10 * time.Second // it has been in sight for a while
	n.Step(at, gone(stopped))
	if b := blocked(); !strings.Contains(b, "unknown on 10.0.0.2") {
		t.Errorf("the flush alone releases it: %q", b)
	}
	after := func(d time.Duration) string {
		at.Boot += d
		n.Step(at, node.Tick{})
		return blocked()
	}
	if b := after(time.Minute); !strings.Contains(b, "not all its records are here") {
		t.Errorf("its successor may be lost for a minute, but it counts as released: %q", b)
	}
	says := false
	for _, r := range n.Output().Records {
		if r.Instance != nil {
			says = true
			if len(r.Instance.Unknown) > 0 {
				t.Errorf("it is told to others, who would flood all their records anew: %v", r.Instance.Unknown)
			}
		}
	}
	if !says {
		t.Error("the service has no record here")
	}
	n.Step(at, gone(nodeOf(other, 1)))
	if b := after(5 * time.Second); b == "" {
		t.Error("5 s after its srrd fell silent it counts as released")
	}
	if b := after(2 * time.Second); b != "" {
		t.Errorf("still blocked 7 s after its srrd fell silent: %s", b)
	}
}

// TestLostSuccessorOfAHolder: the flush of a record that said "started" overtook
// its successor, which was lost. The holder lives and renews: what it promised to
// hold after its death does not run until its node record is gone.
func TestLostSuccessorOfAHolder(t *testing.T) {
	const other = routerid.ID(0x0a000002)
	n, at := joined(t)
	up := discovery.Reach{State: discovery.ReachUp, Source: "spf"}
	n.Step(at, node.Medium{Event: discovery.Reachable{Routers: map[routerid.ID]discovery.Reach{other: up}}})
	of := nodeOf(other, 1)
	n.Step(at, seen(of))
	at.Boot += 10 * time.Second // it is in sight
	started := stranger(other, 1, "web")
	started.Instance.State, started.Instance.DeadAfter = service.Started, 7*time.Second
	n.Step(at, seen(started), gone(started))
	blocked := func(after time.Duration) bool {
		at.Boot += after
		n.Step(at, node.Tick{})
		e, _ := n.Explain(at, service.Unit{Name: "web"})
		return e.Blocked != ""
	}
	if !blocked(30 * time.Second) {
		t.Error("it counts as released although its srrd talks")
	}
	mail := stranger(other, 1, "mail")
	n.Step(at, seen(mail), gone(of))
	if !blocked(30 * time.Second) {
		t.Error("it counts as released although another record of the node is there")
	}
	n.Step(at, gone(mail))
	if !blocked(6 * time.Second) {
		t.Error("6 s after its srrd fell silent it counts as released")
	}
	if blocked(2 * time.Second) {
		t.Error("it never counts as released")
	}
}
