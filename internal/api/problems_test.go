package api

import (
	"testing"

	"srr/internal/routerid"
)

// TestOneLeft: that only one node can run a unit is a warning if others had it, also
// if those have been gone for so long that nothing is left of them.
func TestOneLeft(t *testing.T) {
	instance := func(id routerid.ID) Instance { return Instance{RouterID: id, State: "active/started", Hold: Held} }
	for name, c := range map[string]struct {
		instances []Instance
		missing   []routerid.ID
		want      Severity
	}{
		"it never had another one":   {[]Instance{instance(1)}, nil, Notice},
		"the other one is down":      {[]Instance{instance(1), {RouterID: 2, State: "active/stopped"}}, nil, Warning},
		"the other one is long gone": {[]Instance{instance(1)}, []routerid.ID{2}, Warning},
	} {
		s := Snapshot{
			Units:    []Unit{{Name: "web", Members: []string{"web"}, Eligible: 1, Missing: c.missing}},
			Services: []Service{{Name: "web", Instances: c.instances}},
		}
		if got := s.ClusterProblems(); len(got) != 1 || got[0].Severity != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
