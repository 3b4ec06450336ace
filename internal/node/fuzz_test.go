package node_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// FuzzNode feeds one core whatever bytes say: facts in any order, also such as
// no honest world brings forth. It must not panic or spin, decide alike twice,
// flood only what can be encoded, and announce only what is started.
func FuzzNode(f *testing.F) {
	for seed := range byte(24) {
		b := make([]byte, 600)
		for k := range b {
			b[k] = byte(k)*7 + byte(k>>3)*seed + seed
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4096 {
			t.Skip("long enough")
		}
		first := feed(t, b)
		if again := feed(t, b); again != first {
			t.Errorf("the same facts twice:\n%s\nand\n%s", first, again)
		}
	})
}

// bytes are choices; when they are used up, all are zero.
type choices struct{ b []byte }

func (c *choices) next(n int) int {
	if len(c.b) == 0 {
		return 0
	}
	x := int(c.b[0])
	c.b = c.b[1:]
	return x % n
}

// feed returns what happened, as text.
func feed(t *testing.T, b []byte) string {
	c := &choices{b: b}
	now := node.Now{Boot: time.Hour, Wall: wallStart}
	n := node.New(now, node.Options{
		Cluster: "c", Name: "n1", RouterID: 0x0a000001, Boot: discovery.BootID{1}, Seed: 7, Services: fuzzed(c),
	})
	out := ""
	for len(c.b) > 0 {
		now.Boot += [...]time.Duration{0, time.Millisecond, 60 * time.Millisecond, time.Second, 8 * time.Second, 20 * time.Minute}[c.next(6)]
		now.Wall = wallStart.Add(now.Boot)
		if cmd, ok := c.command(); ok {
			_, err := n.Command(now, cmd)
			if err != nil && !errors.Is(err, node.ErrRefused) && !errors.Is(err, node.ErrUnknown) {
				t.Errorf("%s: %v", cmd.Verb, err)
			}
		} else {
			n.Step(now, c.input(n))
		}
		checkOutput(t, n, now)
		for _, e := range n.TakeEvents() {
			out += fmt.Sprintf("%s %s %s>%s %s %s\n", e.At.Boot, e.Subject, e.From, e.To, e.Reason, e.Detail)
		}
		n.TakeSaves()
	}
	return out
}

func checkOutput(t *testing.T, n *node.Node, now node.Now) {
	o := n.Output()
	if again := n.Output(); again.Version != o.Version {
		t.Error("looking at the output changes it")
	}
	if d := n.Deadline(); d <= now.Boot {
		t.Errorf("the deadline %s has passed at %s: the loop would spin", d, now.Boot)
	}
	for _, r := range o.Records {
		if _, err := discovery.Encode("c", r); err != nil {
			t.Error(err)
		}
	}
	for name, r := range o.Routes {
		if s, _ := n.State(name); r.Announce && s != service.Started {
			t.Errorf("%s is announced and %s", name, s)
		}
	}
	for name, call := range o.Calls {
		if s, _ := n.State(name); call.Primitive == service.Start && !call.Kill && s != service.Starting {
			t.Errorf("start of %s is called in %s", name, s)
		}
	}
	n.Explain(now, service.Unit{Name: "web"})
	n.Explain(now, service.Unit{Name: "shop", Group: true})
}

var fuzzNames = []string{"web", "data", "db", "other"}

func fuzzed(c *choices) []service.Spec {
	web, data, db := testSpec("web"), testSpec("data"), testSpec("db")
	web.HasCheck, web.CheckInterval = c.next(2) == 0, 10*time.Second
	web.OnMediumLoss = time.Duration(c.next(3)) * time.Second
	data.Group, data.Addresses, data.Release, data.DeadAfter, data.Critical = "shop", nil, service.ReleaseVerified, 0, true
	db.Group, db.DependsOn, db.Critical, db.Release = "shop", []string{"data"}, c.next(2) == 0, service.ReleaseVerified
	return []service.Spec{web, data, db}
}

var fuzzVerbs = []node.Verb{
	node.Activate, node.Deactivate, node.Enable, node.Disable, node.Restart, node.Reload, node.Check, node.Clear,
	node.Start, node.Move, node.Unmove, node.Stop, node.Run, node.ConfirmedStopped, node.Drain, node.Undrain,
	node.MaintenanceOn, node.MaintenanceOff, node.Shutdown, node.Detach,
}

func (c *choices) command() (node.Command, bool) {
	if c.next(6) > 0 {
		return node.Command{}, false
	}
	name := fuzzNames[c.next(len(fuzzNames))]
	unit := service.Unit{Name: name}
	if name != "web" {
		unit = service.Unit{Name: "shop", Group: true}
	}
	return node.Command{
		Verb: fuzzVerbs[c.next(len(fuzzVerbs))], Subject: name, Unit: unit, Author: "op",
		Node: c.router(), Stop: c.next(2) == 0,
	}, true
}

