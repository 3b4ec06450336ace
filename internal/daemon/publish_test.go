package daemon

import (
	"maps"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
)

func TestSuspectedBy(t *testing.T) {
	says := func(id routerid.ID, reach discovery.ReachState, suspects ...routerid.ID) node.PeerView {
		return node.PeerView{ID: id, Reach: discovery.Reach{State: reach}, Node: &discovery.Record{Node: &discovery.Node{Suspects: suspects}}}
	}
	got := suspectedBy([]node.PeerView{
		says(3, discovery.ReachUp, 9), says(2, discovery.ReachUp, 8, 9), says(1, discovery.ReachDown, 7, 9),
		{ID: 4, Reach: discovery.Reach{State: discovery.ReachUp}},
	})
	if want := map[routerid.ID]routerid.ID{8: 2, 9: 2}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v: who cannot be reached says nothing any more", got, want)
	}
}

// A picture of many services takes a while; the loop has other things to do.
func TestPicturesTakeATenthOfTheTime(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		0: publishEvery, 5 * time.Millisecond: publishEvery, 20 * time.Millisecond: 200 * time.Millisecond, time.Second: publishMax,
	} {
		if p := (publisher{took: took}); p.pause() != want {
			t.Errorf("a picture takes %v: the next one after %v, want %v", took, p.pause(), want)
		}
	}
}
