package notify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"srr/internal/api"
	"srr/internal/routerid"
	"srr/internal/service"
)

// world is a cluster of three nodes with the service web, as node self sees it.
type world struct {
	t   *testing.T
	w   Watcher
	s   api.Snapshot
	now time.Duration
}

const n1, n2, n3 = routerid.ID(0x0a000001), routerid.ID(0x0a000002), routerid.ID(0x0a000003)

func newWorld(t *testing.T, self routerid.ID) *world {
	x := &world{t: t}
	x.s = api.Snapshot{
		Cluster: "shop", RouterID: self, Medium: api.Medium{State: api.MediumUp}, Gate: api.Gate{State: api.GateOpen},
		Units: []api.Unit{{Name: "web", Members: []string{"web"}, Eligible: 3}},
	}
	web := api.Service{Name: "web", Critical: true}
	for i, id := range []routerid.ID{n1, n2, n3} {
		name := []string{"n1", "n2", "n3"}[i]
		x.s.Nodes = append(x.s.Nodes, api.Node{RouterID: id, Name: name, State: api.NodeUp, Self: id == self})
		web.Instances = append(web.Instances, api.Instance{RouterID: id, Node: name, State: service.Stopped.String(), Hold: api.Released})
		if id == self {
			x.s.Node = name
		}
	}
	x.s.Services = []api.Service{web}
	x.run(n1)
	return x
}

// run makes web run on a node, and nowhere else; 0: nowhere.
func (x *world) run(on routerid.ID) {
	for i := range x.s.Services[0].Instances {
		in := &x.s.Services[0].Instances[i]
		in.State, in.Hold = service.Stopped.String(), api.Released
		if in.RouterID == on {
			in.State, in.Hold = service.Started.String(), api.Held
		}
	}
}

func (x *world) node(id routerid.ID) *api.Node { return &x.s.Nodes[id-n1] }

// after lets time pass as the shell does it, by deadlines, and returns what was told.
func (x *world) after(d time.Duration) (told []string) {
	end := x.now + d
	for {
		for _, n := range x.w.Step(x.now, &x.s) {
			told = append(told, n.String())
		}
		next := x.w.Deadline()
		if next > 0 && next <= x.now {
			x.t.Fatalf("the deadline %v has passed, it is %v", next, x.now)
		}
		if next == 0 || next > end {
			break
		}
		x.now = next
	}
	x.now = end
	for _, n := range x.w.Step(x.now, &x.s) {
		told = append(told, n.String())
	}
	return told
}

func (x *world) want(d time.Duration, want ...string) {
	x.t.Helper()
	if diff := cmp.Diff(want, x.after(d)); diff != "" {
		x.t.Errorf("at %v, -want +got:\n%s", x.now, diff)
	}
}

func TestLevelsAreToldWhenTheyLast(t *testing.T) {
	x := newWorld(t, n3)
	x.want(time.Minute)
	x.run(0)
	x.want(1900 * time.Millisecond)
	x.want(200*time.Millisecond, "failure: web: runs nowhere")
	x.want(time.Hour)
	x.run(n1)
	x.s.Units[0].Eligible = 1
	x.want(3*time.Second, "degraded: web: no other node could take it over")
	x.s.Units[0].Eligible = 3
	x.want(3*time.Second, "return: web: fine again; it was: no other node could take it over")
	if len(x.w.subjects) != 0 {
		t.Errorf("%d subjects are kept", len(x.w.subjects))
	}
}

// TestLongGoneIsNoReturn: routers forget what a node said an hour after it was lost.
// The redundancy is not back by that.
func TestLongGoneIsNoReturn(t *testing.T) {
	x := newWorld(t, n3)
	x.after(time.Minute)
	x.s.Services[0].Instances = x.s.Services[0].Instances[:2]
	x.s.Units[0].Eligible = 1
	x.want(time.Minute, "degraded: web: no other node could take it over")
	x.s.Services[0].Instances, x.s.Units[0].Missing = x.s.Services[0].Instances[:1], []routerid.ID{n2}
	x.want(time.Hour)
	x.s.Units[0].Eligible, x.s.Units[0].Missing = 2, nil
	x.want(time.Minute, "return: web: fine again; it was: no other node could take it over")
}

func TestFlappingIsNotTold(t *testing.T) {
	x := newWorld(t, n3)
	x.after(time.Minute)
	for range 20 {
		x.run(0)
		x.want(1500 * time.Millisecond)
		x.run(n1)
		x.want(1500 * time.Millisecond)
	}
}

