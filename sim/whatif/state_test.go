package whatif

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
)

// failsOn are the commands by which a service fails on a host, and stays so.
func failsOn(host, name string) string { return strings.Join(failing(host, name), "\n") }

// TestStates: what a cluster has been through is in the picture as far as it
// decides what comes next. If nothing happens, nothing changes.
func TestStates(t *testing.T) {
	for name, c := range map[string]struct {
		build  string
		before []string // a minute passes after each
		on     string   // who is asked
		ask    string   // "": nothing
		want   string
	}{
		"the newest claim counts": {
			build:  "service web",
			before: []string{"do n1 move web n2", "do n1 move web n1"}, on: "n3", ask: "power-off n1", want: "web: n1 -> n2",
		},
		"a move that is over stays over": {
			build:  "service web",
			before: []string{"do n2 move web n1", "power-off n1", "power-on n1"}, on: "n2",
		},
		"a move in force": {
			build:  "service web pref=n1:300,n2:200,n3:100",
			before: []string{"do n1 move web n3"}, on: "n2", ask: "unmove web", want: "web: n3 -> n1",
		},
		"held off after a failure": {
			build:  "service web pref=n1:300,n2:200 failure-timeout=20s",
			before: []string{failsOn("n1", "web"), "behave n1 web start ok\nbehave n1 web restart ok"}, on: "n2",
		},
		"failed, and fails again": {
			build: "service web on=n1", before: []string{failsOn("n1", "web")}, on: "n1",
		},
		"failed, and cleared": {
			build: "service web on=n1", before: []string{failsOn("n1", "web")}, on: "n1", ask: "clear web", want: "web:  -> n1",
		},
		"failed held": {
			build:  "service web pref=n1:300",
			before: []string{"behave n1 web stop unverified\n" + failsOn("n1", "web")}, on: "n2",
		},
		"a critical member is inactive there": {
			build:  strings.ReplaceAll(strings.TrimSpace(shop), "group=shop", "group=shop pref=n1:300,n2:200"),
			before: []string{"do n1 deactivate db"}, on: "n3",
		},
		"a critical member is inactive everywhere, and floods nothing": {
			build:  strings.ReplaceAll(strings.TrimSpace(shop), "group=shop", "group=shop pref=n1:300,n2:200"),
			before: []string{"do n1 disable db\ndo n2 disable db\ndo n3 disable db"}, on: "n3",
		},
		"stopped": {
			build: "service web", before: []string{"do n1 stop web"}, on: "n2", ask: "run web", want: "web:  -> n3",
		},
		"drained": {
			build: "service web pref=n1:300,n2:200", before: []string{"do n1 drain"}, on: "n3", ask: "do n1 undrain", want: "web: n2 -> n1",
		},
		"in maintenance": {
			build: "service web pref=n1:300,n2:200", before: []string{"do n1 maintenance on"}, on: "n3", ask: "fail web on n1", want: "",
		},
		"disabled": {
			build: "service web pref=n1:300,n2:200", before: []string{"do n1 disable web"}, on: "n1",
		},
		"nothing runs": {
			build: "service web manual", on: "n1",
		},
		"without power": {
			build: "service web pref=n1:300,n2:200", before: []string{"power-off n1"}, on: "n3", ask: "power-on n1", want: "web: n2 -> n1",
		},
		"srrd is gone for ever": {
			build: "service web pref=n1:300,n2:200", on: "n3", ask: "kill n1 srrd never", want: "web: n1 -> n2",
		},
		"srrd is gone, and a resource may run": {
			build: "service disk resource pref=n1:300,n2:200", before: []string{"kill n1 srrd never"}, on: "n2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			timers := ""
			if name == "nothing runs" {
				timers = "timers hello=10s dead=40s\n"
			}
			r := newReality(t, timers+three+c.build+"\nboot")
			for _, b := range c.before {
				r.pass(time.Minute, b)
			}
			m := r.model(c.on)
			var commands []string
			if c.ask != "" {
				var err error
				if commands, err = m.Translate(c.ask); err != nil {
					t.Fatal(err)
				}
			}
			a, err := m.newWorld(nil, false, func() bool { return false }).ask(commands, nil)
			if err != nil || len(a.Differences) > 0 || a.Restless {
				t.Fatalf("%v, %+v", err, a)
			}
			if got := moves(a); got != c.want {
				t.Errorf("%q, want %q; replies %q", got, c.want, a.Replies)
			}
		})
	}
}

