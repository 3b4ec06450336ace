package sim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"srr/sim/script"
)

// faults makes a schedule. It does not look at the run: a fault at a moment when
// nothing can come of it does nothing, so that a schedule stays what it is when
// a part of it is taken away.
type faults struct {
	*cluster
	random *rand.Rand
	steps  []script.Step
	drawn  []drawn
	at     time.Duration
}

// drawn is when a fault of a kind begins.
type drawn struct {
	at   time.Duration
	kind int // of kinds
}

// kind is one kind of fault, and how often it is drawn.
type kind struct {
	name   string
	weight int
	draw   func(f *faults)
}

// kinds are all of them, by what they break.
var kinds = []kind{
	{"power loss", 5, (*faults).powerLoss},
	{"router loss", 2, (*faults).routerLoss},
	{"link loss", 4, (*faults).linkLoss},
	{"one way", 2, (*faults).oneWay},
	{"partition", 3, (*faults).partition},
	{"bad link", 2, (*faults).badLink},
	{"flapping", 1, (*faults).flapping},
	{"cold start", 1, (*faults).coldStart},
	{"swizzle", 1, (*faults).swizzle},
	{"purge", 1, (*faults).purge},
	{"last number", 1, (*faults).lastNumber},

	{"kill daemon", 4, (*faults).killDaemon},
	{"crash daemon", 4, (*faults).crashDaemon},
	{"freeze daemon", 3, (*faults).freezeDaemon},
	{"restart ospf", 4, (*faults).restartOSPF},
	{"freeze ospf", 1, (*faults).freezeOSPF},
	{"stand still", 2, (*faults).standStill},
	{"upgrade", 1, (*faults).upgrade},
	{"crash loop", 1, (*faults).crashLoop},

	{"bad disk", 2, (*faults).badDisk},
	{"without disk", 1, (*faults).withoutDisk},
	{"bad clock", 1, (*faults).badClock},

	{"process dies", 4, (*faults).processDies},
	{"bad primitive", 5, (*faults).badPrimitive},
	{"bad check", 3, (*faults).badCheck},
	{"last holder", 1, (*faults).lastHolder},
	{"bad address", 1, (*faults).badAddress},

	{"move", 5, (*faults).move},
	{"stop unit", 3, (*faults).stopUnit},
	{"instance verb", 3, (*faults).instanceVerb},
	{"drain", 2, (*faults).drain},
	{"maintain", 2, (*faults).maintain},
	{"shutdown", 1, (*faults).shutdown},
	{"confirm", 1, (*faults).confirm},
	{"reconfigure", 1, (*faults).reconfigure},
}

var allKinds = func() (sum int) {
	for _, k := range kinds {
		sum += k.weight
	}
	return sum
}()

// schedule draws faults: mostly some seconds apart, in clusters with pauses
// between them, so that some meet a cluster at rest and some the next one.
func (f *faults) schedule() []script.Step {
	f.at = settleFor
	for f.at < settleFor+faultsFor {
		f.draw()
		switch f.random.IntN(4) {
		case 0:
			f.at += f.upTo(300 * time.Millisecond)
		case 1, 2:
			f.at += f.upTo(20 * time.Second)
		default:
			f.at += f.upTo(12 * time.Minute)
		}
	}
	slices.SortStableFunc(f.steps, func(a, b script.Step) int { return cmp.Compare(a.At, b.At) })
	end := slices.IndexFunc(f.steps, func(s script.Step) bool { return s.At >= settleFor+faultsFor })
	if end >= 0 {
		f.steps = f.steps[:end]
	}
	return f.steps
}

func (f *faults) draw() {
	n := f.random.IntN(allKinds)
	for i, k := range kinds {
		if n -= k.weight; n < 0 {
			f.drawn = append(f.drawn, drawn{f.at, i})
			k.draw(f)
			return
		}
	}
}

// now, and later, add a command.
func (f *faults) now(format string, args ...any) { f.later(0, format, args...) }

func (f *faults) later(after time.Duration, format string, args ...any) {
	f.steps = append(f.steps, script.Step{At: (f.at + after).Round(time.Microsecond), Text: fmt.Sprintf(format, args...)})
}

// mostly adds a command that undoes a fault, in nine of ten cases.
func (f *faults) mostly(after time.Duration, format string, args ...any) {
	if f.random.IntN(10) > 0 {
		f.later(after, format, args...)
	}
}

func (f *faults) upTo(d time.Duration) time.Duration { return time.Duration(f.random.Int64N(int64(d))) }

// a while: from an instant to minutes. What comes back by itself does so before the
// operators look for the last time (Plan.repair).
func (f *faults) aWhile() time.Duration {
	d := f.upTo([]time.Duration{50 * time.Millisecond, 2 * time.Second, 20 * time.Second, 3 * time.Minute}[f.random.IntN(4)])
	return min(d, settleFor+faultsFor+30*time.Second-f.at)
}

func pick[T any](r *rand.Rand, s []T) T { return s[r.IntN(len(s))] }

func (f *faults) host() string        { return pick(f.random, f.hosts) }
func (f *faults) service() definition { return pick(f.random, f.services) }

// place is a service and one of its hosts.
func (f *faults) place() (host string, d definition) {
	d = f.service()
	return pick(f.random, d.hosts), d
}

// port is a link and one of its members.
func (f *faults) port() string {
	l := pick(f.random, f.links)
	return pick(f.random, l.members) + " " + l.name
}
