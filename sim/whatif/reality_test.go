package whatif

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"srr/sim/host"
	"srr/sim/script"
)

// reality is a simulated cluster that stands for a real one: what is asked about
// it can be tried on it.
type reality struct {
	testing.TB
	*script.World
}

// newReality builds a cluster from a script, and lets it run for a while.
func newReality(t testing.TB, text string) *reality {
	t.Helper()
	r := &reality{TB: t, World: script.New(7, func(*host.Effect) {})}
	if timers, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(timers, "timers") {
		r.pass(0, timers)
		text = rest
	}
	r.Network().ElectBackups() // as real networks do
	r.pass(0, text)
	r.pass(2*time.Minute, "")
	return r
}

// pass carries out commands, and lets time pass.
func (r *reality) pass(d time.Duration, text string) {
	r.Helper()
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if err := r.Do(line); err != nil {
			r.Fatal(err)
		}
	}
	if err := r.World.Run(nil, r.Queue.Now()+d, func() bool { return false }); err != nil {
		r.Fatal(err)
	}
}

// picture is what the daemon on a host would hand over.
func (r *reality) picture(on string) *Picture {
	h := r.Host(on)
	p := &Picture{
		Cluster: "sim", RouterID: h.ID, Name: on, At: h.Wall(), Database: h.Router.Database().Clone(),
		DatabaseAt: r.Queue.Now(), Timers: r.Timers,
	}
	p.See(h.Core())
	return p
}

func (r *reality) model(on string) *Model {
	r.Helper()
	m, err := New(r.picture(on))
	if err != nil {
		r.Fatal(err)
	}
	return m
}

func (r *reality) ask(on, line string) *Answer {
	r.Helper()
	a, err := r.model(on).Ask(line, func() bool { return false })
	if err != nil {
		r.Fatal(err)
	}
	if len(a.Differences) > 0 || a.Restless {
		r.Fatalf("the simulated cluster is another one: %q, restless %v", a.Differences, a.Restless)
	}
	return a
}

// moves says what an answer changes: "web: n1 -> n2".
func moves(a *Answer) string {
	var out []string
	for _, c := range a.Units {
		out = append(out, fmt.Sprintf("%s: %s -> %s", c.Unit.Name, strings.Join(c.Before, "+"), strings.Join(c.After, "+")))
	}
	return strings.Join(out, ", ")
}