// TestNothingBeforeTheNodeHasJoined: what is still wrong ten seconds later is told.
func TestNothingBeforeTheNodeHasJoined(t *testing.T) {
	x := newWorld(t, n3)
	x.s.Gate.State = api.GateJoining
	x.run(0)
	x.want(time.Hour)
	x.s.Gate.State = api.GateOpen
	x.want(9 * time.Second)
	x.want(2*time.Second, "failure: web: runs nowhere")
}

// TestStartOfTheCluster: services that come up have not failed.
func TestStartOfTheCluster(t *testing.T) {
	x := newWorld(t, n3)
	x.run(0)
	x.want(8 * time.Second)
	x.run(n2)
	x.want(time.Minute)
}

func TestOneSpeaks(t *testing.T) {
	low, high := newWorld(t, n1), newWorld(t, n3)
	for _, x := range []*world{low, high} {
		x.after(time.Minute)
		x.run(0)
	}
	low.want(time.Minute)
	high.want(time.Minute, "failure: web: runs nowhere")

	// The speaker leaves in good order: nothing is told twice.
	low.node(n3).Flags = []string{api.FlagLeaving}
	low.want(time.Second)
	low.node(n3).State = api.NodeDown
	low.node(n2).Flags = []string{api.FlagJoinGate}
	low.want(3*time.Second, "degraded: node n3: cannot be reached")
	low.run(n1)
	low.want(3*time.Second, "return: web: fine again; it was: runs nowhere")
}

// TestNextSpeaker: what the speaker may not have told any more is told by the next,
// and what it has told long ago is not.
func TestNextSpeaker(t *testing.T) {
	x := newWorld(t, n2)
	x.after(time.Minute)
	x.s.Units[0].Eligible = 1
	x.want(time.Minute) // told by n3
	x.run(0)
	x.want(10 * time.Second) // n3 is dead already, and nobody knows
	x.node(n3).State = api.NodeDown
	x.want(3*time.Second, "failure: web: runs nowhere", "degraded: node n3: cannot be reached")
	x.node(n3).State = api.NodeUp
	x.node(n3).Flags = []string{api.FlagJoinGate}
	x.want(3*time.Second, "return: node n3: fine again; it was: cannot be reached")
	x.node(n3).Flags = nil
	x.want(5 * time.Second)
	x.run(n1)
	x.want(3*time.Second, "degraded: web: no other node could take it over") // n3 has just joined
	x.want(10 * time.Second)
	x.run(0)
	x.want(time.Minute) // n3's to tell
}

// TestOwnAlarms: what only one node knows, that one tells.
func TestOwnAlarms(t *testing.T) {
	x := newWorld(t, n1)
	x.after(time.Minute)
	x.s.Alarms = []api.Alarm{
		{Severity: api.Critical, Code: "routing", Text: "ospfd does not answer"},
		{Severity: api.Warning, Code: "stray", Service: "web", Text: "it ran"},
		{Severity: api.Warning, Code: "failed", Service: "web", Text: "flooded, too"},
	}
	x.want(3*time.Second, "failure: node n1: ospfd does not answer", "degraded: web on node n1: it ran")
	x.s.Alarms = nil
	x.want(3*time.Second, "return: node n1: fine again; it was: ospfd does not answer", "return: web on node n1: fine again; it was: it ran")
}

// TestCutOff: a node that cannot reach anybody speaks for itself.
func TestCutOff(t *testing.T) {
	x := newWorld(t, n1)
	x.after(time.Minute)
	x.s.Gate = api.Gate{State: api.GateCutOff}
	x.node(n2).State, x.node(n3).State = api.NodeDown, api.NodeDown
	x.want(3*time.Second, "failure: node n1: cut off: starts nothing, announces nothing",
		"degraded: node n2: cannot be reached", "degraded: node n3: cannot be reached")
}

