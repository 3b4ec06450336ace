package opaque

import (
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// A neighbor that is lost on a link that is still up, and that the network reaches
// a second later, is suspected: for a minute, or until it is heard again.
func TestSuspects(t *testing.T) {
	const peer = routerid.ID(7)
	hear := func(ifAddr uint32, s NeighborState) any {
		return Neighbor{IfAddr: ifAddr, Addr: 9, ID: peer, State: s}
	}
	reached := Reachable{Add: []routerid.ID{peer}}
	for name, c := range map[string]struct {
		then  []any // notifications, and pauses
		want  discovery.ReachState
		again time.Duration // the step is to be looked at again after so long; 0: never
	}{
		"heard":                     {want: discovery.ReachUp},
		"lost a moment ago":         {[]any{hear(1, NeighborDown)}, discovery.ReachUp, suspectAfter},
		"lost":                      {[]any{hear(1, NeighborDown), suspectAfter}, discovery.ReachSuspect, suspectFor - suspectAfter},
		"one way":                   {[]any{hear(1, NeighborOneWay), suspectAfter}, discovery.ReachSuspect, suspectFor - suspectAfter},
		"lost again and again":      {[]any{hear(1, NeighborOneWay), suspectAfter, hear(1, NeighborDown)}, discovery.ReachSuspect, suspectFor - suspectAfter},
		"lost, for a minute":        {[]any{hear(1, NeighborDown), suspectFor}, discovery.ReachUp, 0},
		"lost and heard":            {[]any{hear(1, NeighborDown), suspectAfter, hear(1, NeighborKnown)}, discovery.ReachUp, 0},
		"never both ways":           {[]any{hear(1, NeighborOneWay), hear(1, NeighborFull), hear(2, NeighborOneWay), hear(2, NeighborDown), suspectAfter}, discovery.ReachUp, 0},
		"heard on another link":     {[]any{hear(2, NeighborKnown), hear(1, NeighborDown), suspectAfter}, discovery.ReachUp, 0},
		"and lost there":            {[]any{hear(2, NeighborKnown), hear(1, NeighborDown), hear(2, NeighborDown), suspectAfter}, discovery.ReachSuspect, suspectFor - suspectAfter},
		"our own link":              {[]any{hear(1, NeighborDown), Interface{Addr: 1, State: InterfaceDown}, suspectAfter}, discovery.ReachUp, 0},
		"our own link has gone":     {[]any{hear(1, NeighborDown), NoInterface{Addr: 1}, suspectAfter}, discovery.ReachUp, 0},
		"gone":                      {[]any{hear(1, NeighborDown), Reachable{Remove: []routerid.ID{peer}}, suspectAfter}, discovery.ReachDown, 0},
		"gone, and reached another": {[]any{hear(1, NeighborDown), Reachable{Remove: []routerid.ID{peer}}, time.Millisecond, reached, suspectAfter}, discovery.ReachUp, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := discovery.ReachDown
			core := opened(t)
			now := start
			look := func() {
				for _, e := range core.told.changed(core.reach, core.links, now) {
					if e, ok := e.(discovery.Reachable); ok {
						got = e.Routers[peer].State
					}
				}
			}
			for _, step := range append([]any{Interface{Addr: 1, State: InterfaceOther}, reached, hear(1, NeighborFull)}, c.then...) {
				if pause, ok := step.(time.Duration); ok {
					look()
					now = now.Add(pause)
					look()
					continue
				}
				core.Take(now, step.(Notification))
			}
			if look(); got != c.want {
				t.Errorf("it is %d, want %d", got, c.want)
			}
			if at := core.links.lost.deadline(now); at.IsZero() != (c.again == 0) || !at.IsZero() && at.Sub(now) != c.again {
				t.Errorf("to be looked at again at %s, want after %s", at, c.again)
			}
		})
	}
}
