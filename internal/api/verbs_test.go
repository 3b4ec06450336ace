package api_test

import (
	"slices"
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/service"
)

// TestVerbsOfEveryState: every state but those that pass by themselves lets an
// operator do something, and no verb is offered that the form of a request
// does not take.
func TestVerbsOfEveryState(t *testing.T) {
	svc := &api.Service{Name: "web", Primitives: []string{"reload"}, CheckIntervalSeconds: 1}
	for s := service.State(0); s.Valid(); s++ {
		verbs := api.InstanceVerbs(svc, &api.Instance{State: s.String()})
		passing := s == service.Starting || s == service.Stopping || s == service.Deactivated
		if passing != (len(verbs) == 0) {
			t.Errorf("%s: %v", s, verbs)
		}
	}
	if got := api.InstanceVerbs(svc, &api.Instance{State: "unknown", Hold: api.Unknown}); !slices.Equal(got, []api.Verb{api.ConfirmStopped}) {
		t.Errorf("unknown: %v", got)
	}
	snap := apitest.Shop()
	for i := range snap.Units {
		u := &snap.Units[i]
		got := snap.UnitVerbs(u)
		if u.Stopped() != slices.Contains(got, api.Run) || u.Stopped() == slices.Contains(got, api.Stop) {
			t.Errorf("%s: %v", u.Name, got)
		}
	}
}