func TestFailover(t *testing.T) {
	at := func(x *world, id routerid.ID) *api.Instance { return &x.s.Services[0].Instances[id-n1] }
	for name, c := range map[string]struct {
		happens func(*world)
		why     string // "": planned
	}{
		"power off": {func(x *world) { x.node(n1).State = api.NodeDown }, "n1 cannot be reached"},
		"cut off":   {func(x *world) { x.node(n1).Flags = []string{api.FlagCutOff} }, "n1 is cut off"},
		"silent":    {func(x *world) { x.node(n1).State = api.NodeSilent }, "the daemon of n1 says nothing"},
		"failed": {func(x *world) {
			at(x, n1).State = service.FailedReleased.String()
			at(x, n1).Failure = &api.Failure{Code: "check down", Text: "status\r\n500"}
		}, "web failed on n1: check down: status  500"},
		"died while it stopped": {func(x *world) {
			x.node(n1).State, at(x, n1).State = api.NodeDown, service.Stopping.String()
		}, "n1 cannot be reached"},
		"a better node is back": {func(*world) {}, "n2 ranks better"},
		"moved": {func(x *world) {
			x.s.Units[0].Intent = &api.Intent{Kind: api.IntentPrefer, Node: n2, Author: "root"}
		}, ""},
		"drained":     {func(x *world) { x.node(n1).Flags = []string{api.FlagDrained} }, ""},
		"shut down":   {func(x *world) { x.node(n1).Flags, x.node(n1).State = []string{api.FlagLeaving}, api.NodeDown }, ""},
		"deactivated": {func(x *world) { at(x, n1).RouterID = 0 }, ""},
		"disabled":    {func(x *world) { at(x, n1).State = service.Disabled.String() }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			x := newWorld(t, n2)
			x.after(time.Minute)
			x.run(0)
			c.happens(x)
			x.after(time.Second)
			at(x, n2).State, at(x, n2).Hold = service.Starting.String(), api.Held
			x.want(100 * time.Millisecond)
			at(x, n2).State = service.Started.String()
			var want []string
			if c.why != "" {
				want = []string{"failover: web: runs on n2 now, before on n1: " + c.why}
			}
			var told []string
			for _, line := range x.after(0) {
				if strings.HasPrefix(line, "failover") {
					told = append(told, line)
				}
			}
			if diff := cmp.Diff(want, told); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOthersFailovers are told by the others; so is a move that is over long ago.
func TestOthersFailovers(t *testing.T) {
	x := newWorld(t, n2)
	x.s.Units[0].Intent = &api.Intent{Kind: api.IntentPrefer, Node: n2}
	x.after(time.Minute)
	x.run(n3)
	x.want(time.Second)
	x.run(n2)
	x.want(0, "failover: web: runs on n2 now, before on n3: n2 ranks better")
}

// TestGroupMovesOnce: one notice for a group, when all of it runs that is critical.
func TestGroupMovesOnce(t *testing.T) {
	x := newWorld(t, n2)
	data := x.s.Services[0]
	data.Instances = append([]api.Instance(nil), data.Instances...)
	data.Name = "data"
	stats := api.Service{Name: "stats", Group: "shop", Instances: []api.Instance{{RouterID: n2, State: service.Starting.String(), Hold: api.Held}}}
	x.s.Services = append(x.s.Services, data, stats)
	x.s.Services[0].Group, x.s.Services[1].Group = "shop", "shop"
	x.s.Units = []api.Unit{{Name: "shop", Group: true, Members: []string{"data", "stats", "web"}, Eligible: 2}}
	x.after(5 * time.Second)
	x.node(n1).State = api.NodeDown
	for i := range 2 {
		x.s.Services[i].Instances[0].Hold = api.Released
		x.s.Services[i].Instances[1].State, x.s.Services[i].Instances[1].Hold = service.Starting.String(), api.Held
	}
	x.want(0)
	x.s.Services[1].Instances[1].State = service.Started.String()
	x.want(0)
	x.s.Services[0].Instances[1].State = service.Started.String()
	x.want(0, "failover: group shop: runs on n2 now, before on n1: n1 cannot be reached")
}

// BenchmarkStep is one look at 32 nodes with 500 services on three nodes each.
func BenchmarkStep(b *testing.B) {
	s := api.Snapshot{RouterID: 1, Medium: api.Medium{State: api.MediumUp}, Gate: api.Gate{State: api.GateOpen}}
	for i := range 32 {
		s.Nodes = append(s.Nodes, api.Node{RouterID: routerid.ID(i + 1), State: api.NodeUp})
	}
	for i := range 500 {
		name := fmt.Sprintf("service-%03d", i)
		svc := api.Service{Name: name, Critical: true}
		for k := range 3 {
			svc.Instances = append(svc.Instances, api.Instance{RouterID: routerid.ID((i+k)%32 + 1), State: service.Stopped.String(), Hold: api.Released})
		}
		svc.Instances[0].State, svc.Instances[0].Hold = service.Started.String(), api.Held
		s.Services = append(s.Services, svc)
		s.Units = append(s.Units, api.Unit{Name: name, Members: []string{name}, Eligible: 3})
	}
	var w Watcher
	for b.Loop() {
		w.Step(0, &s)
	}
}
