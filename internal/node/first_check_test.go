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

// TestChecksBeginAnew: what is being restarted in place is not checked, so that nothing
// that was counted before counts afterwards; then it is asked as after a start.
func TestChecksBeginAnew(t *testing.T) {
	w := newWorld(&strings.Builder{})
	h := w.addHost("n1")
	w.service("web", []string{"check"})
	h.boot()
	w.run(5 * time.Second)
	h.step(node.Checked{Service: "web", Health: service.Up, Last: service.Up})
	if c := h.core.Output().Checks["web"]; c.Every != 0 {
		t.Fatalf("it is up, and asked every %s", c.Every)
	}
	h.step(node.Died{Service: "web"})
	if c, ok := h.core.Output().Checks["web"]; ok {
		t.Errorf("it is checked while it is restarted: %+v", c)
	}
	w.run(time.Second)
	if c := h.core.Output().Checks["web"]; c.Every == 0 || !h.routes["web"].Announced {
		t.Errorf("after the restart it is asked %+v, announced %v", c, h.routes["web"].Announced)
	}
}
