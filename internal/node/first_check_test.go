package node_test

import (
	"strings"
	"testing"
	"time"

	"srr/internal/node"
	"srr/internal/service"
)

// TestFirstChecks: a service whose first checks say down is not announced, not even
// while they are too few to count (fall: 2), and it is asked often enough that its
// first success is noticed within 100 ms, however long that takes.
func TestFirstChecks(t *testing.T) {
	w := newWorld(&strings.Builder{})
	h := w.addHost("n1")
	w.service("web", []string{"check"})
	h.boot()
	w.run(5 * time.Second)
	if s, _ := h.core.State("web"); s != service.Started {
		t.Fatalf("it is %s", s)
	}
	say := func(health, last service.Health) {
		h.step(node.Checked{Service: "web", Health: health, Last: last, Text: "probe"})
	}
	say(service.Unknown, service.Down) // 1 of 2
	for passed := time.Duration(0); passed < 2500*time.Millisecond; {
		every := h.core.Output().Checks["web"].Every
		if every == 0 || every > 100*time.Millisecond {
			t.Fatalf("after %s it is asked every %s", passed, every)
		}
		w.run(every)
		passed += every
		if say(service.Down, service.Down); h.routes["web"].Announced {
			t.Fatalf("announced after %s, and no check said up", passed)
		}
	}
	if say(service.Up, service.Up); !h.routes["web"].Announced || h.core.Output().Checks["web"].Every != 0 {
		t.Errorf("up, and it is %+v", h.routes["web"])
	}
}
