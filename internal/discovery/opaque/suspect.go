package opaque

import (
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

const (
	// suspectAfter: so long after its loss a neighbor that the network still
	// reaches is suspected. The death of a node is mostly known everywhere by then,
	// and a suspicion would only flood two records more in the middle of it.
	suspectAfter = time.Second
	// suspectFor: after so long somebody else must have heard of it, or the routers
	// that reach it would have lost it, too (RouterDeadInterval, 40 s by default).
	suspectFor = time.Minute
)

// lostNeighbor is a router that was a neighbor on a link that is still up.
type lostNeighbor struct {
	at     time.Time
	ifAddr uint32
}

// suspects are the neighbors that this router does not hear any more (BFD or hellos
// say so), whatever the network says of them. It is a hint, for people and for the
// other nodes; nothing is started or stopped for it (decision 61).
type suspects map[routerid.ID]lostNeighbor

// linkDown: whoever was lost on a link of our own that is gone is not to blame.
func (s suspects) linkDown(ifAddr uint32) {
	for id, l := range s {
		if l.ifAddr == ifAddr {
			delete(s, id)
		}
	}
}

// mark notes in a level who is suspected, and reports whether anybody is. Who cannot be reached is not suspected
// any more when it returns.
func (s suspects) mark(routers map[routerid.ID]discovery.Reach, now time.Time) (any bool) {
	for id, l := range s {
		r, reached := routers[id]
		if !reached || now.Sub(l.at) >= suspectFor {
			delete(s, id)
		} else if now.Sub(l.at) >= suspectAfter {
			routers[id] = discovery.Reach{State: discovery.ReachSuspect, Source: r.Source + ", not the neighbor"}
			any = true
		}
	}
	return any
}

// deadline returns when mark says something else, zero for never.
func (s suspects) deadline(now time.Time) time.Time {
	var first time.Time
	for _, l := range s {
		if at := l.at.Add(suspectAfter); now.Before(at) {
			first = earlier(first, at)
		} else {
			first = earlier(first, l.at.Add(suspectFor))
		}
	}
	return first
}
