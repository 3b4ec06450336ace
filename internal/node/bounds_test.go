package node_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestForgets (S20): what came and went leaves nothing behind, whoever said it.
func TestForgets(t *testing.T) {
	n, at := joined(t)
	before := n.Remembers()
	for k := range 5000 {
		id := routerid.ID(0x0b000000 + k%50)
		said := []discovery.Record{nodeOf(id, uint64(k)), stranger(id, uint64(k), fmt.Sprintf("s%d", k))}
		for _, r := range said {
			n.Step(at, seen(r))
		}
		for _, r := range said {
			n.Step(at, gone(r))
		}
	}
	at.Boot += time.Minute // one of them could come within reach
	n.Step(at, node.Tick{})
	if after := n.Remembers(); after != before {
		t.Errorf("remembers %d things, %d before", after, before)
	}
}

// TestBounds (S20): many strangers at once are bounded, and named.
func TestBounds(t *testing.T) {
	n, at := joined(t)
	for k := range 3000 {
		n.Step(at, seen(stranger(routerid.ID(0x0b000000+k), 1, "web")))
	}
	n.Step(at, seen(nodeOf(0x0a000002, 1)))
	for k := range 10000 {
		n.Step(at, seen(stranger(0x0a000002, 1, fmt.Sprintf("s%d", k))))
	}
	if got := n.Remembers(); got > 40000 {
		t.Errorf("remembers %d things", got)
	}
	for _, a := range n.Alarms() {
		if a.Key == "peers" {
			return
		}
	}
	t.Errorf("no alarm: %v", n.Alarms())
}

// TestRejectedAreBounded: what cannot be used is an alarm and an event for each
// author, not for each record.
func TestRejectedAreBounded(t *testing.T) {
	n, at := joined(t)
	n.TakeEvents()
	for k := range 300 {
		author := routerid.ID(0x0b000000 + k%20)
		n.Step(at, node.Medium{Event: discovery.Rejected{Author: author, Where: "222.0.0.1", Err: fmt.Errorf("damaged, number %d", k)}})
	}
	if alarms, events := len(n.Alarms()), len(n.TakeEvents()); alarms != 16 || events != 16 {
		t.Errorf("%d alarms and %d events, want 16", alarms, events)
	}
	proof := discovery.Rejected{Author: 1, Where: "222.0.0.1", Err: fmt.Errorf("record: %w", discovery.ErrUnsigned)}
	n.Step(at, node.Medium{Event: proof})
	if len(n.Alarms()) != 16 {
		t.Error("no bound for signatures")
	}
	if got := n.Alarms()[0].Text; got != "222.0.0.1: damaged, number 280 (15 such records, the last at 00:00:00Z)" {
		t.Errorf("not the last complaint: %q", got)
	}
	rest := func(d time.Duration) int {
		at.Boot += d
		n.Step(at, node.Tick{})
		return len(n.Alarms())
	}
	n.Step(at, node.Medium{Event: discovery.Rejected{Author: 0x0b000000, Where: "222.0.0.1", Err: errors.New("damaged"), Again: true}})
	if got := n.Alarms()[0].Text; got != "222.0.0.1: damaged (15 such records, the last at 00:00:00Z)" {
		t.Errorf("the same record counts again: %q", got)
	}
	if got := rest(4 * time.Minute); got != 16 {
		t.Errorf("%d alarms after 4 minutes", got)
	}
	n.Step(at, node.Medium{Event: discovery.Rejected{Author: 0x0b000001, Where: "222.0.0.1", Err: errors.New("damaged"), Again: true}})
	if want := at.Boot + time.Minute; n.Deadline() != want {
		t.Errorf("it wants to look again at %s, not at %s", n.Deadline(), want)
	}
	if got := rest(time.Minute); got != 1 {
		t.Errorf("%d alarms, want that about the record that was there a minute ago", got)
	}
	if got := rest(4 * time.Minute); got != 0 {
		t.Errorf("%d alarms, and nothing came for 5 minutes", got)
	}
}

// TestSignatureAlarm: it has a name of its own, and ends with its cause.
func TestSignatureAlarm(t *testing.T) {
	n, at := joined(t)
	proof := discovery.Rejected{Author: 7, Where: "222.0.0.1", Err: fmt.Errorf("record: %w", discovery.ErrUnsigned)}
	n.Step(at, node.Medium{Event: proof})
	if as := n.Alarms(); len(as) != 1 || as[0].Key != "signature 0.0.0.7" || as[0].Text != "222.0.0.1: record: not trusted: it has no signature" {
		t.Fatalf("%v", as)
	}
	at.Boot += time.Hour
	n.Step(at, node.Tick{})
	if as := n.Alarms(); len(as) != 1 {
		t.Fatalf("it ended although the record is there: %v", as)
	}
	n.Step(at, node.Medium{Event: discovery.Rejected{Author: 7}})
	if as := n.Alarms(); len(as) != 0 {
		t.Fatalf("%v", as)
	}
	n.TakeEvents()
	for range 100 { // as often as it likes
		n.Step(at, node.Medium{Event: proof})
		n.Step(at, node.Medium{Event: discovery.Rejected{Author: 7}})
	}
	if as := n.Alarms(); len(as) != 1 || len(n.TakeEvents()) != 1 {
		t.Fatalf("%v", as)
	}
	at.Boot += 5 * time.Minute
	n.Step(at, node.Tick{})
	if as := n.Alarms(); len(as) != 0 {
		t.Fatalf("5 minutes later: %v", as)
	}
	n.Step(at, node.Medium{Event: discovery.Rejected{Author: 8}})
	if as := n.Alarms(); len(as) != 0 {
		t.Fatalf("%v", as)
	}
}

// joined is a node with one service whose medium is up.
func joined(t *testing.T) (*node.Node, node.Now) {
	t.Helper()
	at := node.Now{Boot: time.Hour, Wall: wallStart}
	n := node.New(at, node.Options{Cluster: "test", Name: "n1", RouterID: 0x0a000001, Boot: discovery.BootID{1}, Services: []service.Spec{testSpec("web")}})
	n.Step(at, node.Medium{Event: discovery.Up{}})
	return n, at
}

func seen(r discovery.Record) node.Input { return node.Medium{Event: discovery.Seen{Record: r}} }

func gone(r discovery.Record) node.Input {
	return node.Medium{Event: discovery.Gone{Key: r.Key(), Version: r.Version}}
}

// nodeOf is the node record that makes a stranger's other records count.
func nodeOf(id routerid.ID, incarnation uint64) discovery.Record {
	r := stranger(id, incarnation, "")
	r.Instance, r.Node = nil, &discovery.Node{Name: "x", Instances: 1}
	return r
}

// stranger is a record that says that a service runs somewhere.
func stranger(id routerid.ID, incarnation uint64, name string) discovery.Record {
	return discovery.Record{
		Author: id, Boot: discovery.BootID{2}, Nonce: 1, Version: discovery.Version{Incarnation: 1 + incarnation, Counter: 1},
		Instance: &discovery.Instance{Service: name, State: service.Started},
	}
}
