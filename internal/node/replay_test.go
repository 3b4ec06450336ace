package node_test

import (
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestReplayAfterARestart: this daemon is restarted while another host runs the
// service, and somebody plays back everything that host has said last week, genuine
// and signed: that it had stopped, had settled, and was leaving. It counts for nothing,
// before the word of today has come and after it.
func TestReplayAfterARestart(t *testing.T) {
	const other = routerid.ID(0x0a000002)
	n, at := joined(t)
	n.Step(at, seen(nodeOf(other, 7)), seen(stranger(other, 7, "web")))
	again := node.New(at, node.Options{
		Cluster: "test", Name: "n1", RouterID: 0x0a000001, Boot: discovery.BootID{1},
		Services: []service.Spec{testSpec("web")}, Saved: n.TakeSaves(),
	})
	stopped := stranger(other, 3, "web")
	stopped.Instance.State = service.Stopped
	leaving := nodeOf(other, 3)
	leaving.Version.Counter = 9
	leaving.Node.Flags = discovery.Settled | discovery.NodeLeaving
	replay := []node.Input{seen(nodeOf(other, 3)), seen(stopped), seen(leaving), gone(stopped), gone(leaving)}
	again.Step(at, node.Medium{Event: discovery.Up{}}, node.Medium{Event: discovery.Reachable{Routers: reach(other)}})
	play := func(when string) {
		t.Helper()
		for k, r := range replay {
			again.Step(at, r)
			if e, _ := again.Explain(at, service.Unit{Name: "web"}); e.Blocked == "" {
				t.Errorf("%s, %d of it played back: web counts as free", when, k+1)
			}
		}
	}
	play("before today's word")
	again.Step(at, seen(nodeOf(other, 7)), seen(stranger(other, 7, "web")))
	for range 100 {
		at.Boot += time.Second
		play("after today's word")
	}
}
