package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"srr/sim/script"
)

// Plan is everything that a seed stands for, as a script: the cluster, its
// faults, and the repair after which it must come to rest.
type Plan struct {
	Seed   uint64
	Build  []string
	Faults []script.Step
	Repair []script.Step
	End    time.Duration // of the run
	Core   []string      // hosts that are repaired, and must carry everything
	drawn  []drawn       // what Faults are
}

// The phases of a run: half an hour, and the acts after it.
const (
	settleFor  = 90 * time.Second // before the first fault
	faultsFor  = 22*time.Minute + 30*time.Second
	repairFor  = 4 * time.Minute // operators tidy up
	calmFor    = 2 * time.Minute // nothing may happen any more
	calmBefore = settleFor + faultsFor + repairFor
)

// NewPlan makes the plan of a seed. Each part draws from a stream of its own, so
// that a change of one does not change the others.
func NewPlan(seed uint64) *Plan {
	p := &Plan{Seed: seed}
	c := newCluster(seed)
	p.Build = c.lines
	f := &faults{cluster: c, random: script.Stream(seed, "faults")}
	p.Faults, p.drawn = f.schedule(), f.drawn
	p.repair(c, script.Stream(seed, "repair"))
	p.End = calmBefore + calmFor
	return p
}

// String is the whole plan as a script.
func (p *Plan) String() string {
	var b strings.Builder
	for _, l := range p.Build {
		fmt.Fprintln(&b, l)
	}
	for _, s := range p.Faults {
		fmt.Fprintln(&b, s)
	}
	fmt.Fprintln(&b, "# repair")
	for _, s := range p.Repair {
		fmt.Fprintln(&b, s)
	}
	return b.String()
}

// repair heals a core of hosts and all of the network, for ever. What is broken
// outside of it stays so.
func (p *Plan) repair(c *cluster, r *rand.Rand) {
	core := slices.Clone(c.hosts)
	r.Shuffle(len(core), func(i, j int) { core[i], core[j] = core[j], core[i] })
	n := len(core)
	if r.IntN(3) == 0 {
		n = 1 + r.IntN(n)
	}
	core = core[:n]
	slices.Sort(core)
	p.Core = core
	at := settleFor + faultsFor
	say := func(format string, args ...any) {
		p.Repair = append(p.Repair, script.Step{At: at, Text: fmt.Sprintf(format, args...)})
	}
	for _, l := range c.links {
		say("quality %s", l.name)
	}
	for _, name := range c.routers {
		say("mend %s", name)
	}
	for _, h := range core {
		say("mend %s", h)
	}
	if at += 40 * time.Second; c.slow {
		at += time.Minute // until everybody has been heard again
	}
	for _, h := range core {
		say("start %s srrd", h) // it was shutting down when it was mended
		say("do %s undrain", h)
		say("do %s maintenance off", h)
		for _, s := range c.services {
			if s.runsOn(h) {
				say("do %s enable %s", h, s.name)
				say("do %s activate %s", h, s.name)
			}
		}
	}
	for _, u := range c.units() {
		if h := c.anyOf(u, core); h != "" {
			say("do %s run %s", h, u)
		}
	}
	for range 3 {
		at += 20 * time.Second
		for _, h := range core {
			say("attend %s", h)
		}
		for _, h := range core {
			for _, s := range c.services {
				if s.runsOn(h) {
					say("do %s activate %s", h, s.name)
					say("do %s clear %s", h, s.name)
				}
			}
		}
	}
}
