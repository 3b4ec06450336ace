// Package property holds what must be true of every run: one file per property of
// docs/testing.md, The simulator. A property looks at what is true on the
// machines and in the network, never at what a daemon says of itself, but where
// that is the point.
package property

import (
	"fmt"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/script"
)

// Violation is a property that did not hold.
type Violation struct {
	At       time.Duration
	Property string
	Text     string
}

func (v Violation) String() string {
	return fmt.Sprintf("%s at %.6f: %s", v.Property, v.At.Seconds(), v.Text)
}

// safety is a property that is checked with everything that happens.
type safety interface {
	// see returns what is wrong, "" if nothing is.
	see(e *host.Effect) string
}

// named is a safety property with its name.
type named struct {
	name string
	safety
}

// Watch checks every safety property of a run.
type Watch struct {
	world      *script.World
	properties []named
	calm       *calm
	victim     *host.Host // of the takeover
	partners   *partners
	Violations []Violation
	Effects    uint64 // seen
}

// New returns a watch. Its world is set before anything happens.
func New() *Watch { return &Watch{} }

// Begin makes the properties for a world.
func (w *Watch) Begin(world *script.World) {
	w.world = world
	t := newTruth(world)
	w.partners = &partners{map[partner]bool{}}
	w.properties = []named{
		{"truth", t}, // first: the others ask it
		{"R1 adoption", &adoption{map[*host.Host]map[string]time.Duration{}}},
		{"R2 released is gone", &released{t}},
		{"R4 nothing starts alone", &alone{t}},
		{"R4 joins first", &joining{t}},
		{"R4 partners", w.partners},
		{"S6 no start while another node holds it", &noDoubleStart{t}},
		{"S6 no start without the record of who holds it", &noStartWithoutRecord{t}},
		{"S7 current records", &current{map[*host.Host]map[discovery.Key]discovery.Version{}}},
		{"S8 silence is not release", &silence{t, map[*host.Host]map[string]promise{}}},
		{"S10 order", &order{t: t, died: map[process]time.Duration{}}},
		{"S14 fail static", &failStatic{t, map[*host.Host]map[string]time.Duration{}}},
		{"S16 carousel", &carousel{truth: t, starts: map[attempt]tally{}, recalls: map[attempt]bool{}}},
		{"S18 legal transitions", &legal{last: map[*host.Host]map[string]service.State{}}},
		{"S21 no panic", &noPanic{}},
		{"S22 maintenance", &maintenance{t, map[*host.Host]bool{}}},
	}
	w.choices()
}

// See checks one thing that happened.
func (w *Watch) See(e *host.Effect) {
	w.Effects++
	for _, p := range w.properties {
		if text := p.see(e); text != "" {
			w.Fail(e.At, p.name, text)
		}
	}
}

// Fail notes a violation.
func (w *Watch) Fail(at time.Duration, property, text string) {
	w.Violations = append(w.Violations, Violation{at, property, text})
}

// Failed reports whether anything was violated.
func (w *Watch) Failed() bool { return len(w.Violations) > 0 }
