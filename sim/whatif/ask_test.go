package whatif

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/script"
)

// three hosts behind two routers.
const three = `router r1 r2
host n1 n2 n3
lan lan1 r1 n1 n2
lan lan2 r2 n3
link core r1 r2
`

// shop is a group of which two members are critical, and one is not.
const shop = `service disk resource group=shop critical
service db group=shop critical deps=disk check
service stats group=shop deps=db
`

// TestWorkedExamples asks what the thesis explains by example, and compares with
// what then happens.
func TestWorkedExamples(t *testing.T) {
	for name, c := range map[string]struct {
		build  string
		before string // commands that lead to the state
		ask    string
		want   string // what moves
		why    string // of the first
	}{
		"symmetric failover": {
			build: "service web check", ask: "power-off n3", want: "web: n3 -> n2", why: "router ID",
		},
		"asymmetric failover": {
			build: "service web pref=n1:300,n2:200,n3:100", ask: "power-off n1", want: "web: n1 -> n2", why: "preference",
		},
		"asymmetric failback": {
			build:  "service web pref=n1:300,n2:200,n3:100",
			before: "power-off n1", ask: "power-on n1", want: "web: n2 -> n1", why: "preference",
		},
		"no symmetric failback": {
			build: "service web", before: "power-off n3", ask: "power-on n3", want: "",
		},
		"a group leaves with its critical member": {
			build: shop, ask: "fail db on n3", want: "shop: n3 -> n2", why: "router ID",
		},
		"a member that is not critical fails alone": {
			build: shop, ask: "fail stats on n3", want: "shop: n3 -> n3",
		},
		"the only node that can run it": {
			build: "service pay on=n2\nservice web", ask: "power-off n2", want: "pay: n2 -> ", why: "n2 is the only node that has it",
		},
		"a resource is taken over by whom the network shows alone": {
			build: "service disk resource pref=n1:200", ask: "link-down n1 lan1", want: "disk: n1 -> n3", why: "before n2 by router ID",
		},
		"two failures at once": {
			build: "service web pref=n1:300,n2:200,n3:100", ask: "power-off n1; power-off n2", want: "web: n1 -> n3",
		},
		"a planned move": {
			build: "service web pref=n1:300", ask: "move web n2", want: "web: n1 -> n2", why: "target of a move",
		},
		"a drain of another node": {
			build: "service web pref=n1:300", ask: "do n1 drain", want: "web: n1 -> n3", why: "router ID",
		},
		"an operator stops it": {
			build: "service web pref=n1:300", ask: "stop web", want: "web: n1 -> ", why: "an operator stopped it",
		},
		"a site without its switch": {
			build: "service web pref=n1:300,n2:200,n3:100", ask: "site-off lan1", want: "web: n1 -> n3",
		},
		"srrd dies and comes back": {
			build: "service web pref=n1:300", ask: "kill n1 srrd", want: "",
		},
		"an address alone stays where it is": {
			build: "service vip address-only\nservice web pref=n1:300,n2:200,n3:100", ask: "power-off n1", want: "web: n1 -> n2",
		},
		"the router between them": {
			build: "service web pref=n1:300", ask: "power-off r2", want: "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReality(t, three+strings.TrimSpace(c.build)+"\nboot")
			if c.before != "" {
				r.pass(time.Minute, c.before)
			}
			m := r.model("n2")
			if c.before == "" || !strings.Contains(c.ask, "n2") {
				m = r.model(r.observers()[len(r.observers())-1])
			}
			line := m.inItsWords(r, c.ask)
			a, err := m.Ask(line, func() bool { return false })
			if err != nil || len(a.Differences) > 0 || a.Restless {
				t.Fatalf("%s: %v, %+v", line, err, a)
			}
			if got := moves(a); got != c.want {
				t.Errorf("%s: %q, want %q", line, got, c.want)
			}
			if c.why != "" && (len(a.Units) == 0 || !strings.Contains(a.Units[0].Why, c.why)) {
				t.Errorf("%s: why %+v, want %q", line, a.Units, c.why)
			}
		})
	}
}

