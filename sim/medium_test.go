package sim

import (
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/script"
)

const twoHosts = `
router r1
host n1 n2
lan lan1 r1 n1 n2
service web pref=n1:200,n2:100
boot
`

// watchMedium runs a script, and returns the times at which the medium of n1 was
// up, and not, as far as its core knew.
func watchMedium(t *testing.T, text string, end time.Duration) (changes []time.Duration) {
	t.Helper()
	steps, err := script.ParseSteps(text)
	if err != nil {
		t.Fatal(err)
	}
	w := script.New(0, func(*host.Effect) {})
	was := false
	err = w.Run(steps, end, func() bool {
		h := w.Host("n1")
		if h == nil || h.Core() == nil {
			return false
		}
		if up, _, _ := h.Core().MediumUp(); up != was {
			was = up
			changes = append(changes, w.Queue.Now())
		}
		return false
	})
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// TestFrozenOspfdIsNoticed: nobody says that ospfd stands still, but it answers no
// ping. It is lost within the time of one ping and one time-out, and found again.
func TestFrozenOspfdIsNoticed(t *testing.T) {
	at := watchMedium(t, twoHosts+"@60s stop n1 ospfd\n@80s cont n1 ospfd", 2*time.Minute)
	if len(at) != 3 {
		t.Fatalf("the medium changed at %s", at)
	}
	if lost := at[1] - time.Minute; lost < 3*time.Second || lost > 4*time.Second+50*time.Millisecond {
		t.Errorf("lost after %s", lost)
	}
	if back := at[2] - 80*time.Second; back < 0 || back > 5*time.Second {
		t.Errorf("up again after %s", back)
	}
}

// TestKilledOspfdIsNoticed: the connection ends with it, and is there again as soon
// as it is.
func TestKilledOspfdIsNoticed(t *testing.T) {
	at := watchMedium(t, twoHosts+"@60s kill n1 ospfd 10s", 2*time.Minute)
	if len(at) != 3 {
		t.Fatalf("the medium changed at %s", at)
	}
	if lost := at[1] - time.Minute; lost > 10*time.Millisecond {
		t.Errorf("lost after %s", lost)
	}
	if back := at[2] - 70*time.Second; back < 0 || back > 250*time.Millisecond {
		t.Errorf("up again after %s", back)
	}
}

// TestSRRDReplacedWhileOspfdIsFrozen: the flush of what the dead one said comes when
// ospfd goes on, and does not hit what its successor says.
func TestSRRDReplacedWhileOspfdIsFrozen(t *testing.T) {
	out := replay(t, twoHosts+`
@60s stop n1 ospfd
@61s kill n1 srrd 1s
@63s cont n1 ospfd
`)
	if strings.Contains(out, "panic") {
		t.Errorf("%s", out)
	}
}

// TestEveryScopeIsFlooded: there is one area, and no link of its own, but what-if is
// asked about services of every scope (lab/cluster, "tool").
func TestEveryScopeIsFlooded(t *testing.T) {
	w := script.New(0, func(e *host.Effect) {
		if e.Kind == host.Broken {
			t.Fatal(e)
		}
	})
	net := w.Network()
	r := net.AddRouter("r1", 1000, false)
	n := net.AddRouter("n1", 1, true)
	net.AddLink("lan1", true, r, n)
	c := host.Config{Name: "n1", AloneAfter: time.Minute}
	for name, scope := range map[string]service.Scope{
		"any": {}, "as": {Kind: service.ScopeAS}, "area": {Kind: service.ScopeArea, Area: 7}, "link": {Kind: service.ScopeLink, Link: "eth0"},
	} {
		c.Services = append(c.Services, service.Spec{Name: name, Scope: scope, Preference: 100, DeadAfter: 7 * time.Second})
	}
	slices.SortFunc(c.Services, func(a, b service.Spec) int { return strings.Compare(a.Name, b.Name) })
	h := w.Attach(c, n)
	r.Start()
	h.PowerOn()
	w.Queue.Run(30*time.Second, func() bool { return false })
	for _, s := range c.Services {
		if state, _ := h.Core().State(s.Name); state != service.Started {
			t.Errorf("scope %s: %s", s.Name, state)
		}
	}
	flooded := 0
	for e := range w.Records(h, h.ID) {
		if !e.MaxAge(w.Queue.Now()) {
			flooded++
		}
	}
	if flooded != len(c.Services)+1 {
		t.Errorf("%d records are flooded, want those of the node and its services", flooded)
	}
}