func (c *choices) router() routerid.ID { return routerid.ID(0x0a000001 + c.next(4)) }

func (c *choices) input(n *node.Node) node.Input {
	name := fuzzNames[c.next(len(fuzzNames))]
	switch c.next(12) {
	case 0, 1, 2:
		return node.Medium{Event: discovery.Seen{Record: c.record(name)}}
	case 3:
		r := c.record(name)
		return node.Medium{Event: discovery.Gone{Key: r.Key(), Version: r.Version}}
	case 4:
		return node.Medium{Event: c.level()}
	case 5:
		return node.Medium{Event: discovery.Up{OwnHighest: uint64(c.next(4))}}
	case 6:
		return []node.Input{
			node.Medium{Event: discovery.Down{Err: errors.New("end of file")}},
			node.Durable{Err: errors.New("full")},
			node.Durable{},
			node.Paused{For: time.Second},
			node.Ready{Err: errors.New("no")},
			node.Ready{},
			node.Ready{Pending: true},
			node.Died{Service: name, Text: "9"},
		}[c.next(8)]
	case 7:
		return node.Checked{Service: name, Health: service.Health(c.next(3)), Text: "x"}
	case 8:
		return node.Routed{Service: name, Route: node.Route{Owned: c.next(2) == 0, Announced: c.next(2) == 0}}
	case 9, 10:
		return c.done(n, name)
	}
	return c.echo(n)
}

// done answers a call, mostly one that is asked for.
func (c *choices) done(n *node.Node, name string) node.Input {
	id := n.Output().Calls[name].ID
	if c.next(8) == 0 {
		id = uint64(c.next(10))
	}
	r := service.Result{Outcome: service.Outcome(c.next(4)), Verified: c.next(2) == 0, Recall: time.Duration(c.next(3)) * time.Second}
	return node.Done{Service: name, ID: id, Result: r}
}

// echo returns a record of the node itself.
func (c *choices) echo(n *node.Node) node.Input {
	rs := n.Output().Records
	if len(rs) == 0 {
		return node.Tick{}
	}
	return node.Medium{Event: discovery.Seen{Record: rs[c.next(len(rs))]}}
}

func (c *choices) level() discovery.Event {
	if c.next(2) == 0 {
		l := discovery.Links{Waiting: c.next(4) / 3, Exchanging: c.next(4) / 3}
		if c.next(4) > 0 {
			l.Full = []routerid.ID{0x0a0000fe}
		}
		return l
	}
	ids := []routerid.ID{0x0a0000fe}
	for id := routerid.ID(0x0a000002); id < 0x0a000005; id++ {
		if c.next(3) > 0 {
			ids = append(ids, id)
		}
	}
	return discovery.Reachable{Routers: reach(ids...)}
}

// record says anything in anybody's name, also in the node's own.
func (c *choices) record(name string) discovery.Record {
	r := discovery.Record{
		Author: c.router(), Boot: discovery.BootID{byte(c.next(3))}, Nonce: uint64(c.next(3)),
		Version: discovery.Version{Incarnation: uint64(1 + c.next(4)), Counter: uint64(1 + c.next(8))},
	}
	conf := discovery.Confirmation{Service: name, Node: c.router(), Boot: discovery.BootID{byte(c.next(3))}, Incarnation: uint64(c.next(4))}
	in := discovery.Intent{
		Kind: discovery.IntentKind(c.next(4)), Target: c.router(), Author: "op",
		Version: discovery.IntentVersion{Counter: uint64(c.next(4)), Stopped: c.next(2) == 0, Author: c.router()},
	}
	if c.next(3) == 0 {
		r.Node = &discovery.Node{
			Name: "n", Flags: discovery.NodeFlags(c.next(256))<<2 | discovery.NodeFlags(c.next(256)), Instances: c.next(4),
			Confirmed: []discovery.Confirmation{conf}, Intents: []discovery.UnitIntent{{Unit: service.Unit{Name: "web"}, Intent: in}},
		}
		return r
	}
	r.Instance = &discovery.Instance{
		Service: name, State: service.State(c.next(11)), Flags: discovery.InstanceFlags(c.next(64)),
		Preference: c.next(3) * 100, Claim: uint64(c.next(5)), DeadAfter: time.Duration(c.next(3)) * 7 * time.Second,
		Critical: c.next(2) == 0, Intent: in, Confirmed: []discovery.Confirmation{conf}, Unknown: []routerid.ID{c.router()},
	}
	if name != "web" && c.next(4) > 0 {
		r.Instance.Group = "shop"
	}
	return r
}