// inItsWords puts the names that a model has into a line with those of the reality.
func (m *Model) inItsWords(r *reality, line string) string {
	for _, x := range r.Net.Routers() {
		if m.byName[x.Name] == nil {
			line = strings.ReplaceAll(line, x.Name, x.ID.String())
		}
	}
	for _, l := range m.net.links {
		for _, k := range r.Net.Links() {
			if r.joins(k, l.members) {
				line = strings.ReplaceAll(line, k.Name, l.name)
			}
		}
	}
	return line
}

// TestOrderAndGap: dependencies first; the gap is what the address was without an
// answer, detection included.
func TestOrderAndGap(t *testing.T) {
	r := newReality(t, three+strings.TrimSpace(shop)+"\nboot")
	a := r.ask("n1", "power-off n3")
	var started []string
	for _, e := range a.Events {
		if e.To == service.Started.String() {
			started = append(started, e.Service)
		}
	}
	if want := []string{"disk", "db", "stats"}; !slices.Equal(started, want) {
		t.Errorf("started in the order %q, want %q", started, want)
	}
	u := a.Units[0]
	detect := 350 * time.Millisecond * 3 / 4 // the first neighbor may notice a quarter earlier
	if u.Gap < detect+2*assumedTook || u.Gap > 350*time.Millisecond+4*assumedTook || u.Lost() {
		t.Errorf("a gap of %s, with primitives of %s and a detection of 350ms", u.Gap, assumedTook)
	}
}

// TestMeasured: primitives take as long as they did, and are waited for.
func TestMeasured(t *testing.T) {
	r := newReality(t, three+"service web pref=n1:300,n2:200,n3:100\nboot")
	p := r.picture("n3")
	p.Took = map[Call]time.Duration{{"web", service.Start}: 50 * time.Second}
	m, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	a, err := m.Ask("power-off n1", func() bool { return false })
	if err != nil || len(a.Units) != 1 || a.Units[0].Gap < 50*time.Second || a.Units[0].Gap > 51*time.Second {
		t.Errorf("%v, %+v", err, a.Units)
	}
}

// TestConfig: another configuration of the node that asks.
func TestConfig(t *testing.T) {
	r := newReality(t, three+"service web pref=n1:300,n2:200,n3:100\nboot")
	m := r.model("n2")
	specs := m.byName["n2"].specs(nil)
	specs[0].Preference = 400
	more := defaults()
	more.Name, more.Preference = "extra", 100
	a, err := m.AskConfig(append([]service.Spec{more}, specs...), func() bool { return false })
	if err != nil || moves(a) != "extra:  -> n2, web: n1 -> n2" {
		t.Errorf("%v, %s", err, moves(a))
	}
}

// TestCutOff: who is cut off and goes on running it is told apart.
func TestCutOff(t *testing.T) {
	r := newReality(t, three+"service web pref=n1:300\nboot")
	m := r.model("n2")
	a := r.ask("n2", "link-down n1 "+m.net.links[len(m.net.links)-2].name)
	if len(a.Units) != 1 || !slices.Equal(a.Units[0].After, []string{"n3"}) || !slices.Equal(a.Units[0].Apart, []string{"n1"}) || a.Units[0].Gap < 200*time.Millisecond {
		t.Errorf("%+v", a.Units)
	}
}

// TestGapBeginsAtOnce: not when a node that is cut off notices it.
func TestGapBeginsAtOnce(t *testing.T) {
	r := newReality(t, three+"service web pref=n1:300\nboot")
	a := r.ask("n2", "partition 11.0.0.0/24 n1")
	if len(a.Units) != 1 || a.Units[0].Gap < 250*time.Millisecond {
		t.Errorf("%+v", a.Units)
	}
}

func TestStops(t *testing.T) {
	r := newReality(t, three+"service web\nboot")
	if _, err := r.model("n1").Ask("power-off n3", func() bool { return true }); !errors.Is(err, ErrStopped) {
		t.Error(err)
	}
	if s := r.model("n1").Survives(func() bool { return true }); !s.Incomplete {
		t.Errorf("%+v", s)
	}
}

