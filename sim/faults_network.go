package sim

import (
	"slices"
	"strings"
	"time"
)

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

// swizzle cuts some links one by one, and gives them back in another order.
func (f *faults) swizzle() {
	links := slices.Clone(f.links)
	f.random.Shuffle(len(links), func(i, j int) { links[i], links[j] = links[j], links[i] })
	var ports []string
	at := time.Duration(0)
	for _, l := range links[:min(len(links), 2+f.random.IntN(5))] {
		ports = append(ports, pick(f.random, l.members)+" "+l.name)
		f.later(at, "link-down %s", ports[len(ports)-1])
		at += f.upTo(10 * time.Second)
	}
	f.random.Shuffle(len(ports), func(i, j int) { ports[i], ports[j] = ports[j], ports[i] })
	for _, p := range ports {
		f.later(at, "link-up %s", p)
		at += f.upTo(10 * time.Second)
	}
}

func (f *faults) purge() { f.now("purge %s %s", f.host(), pick(f.random, f.routers)) }

// lastNumber: the router LSA of somebody begins its sequence numbers anew, for which it
// must leave every database: a minute in which nobody has a path to it.
func (f *faults) lastNumber() {
	const takes = 90 * time.Second
	if f.at+takes < settleFor+faultsFor {
		f.now("exhaust %s", pick(f.random, slices.Concat(f.hosts, f.routers)))
	}
}
