package sim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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
	at     time.Duration
}

// kind is one kind of fault, and how often it is drawn.
type kind struct {
	weight int
	draw   func(f *faults)
}

// kinds are all of them, by what they break.
var kinds = []kind{
	{5, (*faults).powerLoss},
	{2, (*faults).routerLoss},
	{4, (*faults).linkLoss},
	{2, (*faults).oneWay},
	{3, (*faults).partition},
	{2, (*faults).badLink},
	{1, (*faults).flapping},
	{1, (*faults).coldStart},

	{4, (*faults).killDaemon},
	{4, (*faults).crashDaemon},
	{3, (*faults).freezeDaemon},
	{4, (*faults).restartOSPF},
	{1, (*faults).freezeOSPF},
	{2, (*faults).standStill},
	{1, (*faults).upgrade},

	{2, (*faults).badDisk},
	{1, (*faults).badClock},

	{4, (*faults).processDies},
	{5, (*faults).badPrimitive},
	{3, (*faults).badCheck},
	{1, (*faults).lastHolder},
	{1, (*faults).badAddress},

	{5, (*faults).move},
	{3, (*faults).stopUnit},
	{3, (*faults).instanceVerb},
	{2, (*faults).drain},
	{2, (*faults).maintain},
	{1, (*faults).shutdown},
	{1, (*faults).confirm},
	{1, (*faults).reconfigure},
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
			f.at += f.upTo(3 * time.Minute)
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
	for _, k := range kinds {
		if n -= k.weight; n < 0 {
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

// a while: from an instant to minutes.
func (f *faults) aWhile() time.Duration {
	return f.upTo([]time.Duration{50 * time.Millisecond, 2 * time.Second, 20 * time.Second, 3 * time.Minute}[f.random.IntN(4)])
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

func (f *faults) powerLoss() {
	h := f.host()
	f.now("power-off %s", h)
	f.mostly(f.aWhile(), "power-on %s", h)
}

func (f *faults) routerLoss() {
	r := pick(f.random, f.routers)
	f.now("power-off %s", r)
	f.mostly(f.aWhile(), "power-on %s", r)
}

func (f *faults) linkLoss() {
	p := f.port()
	f.now("link-down %s", p)
	f.mostly(f.aWhile(), "link-up %s", p)
}

func (f *faults) oneWay() {
	p := f.port()
	f.now("%s %s", pick(f.random, []string{"deaf", "mute", "drop"}), p)
	f.mostly(f.aWhile(), "undrop %s", p)
}

func (f *faults) partition() {
	l := pick(f.random, f.links)
	if !l.lan {
		f.linkLoss()
		return
	}
	away := slices.Clone(l.members)
	f.random.Shuffle(len(away), func(i, j int) { away[i], away[j] = away[j], away[i] })
	away = away[:1+f.random.IntN(len(away)-1)]
	f.now("partition %s %s", l.name, strings.Join(away, " "))
	f.mostly(f.aWhile(), "heal %s %s", l.name, strings.Join(away, " "))
}

func (f *faults) badLink() {
	l := pick(f.random, f.links)
	f.now("quality %s delay=%dms jitter=%dms loss=%d duplicate=%d", l.name,
		1+f.random.IntN(50), 1+f.random.IntN(100), f.random.IntN(40), f.random.IntN(20))
	f.mostly(f.aWhile(), "quality %s", l.name)
}

func (f *faults) flapping() {
	p := f.port()
	for i := range 4 + f.random.IntN(20) {
		f.later(time.Duration(2*i)*100*time.Millisecond, "link-down %s", p)
		f.later(time.Duration(2*i+1)*100*time.Millisecond, "link-up %s", p)
	}
}

func (f *faults) coldStart() {
	for _, h := range f.hosts {
		f.later(f.upTo(2*time.Second), "power-off %s", h)
		f.later(2*time.Second+f.upTo(10*time.Second), "power-on %s", h)
	}
}

func (f *faults) killDaemon() {
	h := f.host()
	switch f.random.IntN(3) {
	case 0:
		f.now("kill %s srrd", h)
	case 1:
		f.now("kill %s srrd %s", h, f.aWhile().Round(time.Millisecond))
	default:
		f.now("kill %s srrd never", h)
		f.mostly(f.aWhile(), "start %s srrd", h)
	}
}

// crashDaemon lets it die between two effects of what follows.
func (f *faults) crashDaemon() {
	f.now("crash %s %d", f.host(), 1+f.random.IntN(12))
	if f.random.IntN(2) == 0 {
		f.now("power-off %s", f.host())
	} else {
		f.move()
	}
}

func (f *faults) freezeDaemon() {
	h := f.host()
	f.now("stop %s srrd", h)
	f.mostly(f.upTo(10*time.Second), "cont %s srrd", h)
}

func (f *faults) restartOSPF() {
	f.now("kill %s ospfd %s", f.host(), f.aWhile().Round(time.Millisecond))
}

func (f *faults) freezeOSPF() {
	h := f.host()
	f.now("stop %s ospfd", h)
	f.mostly(f.upTo(10*time.Second), "cont %s ospfd", h)
}

func (f *faults) standStill() {
	f.now("%s %s %s", pick(f.random, []string{"pause", "suspend"}), f.host(), f.aWhile().Round(time.Millisecond))
}

func (f *faults) upgrade() {
	for i, h := range f.hosts {
		f.later(time.Duration(i)*5*time.Second, "upgrade %s", h)
	}
}

func (f *faults) badDisk() {
	h := f.host()
	f.now("disk %s %s", h, pick(f.random, []string{"slow", "full", "hangs", "lies"}))
	f.mostly(f.aWhile(), "disk %s good", h)
}

func (f *faults) badClock() {
	h := f.host()
	if f.random.IntN(2) == 0 {
		f.now("clock %s wall=%ds", h, f.random.IntN(7200)-3600)
	} else {
		f.now("clock %s drift=%d", h, f.random.IntN(1001)-500)
	}
}

func (f *faults) processDies() {
	h, s := f.place()
	f.now("die %s %s", h, s.name)
}

func (f *faults) badPrimitive() {
	h, s := f.place()
	p := pick(f.random, []string{"start", "start", "stop", "stop", "restart", "activate", "deactivate"})
	how := []string{"fail", "hang", "recall", "slow", "cannot"}
	switch p {
	case "start":
		how = append(how, "dirty", "recalls")
	case "stop":
		how = append(how, "unverified")
	}
	b := pick(f.random, how)
	f.now("behave %s %s %s %s", h, s.name, p, b)
	f.mostly(f.aWhile(), "behave %s %s %s ok", h, s.name, p)
}

func (f *faults) badCheck() {
	h, s := f.place()
	if !s.check {
		return
	}
	how := pick(f.random, []string{"down", "unknown", "flap", "hang", "slow"})
	hosts := []string{h}
	if f.random.IntN(4) == 0 {
		hosts = s.hosts // a dependency that all share
	}
	for _, h := range hosts {
		f.now("check %s %s %s", h, s.name, how)
		f.mostly(f.aWhile(), "check %s %s up", h, s.name)
	}
}

// lastHolder takes a unit from everybody but one host, where a check fails then.
func (f *faults) lastHolder() {
	h, s := f.place()
	if !s.check {
		return
	}
	for _, o := range s.hosts {
		if o != h {
			f.now("do %s deactivate %s", o, s.name)
			f.later(3*time.Minute, "do %s activate %s", o, s.name)
		}
	}
	f.later(20*time.Second, "check %s %s down", h, s.name)
	f.later(2*time.Minute, "check %s %s up", h, s.name)
}

func (f *faults) badAddress() {
	h, s := f.place()
	f.now("address %s %s refused", h, s.name)
	f.mostly(f.aWhile(), "address %s %s ok", h, s.name)
}

func (f *faults) move() {
	h, s := f.place()
	f.now("do %s move %s %s", h, s.unit, pick(f.random, s.hosts))
	if f.random.IntN(3) == 0 {
		f.later(f.aWhile(), "do %s unmove %s", h, s.unit)
	}
}

func (f *faults) stopUnit() {
	h, s := f.place()
	f.now("do %s stop %s", h, s.unit)
	f.mostly(f.aWhile(), "do %s run %s", pick(f.random, s.hosts), s.unit)
}

func (f *faults) instanceVerb() {
	h, s := f.place()
	verb := pick(f.random, []string{"deactivate", "clear", "restart", "disable", "reload", "check"})
	f.now("do %s %s %s", h, verb, s.name)
	if verb == "disable" {
		f.mostly(f.aWhile(), "do %s enable %s", h, s.name)
	}
	if verb == "disable" || verb == "deactivate" {
		f.mostly(f.aWhile(), "do %s activate %s", h, s.name)
	}
}

func (f *faults) drain() {
	h := f.host()
	f.now("do %s drain%s", h, pick(f.random, []string{"", " --stop"}))
	f.mostly(f.aWhile(), "do %s undrain", h)
}

func (f *faults) maintain() {
	h := f.host()
	f.now("do %s maintenance on", h)
	f.mostly(f.aWhile(), "do %s maintenance off", h)
}

func (f *faults) shutdown() {
	h := f.host()
	f.now("do %s shutdown --stop", h)
	f.mostly(5*time.Second+f.aWhile(), "start %s srrd", h)
}

func (f *faults) confirm() { f.now("attend %s", f.host()) }

func (f *faults) reconfigure() {
	h, s := f.place()
	f.now("configure %s %s pref=%d", h, s.unit, 100*(1+f.random.IntN(3)))
}