// TestUnlike: a picture of what cannot be is said to be one.
func TestUnlike(t *testing.T) {
	r := newReality(t, three+"service web pref=n1:300\nboot")
	p := r.picture("n2")
	for k := range p.Peers {
		for i := range p.Peers[k].Instances {
			rec := &p.Peers[k].Instances[i]
			body := *rec.Instance
			body.State = service.Stopped // n1 does not run it, says the picture
			rec.Instance = &body
		}
	}
	m, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	a, err := m.Ask("power-off n3", func() bool { return false })
	if err != nil || len(a.Differences) != 1 || !strings.Contains(a.Differences[0], "web on n1 is active/stopped") {
		t.Errorf("%v, %q", err, a.Differences)
	}
}

// newNodesAlone is a LAN of three nodes, of which n3 is designated.
func newNodesAlone(t *testing.T) *script.World {
	w := script.New(7, func(*host.Effect) {})
	w.Network().ElectBackups()
	r := &reality{TB: t, World: w}
	r.pass(0, "host n1 n2 n3\nlan lan n1 n2 n3\nservice web pref=n3:300,n2:200")
	for _, x := range w.Net.Routers() {
		x.SetPriority(1)
	}
	r.pass(2*time.Minute, "boot")
	return w
}

// TestNodesAlone: on a LAN without any router the nodes themselves are designated.
func TestNodesAlone(t *testing.T) {
	r := &reality{TB: t, World: newNodesAlone(t)}
	a := r.ask("n1", "power-off n3")
	if got := moves(a); got != "web: n3 -> n2" {
		t.Errorf("%q, %+v", got, a)
	}
}

// TestFarNode: a node of another area stands behind the router that tells of it.
func TestFarNode(t *testing.T) {
	r := newReality(t, three+"service web pref=n3:300\nboot")
	p := r.picture("n1")
	id := r.Host("n3").ID
	e, ok := p.Database.Get(lsdb.Key{Type: packet.TypeRouter, ID: packet.Quad(id), AdvRouter: id})
	if !ok {
		t.Fatal("n3 has no router LSA")
	}
	p.Database.Remove(lsdb.Where{}, e.LSA.Header)
	border := routerid.ID(0x0a00ff02)
	summary := packet.LSA{
		Header: packet.Header{Type: packet.TypeSummaryASBR, ID: packet.Quad(id), AdvRouter: border, Seq: packet.InitialSeq},
		Body:   &packet.Summary{Metric: 10},
	}
	if _, err := summary.Seal(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Database.Install(p.DatabaseAt, lsdb.Where{}, summary); err != nil {
		t.Fatal(err)
	}
	m, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(m.assumed, func(s string) bool { return strings.Contains(s, "n3 is in an area") }) {
		t.Errorf("assumed: %q", m.assumed)
	}
	for line, want := range map[string]string{"power-off n3": "web: n3 -> n2", "power-off 10.0.255.2": "web: n3 -> n2", "link-down n1 11.0.0.0/24": ""} {
		a, err := m.Ask(line, func() bool { return false })
		if err != nil || len(a.Differences) > 0 || moves(a) != want {
			t.Errorf("%s: %v, %q %q, want %q", line, err, a.Differences, moves(a), want)
		}
	}
}

// TestNames: a node that tells no name, or one that another has, or that no command
// can name, is called by its router ID.
func TestNames(t *testing.T) {
	r := newReality(t, three+"service web pref=n3:300\nboot")
	for told, want := range map[string]string{"": "10.0.0.3", "n1": "10.0.0.3", "a b": "10.0.0.3", "10.0.0.1": "10.0.0.3", "x;y": "10.0.0.3", "shop-3.example": "shop-3.example"} {
		p := r.picture("n2")
		for k := range p.Peers {
			if p.Peers[k].ID == r.Host("n3").ID {
				rec, body := *p.Peers[k].Node, *p.Peers[k].Node.Node
				body.Name = told
				rec.Node = &body
				p.Peers[k].Node = &rec
			}
		}
		m, err := New(p)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.names[r.Host("n3").ID]; got != want {
			t.Errorf("told %q, called %q, want %q", told, got, want)
		}
		if a, err := m.Ask("power-off "+want, func() bool { return false }); err != nil || moves(a) == "" {
			t.Errorf("%q: %v", told, err)
		}
	}
}

func TestNoTopology(t *testing.T) {
	r := newReality(t, three+"service web\nboot")
	p := r.picture("n1")
	p.Database = lsdb.New(lsdb.Limits{})
	if _, err := New(p); !errors.Is(err, errNoTopology) {
		t.Error(err)
	}
}
