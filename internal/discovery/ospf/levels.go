package ospf

import (
	"maps"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/frr/ospfapi"
	"srr/internal/routerid"
)

// infinity is LSInfinity: the destination of a summary cannot be reached
// (RFC 2328, appendix B).
const infinity = 0xffffff

// maxReachable is where FRR cuts the list of REACHABLE_CHANGE.
const maxReachable = 384

// asbr identifies a type-4 LSA: who says how far an AS border router is.
type asbr struct {
	area uint32
	from routerid.ID // area border router
	to   routerid.ID // AS border router
}

// reach knows the routers of the attached areas from ospfd, and AS border
// routers of other areas from type-4 LSAs: ospfd does not list those.
type reach struct {
	self  routerid.ID
	near  map[routerid.ID]bool
	far   map[asbr]time.Time // zero, or when it goes unless replaced before
	dirty bool
}

func newReach(self routerid.ID) *reach {
	return &reach{self: self, near: map[routerid.ID]bool{}, far: map[asbr]time.Time{}, dirty: true}
}

// change takes a REACHABLE_CHANGE. The answer to a sync is the complete list.
func (r *reach) change(n ospfapi.ReachableChange) {
	r.dirty = true
	if n.Seq != 0 && len(n.Add) < maxReachable {
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
func (r *reach) summary(l *ospfapi.LSA, area uint32) {
	k := asbr{area: area, from: l.AdvRtr, to: routerid.ID(l.ID)}
	p := l.Payload()
	if l.Age >= ospfapi.MaxAge || len(p) < 8 || uint32(p[5])<<16|uint32(p[6])<<8|uint32(p[7]) == infinity {
		delete(r.far, k)
	} else {
		r.far[k] = time.Time{}
	}
	r.dirty = true
}

// withdrawn takes the deletion of a type-4 LSA, which counts if no replacement
// follows: each refresh begins with one, and nobody must fail over for that.
func (r *reach) withdrawn(l *ospfapi.LSA, area uint32, now time.Time) {
	k := asbr{area: area, from: l.AdvRtr, to: routerid.ID(l.ID)}
	if at, ok := r.far[k]; ok && at.IsZero() {
		r.far[k] = now.Add(replaceGrace)
	}
}

// expire carries out the deletions that nothing followed.
func (r *reach) expire(now time.Time) {
	for k, at := range r.far {
		if !at.IsZero() && !now.Before(at) {
			delete(r.far, k)
			r.dirty = true
		}
	}
}

// deadline returns when expire has something to do, zero for never.
func (r *reach) deadline() time.Time {
	var first time.Time
	for _, at := range r.far {
		first = earlier(first, at)
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

// neighbor identifies one by the interface and its address there.
type neighbor struct{ ifAddr, addr uint32 }

// adjacency is the state of a neighbor.
type adjacency struct {
	id    routerid.ID
	state ospfapi.NSMState
}

// links knows ospfd's interfaces, their areas and its neighbors.
type links struct {
	self       routerid.ID
	interfaces map[uint32]ospfapi.ISMState // by address
	areas      map[uint32]uint32           // of the interfaces
	lastArea   *uint32                     // the only one, when there was one
	neighbors  map[neighbor]adjacency
	dirty      bool
}

func newLinks(self routerid.ID) *links {
	return &links{
		self: self, interfaces: map[uint32]ospfapi.ISMState{}, areas: map[uint32]uint32{},
		neighbors: map[neighbor]adjacency{}, dirty: true,
	}
}

func (l *links) ism(n ospfapi.ISMChange) {
	l.dirty = true
	l.interfaces[n.IfAddr] = n.State
	l.areas[n.IfAddr] = n.Area
}

func (l *links) newIf(n ospfapi.NewIf) {
	l.dirty = true
	l.areas[n.IfAddr] = n.Area
}

func (l *links) delIf(n ospfapi.DelIf) {
	l.dirty = true
	delete(l.interfaces, n.IfAddr)
	delete(l.areas, n.IfAddr)
	maps.DeleteFunc(l.neighbors, func(k neighbor, _ adjacency) bool { return k.ifAddr == n.IfAddr })
}

// nsm leaves out the router itself, which ospfd lists among its neighbors.
func (l *links) nsm(n ospfapi.NSMChange) {
	k := neighbor{n.IfAddr, n.NbrAddr}
	l.dirty = true
	if n.RouterID == l.self || n.State <= ospfapi.NSMDown {
		delete(l.neighbors, k)
		return
	}
	l.neighbors[k] = adjacency{n.RouterID, n.State}
}

func (l *links) level() discovery.Links {
	var out discovery.Links
	for _, s := range l.interfaces {
		if s == ospfapi.ISMWaiting {
			out.Waiting++
		}
	}
	for _, a := range l.neighbors {
		switch {
		case a.state == ospfapi.NSMFull:
			out.Full = append(out.Full, a.id)
		case a.state >= ospfapi.NSMExStart:
			out.Exchanging++
		}
	}
	slices.Sort(out.Full)
	out.Full = slices.Compact(out.Full)
	return out
}

// onlyArea returns the area of all interfaces, if it is one. Without any
// interface it stays what it was.
func (l *links) onlyArea() (area uint32, ok bool) {
	for _, a := range l.areas {
		if ok && a != area {
			l.lastArea = nil
			return 0, false
		}
		area, ok = a, true
	}
	if ok {
		l.lastArea = &area
	} else if l.lastArea != nil {
		return *l.lastArea, true
	}
	return area, ok
}

// told is what was last reported, so that only changes are.
type told struct {
	reach *discovery.Reachable
	links *discovery.Links
}

// changed returns the levels that are not what was told.
func (t *told) changed(r *reach, l *links) []discovery.Event {
	var events []discovery.Event
	if r.dirty {
		r.dirty = false
		if now := r.level(); t.reach == nil || !maps.Equal(now.Routers, t.reach.Routers) {
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
