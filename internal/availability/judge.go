// Package availability counts for how long each service was served, as one node sees
// it: from its snapshots, in sums of a day, which it keeps for a year. The journal does
// not reach back so far, and holds only what its own node did.
package availability

import (
	"strings"

	"srr/internal/api"
	"srr/internal/routerid"
	"srr/internal/service"
)

// Kind is what a service is at a moment.
type Kind uint8

// The kinds.
const (
	Unknown Kind = iota // this node cannot tell
	Up                  // an instance runs, and its check does not say down
	Down
	Planned // not up, and an operator wants it so, or works on all nodes that offer it
	numKinds
)

// judge says what each service is. A node that is cut off or joining sees nothing.
func judge(s *api.Snapshot) map[string]Kind {
	out := make(map[string]Kind, len(s.Services))
	blind := s.Gate.State != api.GateOpen || s.Medium.State != api.MediumUp
	stopped := map[service.Unit]bool{}
	for i := range s.Units {
		if u := &s.Units[i]; u.Stopped() {
			stopped[service.Unit{Name: u.Name, Group: u.Group}] = true
		}
	}
	nodes := make(map[routerid.ID]*api.Node, len(s.Nodes))
	for i := range s.Nodes {
		nodes[s.Nodes[i].RouterID] = &s.Nodes[i]
	}
	for i := range s.Services {
		svc := &s.Services[i]
		if out[svc.Name] = Unknown; !blind {
			out[svc.Name] = kindOf(svc, nodes, stopped[svc.Unit()])
		}
	}
	return out
}

// kindOf judges one service. Work on some of its nodes is no excuse if others could
// have run it and failed.
func kindOf(svc *api.Service, nodes map[routerid.ID]*api.Node, stopped bool) Kind {
	excused, doubt := true, false
	for i := range svc.Instances {
		inst := &svc.Instances[i]
		if inst.Runs() && inst.Hold != api.Unknown && inst.Health != "down" {
			return Up
		}
		doubt = doubt || inst.Hold == api.Unknown
		n := nodes[inst.RouterID]
		worked := n != nil && (n.Has(api.FlagMaintenance) || n.Has(api.FlagDrained))
		excused = excused && (worked || idle(inst.State))
	}
	switch {
	case stopped || excused:
		return Planned
	case doubt:
		return Unknown
	}
	return Down
}

// idle reports whether an instance is not offered: an operator has to activate it.
func idle(state string) bool {
	config, _, _ := strings.Cut(state, "/")
	return config == "disabled" || config == "inactive" || config == "deactivated"
}
