package api_test

import (
	"slices"
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/service"
)

// TestVerbsOfEveryState: every state lets an operator do something; from each active one
// an instance can be sent away, unless it could not be stopped; and a failure can be
// forgotten wherever there is one.
func TestVerbsOfEveryState(t *testing.T) {
	svc := &api.Service{Name: "web", Primitives: []string{"reload"}, CheckIntervalSeconds: 1}
	for s := service.State(0); s.Valid(); s++ {
		verbs := api.InstanceVerbs(svc, &api.Instance{State: s.String()})
		leaves := slices.Contains(verbs, api.Deactivate) && slices.Contains(verbs, api.Disable)
		if len(verbs) == 0 || leaves != (s.Active() && s != service.FailedHeld || s == service.Injected) {
			t.Errorf("%s: %v", s, verbs)
		}
		if clears := s == service.Started || s == service.FailedReleased; slices.Contains(verbs, api.Clear) != clears {
			t.Errorf("%s: %v", s, verbs)
		}
		failed := api.InstanceVerbs(svc, &api.Instance{State: s.String(), Failure: &api.Failure{}})
		if slices.Contains(failed, api.Clear) == (s == service.FailedHeld) {
			t.Errorf("%s, failed: %v", s, failed)
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
