package node_test

import (
	"strings"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// TestGuessedOutranksNobody: of a node that only starts a group, with a newer claim as it
// took this one for silent, one record is flushed by somebody (c33l). That its part in the
// group is unknown does not make it the holder, so what runs here goes on.
func TestGuessedOutranksNobody(t *testing.T) {
	var out strings.Builder
	w := newWorld(&out)
	for _, line := range []string{"hosts n1 n2", "service disk resource group=shop critical", "service web group=shop critical deps=disk", "service log group=shop", "boot", "run 15s"} {
		w.command(line)
	}
	other, here := w.hosts["n1"], w.hosts["n2"]
	told := map[string]discovery.Record{}
	for _, r := range other.core.Output().Records {
		if r.Instance != nil {
			b := *r.Instance
			b.State, b.Claim = service.Starting, 99
			r.Instance, r.Version.Counter = &b, r.Version.Counter+1000
			told[b.Service] = r
			here.step(seen(r))
		}
	}
	runs := func() bool {
		s, _ := here.core.State("web")
		return s == service.Started
	}
	if !runs() {
		t.Fatalf("before anything is unknown:\n%s", &out)
	}
	here.step(gone(told["log"]))
	w.run(5 * time.Second)
	if !runs() {
		t.Errorf("it gave way to a guess:\n%s", &out)
	}
}
