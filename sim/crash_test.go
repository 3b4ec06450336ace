package sim

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"srr/sim/script"
)

var crashPoints = flag.Int("crash-points", 3, "of each transition, how many to crash at; make sim has all")

// small is a cluster in which each kind of service and of dependency is there once.
func small() *cluster {
	c := &cluster{hosts: []string{"n1", "n2", "n3"}, routers: []string{"r1", "r2"}}
	c.links = []link{{"lan1", true, []string{"r1", "n1", "n2"}}, {"lan2", true, []string{"r2", "n3"}}, {"core", false, []string{"r1", "r2"}}}
	c.say("router r1 r2")
	c.say("host n1 n2 n3")
	for _, l := range c.links {
		kind := "link"
		if l.lan {
			kind = "lan"
		}
		c.say("%s %s %s", kind, l.name, strings.Join(l.members, " "))
	}
	const pref = " pref=n1:300,n2:200,n3:100"
	c.add(definition{name: "disk", unit: "store", hosts: c.hosts, resource: true}, " resource critical group=store", pref)
	c.add(definition{name: "files", unit: "store", hosts: c.hosts, check: true}, " check joins critical group=store deps=disk", pref)
	c.add(definition{name: "index", unit: "store", hosts: c.hosts}, " group=store deps=disk", pref)
	c.add(definition{name: "web", unit: "web", hosts: c.hosts, check: true}, " verified check", pref)
	c.add(definition{name: "vip", unit: "vip", hosts: c.hosts}, " address-only", pref)
	c.say("boot")
	return c
}

// TestCrashAtEveryStep: whatever a transition is, srrd may die before each of its
// effects on the world (what is saved, addresses, records, calls), with its disk and
// without, and every property holds.
func TestCrashAtEveryStep(t *testing.T) {
	for _, transition := range []string{
		"start n1 srrd", // after kill n1 srrd never
		"power-on n1",   // after power-off n1
		"do n1 move store n2",
		"do n2 move store n2",
		"do n1 stop store",
		"do n1 restart web",
		"do n1 deactivate web",
		"do n1 disable vip",
		"do n1 drain",
		"do n1 shutdown --stop",
		"do n1 detach",
		"die n1 files",
		"die n1 disk",
		"check n1 web down",
		"behave n1 files restart fail; die n1 files",
		"behave n1 disk stop unverified; do n1 stop store",
		"behave n1 web stop hang; do n1 move web n3",
		"power-off n2",
		"kill n1 ospfd 3s",
		"link-down n1 lan1; link-up n1 lan1",
		"configure n1 web pref=50",
		"do n1 stop store; wait 10s; do n1 run store",
		"do n2 move store n2; wait 10s; do n2 unmove store",
		"do n1 deactivate web; wait 10s; do n1 activate web",
		"behave n1 web activate fail; do n1 deactivate web; wait 10s; do n1 activate web",
		"do n1 disable vip; wait 10s; do n1 enable vip",
		"check n1 web down; wait 30s; do n1 clear web",
		"behave n1 disk stop unverified; do n1 stop store; wait 60s; do n2 confirm-stopped disk n1",
		"do n1 drain; wait 10s; do n1 undrain",
		"do n1 maintenance on; die n1 web; wait 5s; do n1 maintenance off",
	} {
		t.Run(transition, func(t *testing.T) {
			t.Parallel()
			points, crashed := 0, true
			for k := 1; crashed && k <= *crashPoints; k++ {
				crashed = false
				for _, wiped := range []bool{false, true} {
					p, trace := crashing(transition, k, wiped), &strings.Builder{}
					if r := Run(t.Context(), p, trace); r.Failed() {
						t.Fatalf("with a crash before effect %d: %s\n%s", k, r.First(), p)
					}
					crashed = crashed || strings.Contains(trace.String(), "crashed between two effects")
				}
				if crashed {
					points++
				}
			}
			if t.Logf("%d points", points); points == 0 {
				t.Error("there is nothing to crash at")
			}
		})
	}
}

// crashing is a plan in which srrd on n1 dies before its k-th effect from a transition on.
func crashing(transition string, k int, wiped bool) *Plan {
	c := small()
	p := &Plan{Seed: uint64(k), Build: c.lines, End: calmBefore + calmFor}
	at := settleFor + 30*time.Second
	say := func(format string, args ...any) {
		p.Faults = append(p.Faults, script.Step{At: at, Text: fmt.Sprintf(format, args...)})
	}
	switch transition {
	case "start n1 srrd":
		say("kill n1 srrd never")
		at += 3 * time.Second
	case "power-on n1":
		say("power-off n1")
		at += time.Minute
	}
	for i, text := range strings.Split(transition, "; ") {
		if d, err := time.ParseDuration(strings.TrimPrefix(text, "wait ")); err == nil {
			at += d
			continue
		}
		if i == strings.Count(transition, "; ") && !strings.HasPrefix(text, "start") && !strings.HasPrefix(text, "power-on") {
			say("crash n1 %d", k)
		}
		say("%s", text)
		if strings.HasPrefix(text, "start") || strings.HasPrefix(text, "power-on") {
			say("crash n1 %d", k)
		}
	}
	if wiped {
		at += 20 * time.Millisecond
		say("wipe n1")
	}
	p.repair(c, script.Stream(0, "repair"))
	return p
}
