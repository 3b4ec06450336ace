package node_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestHighestNumbers: what others said, or an older version kept, leads to no number
// that no record may say, and to no command that is undone.
func TestHighestNumbers(t *testing.T) {
	for name, c := range map[string]struct {
		saved   uint64
		refused bool
		claim   uint64
	}{
		"an ordinary one":      {saved: 7, claim: 8},
		"the highest":          {saved: discovery.MaxNumber, refused: true, claim: discovery.MaxNumber},
		"one that none may be": {saved: math.MaxUint64, claim: 1},
	} {
		at := node.Now{Boot: time.Hour, Wall: wallStart}
		web := service.Unit{Name: "web"}
		spec := testSpec("web")
		spec.Primitives = [service.NumPrimitives]bool{}
		n := node.New(at, node.Options{
			Cluster: "test", Name: "n1", RouterID: 0x0a000001, StartCutOff: true, Services: []service.Spec{spec},
			Saved: map[string]node.Saved{"unit/service/web": {
				Unit: web, Claim: c.saved, Intent: discovery.Intent{Kind: discovery.IntentRun, Version: discovery.IntentVersion{Counter: c.saved}},
			}},
		})
		n.Step(at, node.Medium{Event: discovery.Up{}}, node.Medium{Event: discovery.Links{Full: []routerid.ID{1}}})
		for range 100 {
			at.Boot += time.Second
			n.Step(at, node.Tick{})
			for _, r := range n.Output().Records {
				n.Step(at, seen(r))
			}
		}
		_, err := n.Command(at, node.Command{Verb: node.Stop, Subject: "web", Unit: web, Author: "op"})
		if errors.Is(err, node.ErrRefused) != c.refused {
			t.Errorf("%s: stop answers %v", name, err)
		}
		if stopped := n.Intents()[web].Kind == discovery.IntentStopped; stopped == c.refused {
			t.Errorf("%s: stop is kept: %v", name, stopped)
		}
		for _, r := range n.Output().Records {
			if _, err := discovery.Encode("test", r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if r.Instance != nil && r.Instance.Claim != c.claim {
				t.Errorf("%s: claim %d, want %d", name, r.Instance.Claim, c.claim)
			}
		}
	}
}
