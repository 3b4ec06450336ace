package network

import (
	"slices"
	"time"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// Client of a router's daemon, by its OSPF API: it is told what that learns.
type Client interface {
	// Update: the database holds this opaque LSA, of that age. When it is shown, it
	// may be of age MaxAge.
	Update(l *packet.LSA, age uint16)
	// Delete: this instance has left the database, or was replaced.
	Delete(l *packet.LSA)
	// Reach is a level: all routers that are reached, sorted, without this one.
	Reach(routers []routerid.ID)
	// Port is one that has left Waiting, or not.
	Port(addr packet.Quad, waiting bool)
	Neighbor(n Neighbor)
	// Frozen: the daemon stands still. It cannot say so; the client may find out.
	Frozen()
	// Ended: the daemon has ended.
	Ended()
}

// Neighbor is the state of one.
type Neighbor struct {
	At, Addr packet.Quad // the port, and the neighbor's
	ID       routerid.ID
	State    State
}

// Addrs are those of the router's ports.
func (r *Router) Addrs() (addrs []uint32) {
	for _, p := range r.ports {
		addrs = append(addrs, uint32(p.addr))
	}
	return addrs
}

// Connect takes a client. Before it listens it is told nothing but the end.
func (r *Router) Connect(c Client) { r.clients = append(r.clients, c) }

// Listen tells a client of all changes, and is false if another one listens.
func (r *Router) Listen(c Client) bool {
	if r.listener == nil {
		r.listener, r.listened = c, r.network.queue.Now()
	}
	return r.listener == c
}

// ShowDatabase tells the client of every opaque LSA.
func (r *Router) ShowDatabase() {
	now := r.network.queue.Now()
	for e := range r.db.Of(lsdb.Where{}, packet.TypeOpaqueArea) {
		r.listener.Update(&e.LSA, e.Header(now).Age)
	}
}

// ShowReach tells the client whom the router reaches.
func (r *Router) ShowReach() { r.listener.Reach(r.reach) }

// ShowLinks tells the client of every port and neighbor.
func (r *Router) ShowLinks() {
	r.links = r.linkLevel()
	for _, p := range r.ports {
		r.listener.Port(p.addr, p.waiting())
		for _, e := range p.neighbors {
			r.listener.Neighbor(Neighbor{p.addr, e.of.addr, e.of.router.ID, e.state})
		}
	}
}

// tellLinks tells the client about changed adjacencies.
func (r *Router) tellLinks() {
	if !r.running || r.listener == nil {
		return
	}
	l := r.linkLevel()
	if l.Waiting != r.links.Waiting || l.Exchanging != r.links.Exchanging || !slices.Equal(l.Full, r.links.Full) {
		r.ShowLinks()
	}
}

// Forsake is the end of a client, as soon as the daemon sees it: it flushes what it
// flooded for it.
func (r *Router) Forsake(c Client) {
	if r.frozen {
		r.after(0, func() { r.Forsake(c) })
		return
	}
	r.clients = slices.DeleteFunc(r.clients, func(o Client) bool { return o == c })
	if r.listener != c || !r.running {
		return
	}
	r.listener = nil
	var keys []lsdb.Key
	for e := range r.db.Of(lsdb.Where{}, packet.TypeOpaqueArea) {
		if e.Key.AdvRouter == r.ID {
			keys = append(keys, e.Key)
		}
	}
	for _, k := range keys {
		r.flush(k)
	}
}

// Later does something in the daemon, if it still runs; one that is frozen does it
// when it goes on.
func (r *Router) Later(d time.Duration, do func()) { r.after(d, do) }
