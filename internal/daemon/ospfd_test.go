package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"srr/internal/frr/doctor"
)

// TestHold: it is lifted only by the operator's word, and not against what this
// host's own router shows.
func TestHold(t *testing.T) {
	seen := func(ms int) ospfdView {
		return ospfdView{process: doctor.Process{RouterID: "10.0.0.1", LSAMinArrival: ms}}
	}
	for _, c := range []struct {
		name      string
		said      time.Duration
		view      ospfdView
		want      time.Duration
		disproved bool
	}{
		{"zero everywhere", 0, seen(0), 0, false},
		{"not said", time.Second, seen(0), 1100 * time.Millisecond, false},
		{"not true here", 0, seen(1000), 1100 * time.Millisecond, true},
		{"not yet read", 0, ospfdView{}, 1100 * time.Millisecond, false},
		{"does not answer", 0, ospfdView{err: errors.New("no ospfd")}, 1100 * time.Millisecond, false},
		{"slower than usual", 2 * time.Second, seen(0), 2100 * time.Millisecond, false},
		{"slower than said", time.Second, seen(5000), 5100 * time.Millisecond, true},
	} {
		if got := c.view.hold(c.said); got != c.want || c.view.disproves(c.said) != c.disproved {
			t.Errorf("%s: hold %s, want %s; disproved %t", c.name, got, c.want, c.view.disproves(c.said))
		}
	}
}

// TestFaultUnlessKnown: where records go must be known before anything starts.
func TestFaultUnlessKnown(t *testing.T) {
	if (ospfdView{}).fault(nil) == nil || (ospfdView{err: errors.New("x")}).fault(nil) == nil {
		t.Error("ready without knowing the areas")
	}
	if err := (ospfdView{areas: map[string]doctor.AreaKind{"0.0.0.0": doctor.NormalArea}}).fault(nil); err != nil {
		t.Error(err)
	}
}

// TestFaultOfMany: of more routers than fit into a message ospfd's API tells some, or none.
func TestFaultOfMany(t *testing.T) {
	view := ospfdView{areas: map[string]doctor.AreaKind{"0.0.0.0": doctor.NormalArea, "0.0.0.1": doctor.NormalArea}}
	for routers, fits := range map[int]bool{374: true, 375: false} { // and this one
		said := fmt.Sprintf(`{"areas":{"0.0.0.0":{"lsaRouterNumber":%d},"0.0.0.1":{"lsaRouterNumber":1}}}`, routers)
		if err := json.Unmarshal([]byte(said), &view.process); err != nil {
			t.Fatal(err)
		}
		if err := view.fault(nil); (err == nil) != fits {
			t.Errorf("%d routers: %v", routers, err)
		}
	}
}
