package web

import (
	"cmp"
	"maps"
	"math"
	"net/http"
	"runtime"
	"slices"
	"time"

	"srr/internal/api"
	"srr/internal/version"
)

// metrics answers a scrape. Every node is scraped by itself: what is about
// instances is about those of this node; what is about nodes and services is the
// whole cluster as this node sees it.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	snap := visitOf(r).snap
	var e exposition
	e.one("srr_build_info", "gauge", "Version of the software; always 1.", 1, "version", version.Version(), "go", runtime.Version())
	nodeMetrics(&e, &snap)
	problemMetrics(&e, &snap)
	serviceMetrics(&e, &snap)
	instanceMetrics(&e, &snap)
	s.chronicle.write(&e)
	e.one("srr_console_watchers", "gauge", "Streams of the console and the API that are open.", float64(len(s.watchers)))
	processMetrics(&e)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(e.b.Bytes()) // a scraper that has gone has its reasons
}

func nodeMetrics(e *exposition, s *api.Snapshot) {
	e.one("srr_snapshot_timestamp_seconds", "gauge", "When the state was published that these numbers are from.", seconds(s.At))
	e.one("srr_medium_up", "gauge", "Whether this node hears the others.", truth(s.Medium.State == api.MediumUp), "kind", s.Medium.Kind)
	e.one("srr_full_neighbors", "gauge", "OSPF neighbors of this node that are Full.", float64(len(s.Medium.Neighbors)))
	e.one("srr_gate_open", "gauge", "Whether this node may start services.", truth(s.Gate.State == api.GateOpen))
	e.family("srr_node_up", "gauge", "Whether a node can be reached and its daemon speaks, as this node sees it.")
	for i := range s.Nodes {
		n := &s.Nodes[i]
		e.sample("srr_node_up", truth(n.State == api.NodeUp), "router_id", n.RouterID.String(), "peer", n.Title())
	}
	e.family("srr_node_flag", "gauge", "What a node says of itself: drained, maintenance, cut off, …; 1 for each.")
	for i := range s.Nodes {
		n := &s.Nodes[i]
		for _, f := range slices.Compact(slices.Sorted(slices.Values(n.Flags))) {
			e.sample("srr_node_flag", 1, "router_id", n.RouterID.String(), "peer", n.Title(), "flag", f)
		}
	}
}

func problemMetrics(e *exposition, s *api.Snapshot) {
	b := bannerOf(s)
	e.family("srr_problems", "gauge", "What is wrong in the cluster, as this node sees it.")
	e.sample("srr_problems", float64(b.Critical), "severity", "critical")
	e.sample("srr_problems", float64(b.Warning), "severity", "warning")
	e.sample("srr_problems", float64(b.Notice), "severity", "notice")
	e.family("srr_alarms", "gauge", "Alarms of this node, by code.")
	codes := map[string]int{}
	for i := range s.Alarms {
		codes[s.Alarms[i].Code]++
	}
	for _, c := range slices.Sorted(maps.Keys(codes)) {
		e.sample("srr_alarms", float64(codes[c]), "code", c)
	}
}

func serviceMetrics(e *exposition, s *api.Snapshot) {
	e.family("srr_service_running", "gauge", "Nodes that run a service: 1 is right, 0 is an outage, more is a split.")
	for i := range s.Services {
		svc := &s.Services[i]
		e.sample("srr_service_running", float64(len(svc.Running())), "service", svc.Name, "group", svc.Group)
	}
	e.family("srr_service_stopped", "gauge", "Whether an operator stopped the unit of a service.")
	stopped := stoppedUnits(s)
	for i := range s.Services {
		e.sample("srr_service_stopped", truth(stopped[s.Services[i].Unit()]), "service", s.Services[i].Name)
	}
	e.family("srr_unit_eligible", "gauge", "Nodes that may run a unit now; with 1, no other one could take it over.")
	for i := range s.Units {
		e.sample("srr_unit_eligible", float64(s.Units[i].Eligible), "unit", s.Units[i].Word())
	}
	e.family("srr_unit_stopped", "gauge", "Whether an operator stopped a unit.")
	for i := range s.Units {
		e.sample("srr_unit_stopped", truth(s.Units[i].Stopped()), "unit", s.Units[i].Word())
	}
}

func instanceMetrics(e *exposition, s *api.Snapshot) {
	type own struct {
		svc *api.Service
		*api.Instance
	}
	var all []own
	for i := range s.Services {
		for k := range s.Services[i].Instances {
			if inst := &s.Services[i].Instances[k]; inst.RouterID == s.RouterID {
				all = append(all, own{&s.Services[i], inst})
			}
		}
	}
	e.family("srr_instance_state", "gauge", "State of a service on this node; 1 for the state that it is in.")
	for _, i := range all {
		e.sample("srr_instance_state", 1, "service", i.svc.Name, "state", i.State)
	}
	e.family("srr_instance_state_since_timestamp_seconds", "gauge", "When an instance of this node entered its state.")
	for _, i := range all {
		if !i.Since.IsZero() {
			e.sample("srr_instance_state_since_timestamp_seconds", seconds(i.Since), "service", i.svc.Name)
		}
	}
	e.family("srr_instance_health", "gauge", "Last check of what runs on this node: 1 up, 0 down, NaN unknown.")
	for _, i := range all {
		if i.Health != "" {
			e.sample("srr_instance_health", map[string]float64{"up": 1, "down": 0}[i.Health]+unknownHealth(i.Health), "service", i.svc.Name)
		}
	}
	e.family("srr_instance_failures", "gauge", "Failures of an instance of this node since they were cleared.")
	for _, i := range all {
		n := 0
		if i.Failure != nil {
			n = i.Failure.Count
		}
		e.sample("srr_instance_failures", float64(n), "service", i.svc.Name)
	}
	e.family("srr_address_announced", "gauge", "Whether this node announces an address of a service.")
	for _, i := range all {
		for _, a := range i.Addresses {
			e.sample("srr_address_announced", truth(a.Announced), "service", i.svc.Name, "address", a.Address)
		}
	}
}

func unknownHealth(h string) float64 {
	if h == "up" || h == "down" {
		return 0
	}
	return math.NaN()
}

func (c *chronicle) write(e *exposition) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.one("srr_events_total", "counter", "Events of this node's time line.", float64(c.events))
	e.one("srr_commands_total", "counter", "Changes that somebody asked for on this node.", float64(c.commands))
	e.family("srr_transitions_total", "counter", "Changes of state of instances of this node, by the state entered.")
	byName := func(a, b transition) int {
		return cmp.Or(cmp.Compare(a.service, b.service), cmp.Compare(a.to, b.to))
	}
	for _, t := range slices.SortedFunc(maps.Keys(c.transitions), byName) {
		e.sample("srr_transitions_total", float64(c.transitions[t]), "service", t.service, "state", t.to)
	}
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
