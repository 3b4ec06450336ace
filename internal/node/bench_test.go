package node_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// BenchmarkNodeLoss is the time to decide after the loss of the node that runs
// 1,000 services: from the fact to the output that wants them all here.
func BenchmarkNodeLoss(b *testing.B) {
	const services = 1000
	for b.Loop() {
		b.StopTimer()
		n, now := watching(services)
		b.StartTimer()
		n.Step(now, node.Medium{Event: discovery.Reachable{Routers: reach(0x0a0000fe)}})
		o := n.Output()
		b.StopTimer()
		starting := 0
		for _, r := range o.Records {
			if r.Instance != nil && r.Instance.State == service.Starting {
				starting++
			}
		}
		if starting != services {
			b.Fatalf("%d services are starting, want %d", starting, services)
		}
		b.StartTimer()
	}
}

func reach(ids ...routerid.ID) map[routerid.ID]discovery.Reach {
	m := map[routerid.ID]discovery.Reach{}
	for _, id := range ids {
		m[id] = discovery.Reach{State: discovery.ReachUp, Source: "spf"}
	}
	return m
}

// watching returns a node that has joined and watches another run everything.
func watching(services int) (*node.Node, node.Now) {
	now := node.Now{Boot: time.Hour, Wall: wallStart}
	o := node.Options{Name: "n1", RouterID: 0x0a000001, Seed: 1}
	for i := range services {
		s := testSpec(fmt.Sprintf("s%d", i))
		s.Addresses = []netip.Addr{netip.AddrFrom4([4]byte{10, 71, byte(i >> 8), byte(i)})}
		s.Primitives = [service.NumPrimitives]bool{}
		o.Services = append(o.Services, s)
	}
	n := node.New(now, o)
	step := func(e discovery.Event) { n.Step(now, node.Medium{Event: e}) }
	step(discovery.Links{Full: []routerid.ID{0x0a0000fe}})
	step(discovery.Reachable{Routers: reach(0x0a0000fe, 0x0a000002)})
	other := discovery.Record{Author: 0x0a000002, Nonce: 7, Version: discovery.Version{Incarnation: 1}}
	say := func(r discovery.Record) {
		other.Version.Counter++
		r.Author, r.Nonce, r.Version = other.Author, other.Nonce, other.Version
		step(discovery.Seen{Record: r})
	}
	say(discovery.Record{Node: &discovery.Node{Name: "n2", Flags: discovery.Settled}})
	for i := range services {
		say(discovery.Record{Instance: &discovery.Instance{
			Service: fmt.Sprintf("s%d", i), Addresses: o.Services[i].Addresses, State: service.Started,
			Preference: 100, Claim: 1, DeadAfter: 7 * time.Second,
		}})
	}
	step(discovery.Up{})
	for _, r := range n.Output().Records {
		step(discovery.Seen{Record: r})
	}
	for range 20 {
		now.Boot += time.Second
		n.Step(now, node.Tick{})
		for _, r := range n.Output().Records {
			n.Step(now, node.Medium{Event: discovery.Seen{Record: r}})
		}
	}
	return n, now
}

// BenchmarkStepAtRest is the cost of one fact and its output in a settled
// cluster with 1,000 services.
func BenchmarkStepAtRest(b *testing.B) {
	n, now := watching(1000)
	for b.Loop() {
		n.Step(now, node.Tick{})
		n.Output()
	}
}
