package availability

import (
	"testing"

	"srr/internal/api"
)

// two is a cluster of two nodes with one service, which runs on the first.
func two() api.Snapshot {
	return api.Snapshot{
		Gate: api.Gate{State: api.GateOpen}, Medium: api.Medium{State: api.MediumUp},
		Nodes: []api.Node{{RouterID: 1, State: api.NodeUp, Self: true}, {RouterID: 2, State: api.NodeUp}},
		Units: []api.Unit{{Name: "shop", Group: true, Members: []string{"web"}}},
		Services: []api.Service{{Name: "web", Group: "shop", Instances: []api.Instance{
			{RouterID: 1, State: "active/started", Hold: api.Held}, {RouterID: 2, State: "active/stopped", Hold: api.Released},
		}}},
	}
}

// TestJudge: what counts as served, as down, as planned, and as not known.
func TestJudge(t *testing.T) {
	first := func(state, hold string) func(*api.Snapshot) {
		return func(s *api.Snapshot) { s.Services[0].Instances[0].State, s.Services[0].Instances[0].Hold = state, hold }
	}
	both := func(flag string) func(*api.Snapshot) {
		return func(s *api.Snapshot) { s.Nodes[0].Flags, s.Nodes[1].Flags = []string{flag}, []string{flag} }
	}
	for name, c := range map[string]struct {
		want   Kind
		change []func(*api.Snapshot)
	}{
		"it runs":                      {Up, nil},
		"it is stopping":               {Down, []func(*api.Snapshot){first("active/stopping", api.Held)}},
		"it has failed":                {Down, []func(*api.Snapshot){first("active/failed", api.Released)}},
		"its node is down":             {Down, []func(*api.Snapshot){first("active/started", api.Released)}},
		"its node is silent":           {Unknown, []func(*api.Snapshot){first("active/started", api.Unknown)}},
		"its check says down":          {Down, []func(*api.Snapshot){func(s *api.Snapshot) { s.Services[0].Instances[0].Health = "down" }}},
		"its check says nothing":       {Up, []func(*api.Snapshot){func(s *api.Snapshot) { s.Services[0].Instances[0].Health = "unknown" }}},
		"an operator stopped it":       {Planned, []func(*api.Snapshot){first("active/stopped", api.Released), func(s *api.Snapshot) { s.Units[0].Intent = &api.Intent{Kind: api.IntentStopped} }}},
		"all is drained":               {Planned, []func(*api.Snapshot){first("active/stopped", api.Released), both(api.FlagDrained)}},
		"all is in maintenance":        {Planned, []func(*api.Snapshot){first("active/failed", api.Released), both(api.FlagMaintenance)}},
		"it runs in maintenance":       {Up, []func(*api.Snapshot){both(api.FlagMaintenance)}},
		"one of two is drained":        {Down, []func(*api.Snapshot){first("active/failed", api.Released), func(s *api.Snapshot) { s.Nodes[1].Flags = []string{api.FlagDrained} }}},
		"it is offered nowhere":        {Planned, []func(*api.Snapshot){first("inactive/stopped", api.Released), func(s *api.Snapshot) { s.Services[0].Instances[1].State = "disabled/stopped" }}},
		"it is refused where it is":    {Down, []func(*api.Snapshot){first("failed/stopped", api.Released)}},
		"this node is cut off":         {Unknown, []func(*api.Snapshot){func(s *api.Snapshot) { s.Gate.State = api.GateCutOff }}},
		"this node joins":              {Unknown, []func(*api.Snapshot){func(s *api.Snapshot) { s.Gate.State = api.GateJoining }}},
		"this node's medium is lost":   {Unknown, []func(*api.Snapshot){func(s *api.Snapshot) { s.Medium.State = api.MediumDown }}},
		"a node that nobody knows has": {Down, []func(*api.Snapshot){first("active/stopped", api.Released), func(s *api.Snapshot) { s.Nodes = nil }}},
	} {
		s := two()
		for _, change := range c.change {
			change(&s)
		}
		if got := judge(&s)["web"]; got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestClass is the table of the thesis.
func TestClass(t *testing.T) {
	for unavailable, want := range map[float64]int{
		0: 7, 1: 0, 0.5: 0, 0.11: 0, 0.1: 1, 0.09: 1, 0.01: 2, 0.001: 3, 0.0011: 2, 0.0001: 4, 1e-5: 5, 1e-6: 6, 1e-7: 7, 1e-12: 7,
		52 * 60 / (365 * 86400.0): 4, 3 / (365 * 86400.0): 7, 30 / (365 * 86400.0): 6,
	} {
		if got := Class(unavailable); got != want {
			t.Errorf("%g is of class %d, want %d", unavailable, got, want)
		}
	}
}
