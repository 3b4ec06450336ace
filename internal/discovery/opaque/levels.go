package opaque

import (
	"maps"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// infinity is LSInfinity: the destination of a summary cannot be reached
// (RFC 2328, appendix B).
const infinity = 0xffffff

// asbr identifies a type-4 LSA: who says how far an AS border router is.
type asbr struct {
	area uint32
	from routerid.ID // area border router
	to   routerid.ID // AS border router
}

func asbrOf(n Name) asbr { return asbr{n.Area, n.Author, routerid.ID(n.ID)} }

// reach knows the routers of the attached areas from ospfd, and AS border
// routers of other areas from type-4 LSAs: ospfd does not list those.
type reach struct {
	self routerid.ID
	near map[routerid.ID]bool
	far  map[asbr]bool
	// leaving are those of far that were deleted: gone then, unless replaced before.
	leaving map[asbr]departing
	dirty   bool
}

// departing is a type-4 LSA that was deleted. That counts if no replacement has
// followed when replaceGrace has passed and ospfd has answered a fence that was asked
// for since: the replacement would have come before that. Time alone proves nothing: on
// a busy host the one may come long after the other.
type departing struct {
	at     time.Time // not before
	fenced bool      // a fence was asked for since
	proved bool      // and answered
}

func newReach(self routerid.ID) *reach {
	return &reach{self: self, near: map[routerid.ID]bool{}, far: map[asbr]bool{}, leaving: map[asbr]departing{}, dirty: true}
}

// oneAnswer is how many routers ospfd can list in one message. Of more it sends the rest
// alone, as if it were all.
const oneAnswer = 374

func (r *reach) change(n Reachable) {
	r.dirty = true
	if n.All && len(r.near) <= oneAnswer {
		clear(r.near)
	}
	for _, id := range n.Remove {
		delete(r.near, id)
	}
	for _, id := range n.Add {
		r.near[id] = true
	}
}

// summary takes a type-4 LSA.
func (r *reach) summary(l *LSA) {
	k, p := asbrOf(l.Name), l.Payload
	if l.ends() || len(p) < 8 || uint32(p[5])<<16|uint32(p[6])<<8|uint32(p[7]) == infinity {
		delete(r.far, k)
	} else {
		r.far[k] = true
	}
	delete(r.leaving, k)
	r.dirty = true
}

// withdrawn takes the deletion of a type-4 LSA, which counts if no replacement
// follows: each refresh begins with one, and nobody must fail over for that.
func (r *reach) withdrawn(n Name, now time.Time) {
	k := asbrOf(n)
	if _, leaves := r.leaving[k]; r.far[k] && !leaves {
		r.leaving[k] = departing{at: now.Add(replaceGrace)}
	}
}

// doubts reports whether a deletion waits for a fence.
func (r *reach) doubts() bool {
	for _, d := range r.leaving {
		if !d.proved {
			return true
		}
	}
	return false
}

// fence notes that one was asked for.
func (r *reach) fence() {
	for k, d := range r.leaving {
		d.fenced = true
		r.leaving[k] = d
	}
}

// prove notes that the last fence was answered.
func (r *reach) prove() {
	for k, d := range r.leaving {
		d.proved = d.fenced
		r.leaving[k] = d
	}
}

// expire carries out the deletions that nothing followed.
func (r *reach) expire(now time.Time) {
	for k, d := range r.leaving {
		if d.proved && !now.Before(d.at) {
			delete(r.leaving, k)
			delete(r.far, k)
			r.dirty = true
		}
	}
}

// deadline returns when expire has something to do, zero for never.
func (r *reach) deadline() time.Time {
	var first time.Time
	for _, d := range r.leaving {
		if d.proved {
			first = earlier(first, d.at)
		}
	}
	return first
}

func (r *reach) level() discovery.Reachable {
	m := make(map[routerid.ID]discovery.Reach, len(r.near))
	for k := range r.far {
		if k.to != r.self && r.near[k.from] {
			m[k.to] = discovery.Reach{State: discovery.ReachUp, Source: "type-4"}
		}
	}
	for id := range r.near {
		if id != r.self {
			m[id] = discovery.Reach{State: discovery.ReachUp, Source: "spf"}
		}
	}
	return discovery.Reachable{Routers: m}
}

// neighborAt identifies one by the interface and its address there.
type neighborAt struct{ ifAddr, addr uint32 }

// links knows ospfd's interfaces, their areas and its neighbors.
type links struct {
	self       routerid.ID
	interfaces map[uint32]InterfaceState // by address
	areas      map[uint32]uint32         // of the interfaces
	onlyArea   *uint32                   // of all interfaces; without any, as it was
	neighbors  map[neighborAt]Neighbor
	lost       suspects
	dirty      bool
}

func newLinks(self routerid.ID) *links {
	return &links{
		self: self, interfaces: map[uint32]InterfaceState{}, areas: map[uint32]uint32{},
		neighbors: map[neighborAt]Neighbor{}, lost: suspects{}, dirty: true,
	}
}

// part reports whether the areas have changed.
func (l *links) part(n Interface) (changed bool) {
	area, known := l.areas[n.Addr]
	l.dirty = true
	l.areas[n.Addr] = n.Area
	if n.State != InterfaceUnknown {
		l.interfaces[n.Addr] = n.State
	}
	if n.State == InterfaceDown {
		l.lost.linkDown(n.Addr)
	}
	if known && area == n.Area {
		return false
	}
	l.lookAtAreas()
	return true
}

// noPart reports whether the areas have changed.
func (l *links) noPart(n NoInterface) (changed bool) {
	_, known := l.areas[n.Addr]
	l.dirty = true
	// Of one that went down before, ospfd has told that its neighbors are lost, and those
	// that are left are on others: unnumbered ones share an address.
	if l.interfaces[n.Addr] != InterfaceDown {
		maps.DeleteFunc(l.neighbors, func(k neighborAt, _ Neighbor) bool { return k.ifAddr == n.Addr })
	}
	delete(l.interfaces, n.Addr)
	delete(l.areas, n.Addr)
	l.lost.linkDown(n.Addr)
	l.lookAtAreas()
	return known
}

// neighbor leaves out the router itself, which ospfd lists among its neighbors.
func (l *links) neighbor(n Neighbor, now time.Time) {
	k := neighborAt{n.IfAddr, n.Addr}
	l.dirty = true
	was := l.neighbors[k]
	if n.ID == l.self || n.State == NeighborDown {
		delete(l.neighbors, k)
	} else {
		l.neighbors[k] = n
	}
	for _, id := range []routerid.ID{was.ID, n.ID} {
		switch {
		case l.hears(id):
			delete(l.lost, id)
		case id == was.ID && was.State >= NeighborKnown:
			l.lost[id] = lostNeighbor{now, n.IfAddr}
		}
	}
}

// hears reports whether a router is a neighbor on some link, in both directions.
func (l *links) hears(id routerid.ID) bool {
	for _, n := range l.neighbors {
		if n.ID == id && n.State >= NeighborKnown {
			return true
		}
	}
	return false
}

func (l *links) level() discovery.Links {
	var out discovery.Links
	for _, s := range l.interfaces {
		if s == InterfaceWaiting {
			out.Waiting++
		}
	}
	for _, n := range l.neighbors {
		switch n.State {
		case NeighborFull:
			out.Full = append(out.Full, n.ID)
		case NeighborExchanging:
			out.Exchanging++
		}
	}
	slices.Sort(out.Full)
	out.Full = slices.Compact(out.Full)
	return out
}

// lookAtAreas finds out whether all interfaces are in one.
func (l *links) lookAtAreas() {
	if len(l.areas) == 0 {
		return
	}
	l.onlyArea = nil
	for _, a := range l.areas {
		if l.onlyArea != nil && *l.onlyArea != a {
			l.onlyArea = nil
			return
		}
		l.onlyArea = &a
	}
}

// attached reports whether an interface is in an area.
func (l *links) attached(area uint32) bool {
	for _, a := range l.areas {
		if a == area {
			return true
		}
	}
	return false
}

// told is what was last reported, so that only changes are.
type told struct {
	reach    *discovery.Reachable
	links    *discovery.Links
	suspects bool // some of reach
}

// changed returns the levels that are not what was told.
func (t *told) changed(r *reach, l *links, at time.Time) []discovery.Event {
	var events []discovery.Event
	if r.dirty || len(l.lost) > 0 || t.suspects {
		r.dirty = false
		now := r.level()
		t.suspects = l.lost.mark(now.Routers, at)
		if t.reach == nil || !maps.Equal(now.Routers, t.reach.Routers) {
			t.reach = &now
			events = append(events, now)
		}
	}
	if l.dirty {
		l.dirty = false
		now := l.level()
		same := t.links != nil && now.Waiting == t.links.Waiting && now.Exchanging == t.links.Exchanging
		if !same || !slices.Equal(now.Full, t.links.Full) {
			t.links = &now
			events = append(events, now)
		}
	}
	return events
}
