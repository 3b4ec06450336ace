package selection

import (
	"testing"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestElsewhere: of two nodes that disagree about the group of a service, and that both
// might run it, one has to leave it to the other; whatever they hold.
func TestElsewhere(t *testing.T) {
	states := []service.State{service.Stopped, service.Starting, service.Started, service.Stopping, service.FailedHeld}
	flags := []discovery.NodeFlags{0, discovery.Drained}
	var sides []Elsewhere
	for _, id := range []routerid.ID{1, 2} {
		for _, s := range states {
			for _, claim := range []uint64{0, 1, 2} {
				for _, f := range flags {
					sides = append(sides, Elsewhere{Node: id, Flags: f, Instance: &discovery.Instance{Service: "web", State: s, Claim: claim}})
				}
			}
		}
		sides = append(sides, Elsewhere{Node: id, Flags: discovery.Maintenance, Instance: &discovery.Instance{Service: "web", State: service.Started}})
	}
	for _, a := range sides {
		for _, b := range sides {
			if a.Node == b.Node {
				continue
			}
			x, y := a.Bars(b.facts()), b.Bars(a.facts())
			if x == y {
				t.Errorf("%+v %+v, %+v %+v: each bars the other: %v", a, a.Instance, b, b.Instance, x)
			}
			if holdOf(a.Instance) < holdOf(b.Instance) && x && !a.pinned() {
				t.Errorf("%+v has to leave it to %+v, which holds less", b.Instance, a.Instance)
			}
		}
	}
}

func (e *Elsewhere) facts() *Facts {
	return &Facts{Node: e.Node, Flags: e.Flags, Members: []*discovery.Instance{e.Instance}}
}

// TestElsewhereIdle: who would not start the service keeps nobody from it.
func TestElsewhereIdle(t *testing.T) {
	mine := &Facts{Node: 1, Members: []*discovery.Instance{{Service: "web", State: service.Stopped}}}
	theirs := func(change func(*Elsewhere)) *Elsewhere {
		e := &Elsewhere{Node: 2, Instance: &discovery.Instance{Service: "web", State: service.Stopped, Claim: 9}}
		change(e)
		return e
	}
	for name, c := range map[string]struct {
		e    *Elsewhere
		bars bool
	}{
		"might start it":                  {theirs(func(*Elsewhere) {}), true},
		"failed there":                    {theirs(func(e *Elsewhere) { e.Instance.State = service.FailedReleased }), false},
		"a critical member failed there":  {theirs(func(e *Elsewhere) { e.Failed = true }), false},
		"the same, but held":              {theirs(func(e *Elsewhere) { e.Failed, e.Instance.State = true, service.Stopping }), true},
		"leaving":                         {theirs(func(e *Elsewhere) { e.Instance.Flags = discovery.Leaving }), false},
		"in its join gate":                {theirs(func(e *Elsewhere) { e.Flags = discovery.JoinGate }), false},
		"another service":                 {theirs(func(e *Elsewhere) { e.Instance.Service = "mail" }), false},
		"this node, in another life here": {theirs(func(e *Elsewhere) { e.Node = 1 }), false},
	} {
		if c.e.Bars(mine) != c.bars {
			t.Errorf("%s: bars %v", name, !c.bars)
		}
		u := &Unit{Critical: []string{"web"}, Elsewhere: []Elsewhere{*c.e}}
		known := *mine
		known.Reachable, known.Known = true, true
		if j := Judge(u, &known); (j.Bar == BarElsewhere) != c.bars {
			t.Errorf("%s: %v", name, j.Bar)
		}
	}
}
