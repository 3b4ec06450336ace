package web

import (
	"fmt"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/routerid"
)

// crowd is a cluster of many nodes, as the first of them sees it: services in
// groups of three on three nodes each, all of them well but for every 97th.
func crowd(nodes, services int) api.Snapshot {
	now := time.Now().Truncate(time.Second)
	s := api.Snapshot{
		Cluster: "prod", RouterID: 0x0a000001, Node: "node1", Software: "1.0.0", At: now, Sequence: 1,
		Medium: api.Medium{Kind: "ospf (frr)", State: api.MediumUp, Neighbors: []routerid.ID{0x0a0000fe}},
		Gate:   api.Gate{State: api.GateOpen},
	}
	id := func(n int) routerid.ID { return routerid.ID(0x0a000001 + n%nodes) }
	title := func(n int) string { return fmt.Sprintf("node%d", n%nodes+1) }
	for n := range nodes {
		s.Nodes = append(s.Nodes, api.Node{
			RouterID: id(n), Name: title(n), Self: n == 0, State: api.NodeUp, Source: "spf", Since: now.Add(-9 * time.Hour), Software: "1.0.0",
			Flags: []string{"settled"}, Console: fmt.Sprintf("10.0.0.%d:8443", n+1),
		})
	}
	for k := range services {
		group := fmt.Sprintf("group%03d", k/3)
		svc := api.Service{
			Name: fmt.Sprintf("service%03d", k), Kind: "network", Group: group, Critical: true, Scope: "as", Agent: "unit web.service", Local: k%nodes < 3,
			Addresses: []string{fmt.Sprintf("192.0.%d.%d", k/250, k%250+1)}, CheckIntervalSeconds: 10,
		}
		if k%3 > 0 {
			svc.DependsOn = []string{fmt.Sprintf("service%03d", k-1)}
		} else {
			s.Units = append(s.Units, api.Unit{Name: group, Group: true, Ranking: []routerid.ID{id(k / 3), id(k/3 + 1), id(k/3 + 2)}, Eligible: 3})
		}
		u := &s.Units[k/3]
		u.Members = append(u.Members, svc.Name)
		for n := range 3 {
			i := api.Instance{RouterID: id(k/3 + n), Node: title(k/3 + n), State: "active/stopped", Hold: api.Released, Claim: 3, Preference: 100, Since: now.Add(-time.Hour)}
			if n == 0 {
				i.State, i.Hold, i.Health = "active/started", api.Held, "up"
				i.Check = &api.LastCheck{At: now.Add(-4 * time.Second), Text: "200 OK"}
				i.Addresses = []api.Address{{Address: svc.Addresses[0], Owned: true, Announced: true}}
			}
			if n == 0 && k%97 == 96 {
				i.State, i.Hold = "active/failed", api.Released
				i.Failure = &api.Failure{Code: "start failed", Exit: 1, Text: "bind: address already in use", Count: 2}
			}
			svc.Instances = append(svc.Instances, i)
		}
		s.Services = append(s.Services, svc)
	}
	return s
}

// shopNow is the Shop cluster, moved to the present.
func shopNow() api.Snapshot {
	s := apitest.Shop()
	d := time.Now().Truncate(time.Second).Sub(apitest.Now)
	move := func(t *time.Time) {
		if !t.IsZero() {
			*t = t.Add(d)
		}
	}
	move(&s.At)
	for i := range s.Alarms {
		move(&s.Alarms[i].Since)
	}
	for i := range s.Nodes {
		move(&s.Nodes[i].Since)
	}
	for i := range s.Services {
		for k := range s.Services[i].Instances {
			inst := &s.Services[i].Instances[k]
			move(&inst.Since)
			if inst.Failure != nil {
				move(&inst.Failure.At)
				move(&inst.Failure.Until)
			}
			if inst.Check != nil {
				move(&inst.Check.At)
			}
			if inst.Pending != nil {
				move(&inst.Pending.Since)
				move(&inst.Pending.Deadline)
			}
		}
	}
	return s
}

// BenchmarkOverview makes the overview of 32 nodes and 500 services: it must
// take less than 100 ms.
func BenchmarkOverview(b *testing.B) {
	snap := crowd(32, 500)
	s := &Server{}
	v := &visit{ctx: b.Context(), snap: snap}
	for b.Loop() {
		pg, err := s.overview(v)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := renderMain(pg, &snap); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStep is what a page costs that is watched and did not change.
func BenchmarkStep(b *testing.B) {
	snap := crowd(32, 500)
	s := &Server{}
	pg, _ := s.overview(&visit{ctx: b.Context(), snap: snap})
	main, err := renderMain(pg, &snap)
	if err != nil {
		b.Fatal(err)
	}
	old := cutMain(main)
	b.ReportMetric(float64(len(main)), "bytes")
	for b.Loop() {
		next := cutMain(main)
		if _, all := next.changed(&old); !all {
			b.Fatal("the same is another")
		}
	}
}
