package property

import (
	"math/rand/v2"
	"testing"
	"time"

	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/script"
)

// small is a cluster of three hosts at one router that has run for a minute.
func small(t *testing.T, more ...string) (*script.World, *Watch) {
	t.Helper()
	watch := New()
	w := script.New(1, watch.See)
	watch.Begin(w)
	lines := []string{
		"router r1", "host n1 n2 n3", "lan lan1 r1 n1 n2 n3",
		"service web pref=n1:200,n2:100,n3:100", "service db resource", "boot",
	}
	var steps []script.Step
	for _, l := range append(lines, more...) {
		steps = append(steps, script.Step{Text: l})
	}
	if err := w.Run(steps, time.Minute, watch.Failed); err != nil {
		t.Fatal(err)
	}
	if watch.Failed() {
		t.Fatal(watch.Violations[0])
	}
	return w, watch
}

// TestChoice: the same facts in other orders are ranked alike, and other facts are not.
func TestChoice(t *testing.T) {
	w, watch := small(t)
	h := w.Host("n1")
	facts := watch.counted(h)
	if len(facts) != 7 { // node, web and db of two others, and whom it reaches
		t.Fatalf("%d facts", len(facts))
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		if text := differ(h.Services(), facts, shuffled(random, facts)); text != "" {
			t.Error(text)
		}
	}
	for i := range facts {
		less := append(append([]node.Input{}, facts[:i]...), facts[i+1:]...)
		if differ(h.Services(), facts, less) == "" {
			t.Errorf("without %v all is ranked as before", facts[i])
		}
	}
}

// TestCarousel: what is tried with the pauses of the last resort is no carousel; what is
// tried more often is, until something happens.
func TestCarousel(t *testing.T) {
	w, watch := small(t)
	h := w.Host("n2")
	began := w.Queue.Now()
	try := func(after time.Duration, recall bool) bool {
		watch.Violations = nil
		call := node.Call{Primitive: service.Start}
		e := host.Effect{At: began + after, Host: h, Kind: host.CallBegan, Service: "web", Call: call}
		p := watch.find("S16")
		text := p.see(&e)
		e.Kind = host.CallEnded
		if e.Result.Outcome = service.Failure; recall {
			e.Result.Outcome = service.NotFinished
		}
		p.see(&e)
		return text == ""
	}
	for _, s := range []time.Duration{0, 5, 15, 35, 75, 155, 315, 615, 915} {
		if !try(s*time.Second, false) {
			t.Errorf("a try after %d s is too much", s)
		}
	}
	watch.find("S16").(*carousel).cause = -1
	for k, fine := range []bool{true, true, false, false} {
		if got := try(time.Duration(k)*time.Second, false); got != fine {
			t.Errorf("try %d in as many seconds: fine %v", k, got)
		}
	}
	watch.find("S16").(*carousel).cause = -1
	for k := range 10 {
		if !try(time.Duration(k)*time.Second, true) {
			t.Errorf("it asked to be called again, and call %d is too much", k)
		}
	}
}

func (w *Watch) find(name string) safety {
	for _, p := range w.properties {
		if p.name[:len(name)] == name {
			return p.safety
		}
	}
	return nil
}