// TestDesignatedDies: a LAN with a second router notices nothing, whichever of the
// two is designated.
func TestDesignatedDies(t *testing.T) {
	r := newReality(t, "router r1 r2\nhost n1 n2\nlan lan1 r1 r2 n1 n2\nlink core r1 r2\nservice web check\nboot")
	r.pass(time.Minute, "power-off r2") // which was designated
	r.pass(time.Minute, "power-on r2")
	first := r.Net.Router("r1").ID
	m := r.model("n1")
	w := m.newWorld(nil, false, func() bool { return false })
	if err := w.begin(); err != nil {
		t.Fatal(err)
	}
	for e := range w.Host("n1").Router.Database().Of(lsdb.Where{}, packet.TypeNetwork) {
		if e.Key.AdvRouter != first {
			t.Errorf("%s is designated, and %s is in the picture", e.Key.AdvRouter, first)
		}
	}
	a := r.ask("n1", "power-off "+first.String())
	if len(a.Units) > 0 || slices.ContainsFunc(a.Events, func(e Event) bool { return e.Service != "" }) {
		t.Errorf("%+v %+v", a.Units, a.Events)
	}
}

// TestConcerned: the death of a router is tried on one unit of each node, that of a
// node that nothing passes through on its own units alone.
func TestConcerned(t *testing.T) {
	r := newReality(t, three+"service a pref=n1:300\nservice b pref=n1:300\nservice c pref=n3:300\nboot")
	for _, f := range r.model("n1").failures() {
		var units []string
		for u := range f.units {
			units = append(units, u.Name)
		}
		slices.Sort(units)
		want, known := map[string]string{
			"power-off n1": "a b small", "power-off n2": "small", "power-off n3": "c small",
			"power-off 10.0.255.2": "a c", "link-down 11.0.1.0/24": "a c", "fail b on n1": "b small",
		}[f.line]
		if got := strings.TrimSpace(strings.Join(units, " ") + map[bool]string{true: " small"}[f.small]); known && got != want {
			t.Errorf("%s concerns %q, want %q", f.line, got, want)
		}
	}
}

// TestFastTimers: with OSPF's fastest timers, where LSAs follow each other within
// MinLSArrival, the network is up before anybody joins, whatever is drawn.
func TestFastTimers(t *testing.T) {
	r := newReality(t, `timers hello=100ms dead=1s bfd=60ms retransmit=1s
router r1 r2 r3
host n1 n2 n3
lan a r1 r2 n1 n2
lan a2 r1 r2 n1
lan b r1 r2 n3
lan c r1 r2 r3
service disk resource group=shop pref=n3:200 critical
service web group=shop pref=n3:200 critical check deps=disk
boot`)
	for _, arrival := range []time.Duration{0, -1} {
		p := r.picture("n1")
		p.Timers.LSInterval, p.Timers.LSArrival = 0, arrival
		for seed := range uint64(60) {
			m, err := New(p)
			if err != nil {
				t.Fatal(err)
			}
			m.seed = seed
			w := m.newWorld(nil, false, func() bool { return false })
			for _, x := range w.Network().Routers() {
				x.Start()
			}
			if err := w.converge(); err != nil || !w.converged() {
				t.Errorf("seed %d: the network is not up: %v", seed, err)
			}
			a, err := m.Ask("power-off n3", func() bool { return false })
			if err != nil || len(a.Differences) > 0 || moves(a) != "shop: n3 -> n2" {
				t.Errorf("seed %d: %v %q %q", seed, err, a.Differences, moves(a))
			}
		}
	}
}

// TestRoom: a cluster for which there is no memory is refused before it takes any.
func TestRoom(t *testing.T) {
	r := newReality(t, three+"service web pref=n1:300\nboot")
	p := r.picture("n1")
	for k := range 50_000 {
		spec := *p.Own[0].Spec
		spec.Name = fmt.Sprintf("s%d", k)
		own := p.Own[0]
		own.Spec = &spec
		p.Own = append(p.Own, own)
	}
	m, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	var word *WordError
	if _, err := m.Ask("power-off n1", func() bool { return false }); !errors.As(err, &word) || !strings.Contains(word.Text, "no room") {
		t.Error(err)
	}
}
