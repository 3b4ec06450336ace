package network

import (
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/ospf/lsdb"
	"srr/internal/routerid"
)

// Router is one OSPF daemon: that of a router, or ospfd of a host.
type Router struct {
	ID       routerid.ID
	Name     string
	network  *Network
	host     bool
	priority int // in the election of designated routers
	running  bool
	frozen   bool
	life     int      // changes with each start and end of the process
	deferred []func() // what came due while it was frozen
	ports    []*port
	db       *lsdb.DB
	clients  []Client
	listener Client        // of them
	listened time.Duration // when it connected

	sequence     map[lsdb.Key]int32 // last one used of each own LSA
	originatedAt time.Duration      // own router and network LSAs; negative: not yet
	originateDue bool
	digest       uint64 // of the router and network LSAs in db

	spfDue   bool
	spfAt    time.Duration // of the last one
	reach    []routerid.ID
	since    map[routerid.ID]time.Duration // when each of reach was reached
	links    discovery.Links
	alone    time.Duration // since when no neighbor is Full; negative: one is
	expiring bool
	aged     []*lsdb.Entry // of age MaxAge, not yet removed
	// unacknowledged is what will be sent again, to how many neighbors.
	unacknowledged map[*lsdb.Entry]int
}

// Running reports whether the process runs.
func (r *Router) Running() bool { return r.running }

// Frozen reports whether the process is stopped in time.
func (r *Router) Frozen() bool { return r.frozen }

// Start starts the process, with an empty database.
func (r *Router) Start() {
	if r.running {
		return
	}
	r.running, r.frozen, r.deferred = true, false, nil
	r.life++
	r.db = lsdb.New(lsdb.Limits{})
	r.sequence = map[lsdb.Key]int32{}
	r.originatedAt, r.originateDue, r.digest, r.reach = -time.Hour, false, 0, nil
	r.since = map[routerid.ID]time.Duration{}
	r.spfDue, r.spfAt, r.expiring, r.aged = false, -time.Hour, false, nil
	r.unacknowledged = map[*lsdb.Entry]int{}
	r.links, r.alone = discovery.Links{}, r.network.queue.Now()
	for _, p := range r.ports {
		p.came()
	}
	r.reoriginate()
	r.changed()
}

// Stop ends the process. Nobody is told: what it flooded stays with the others.
func (r *Router) Stop() {
	if !r.running {
		return
	}
	clients := r.clients
	r.running, r.frozen, r.listener, r.clients = false, false, nil, nil
	r.life++
	r.changed()
	for _, c := range clients {
		c.Ended()
	}
}

// Freeze stops the process in time, or lets it go on. Packets that arrive
// meanwhile are lost.
func (r *Router) Freeze(frozen bool) {
	if r.running && r.frozen != frozen {
		r.frozen = frozen
		r.changed()
		for _, c := range r.clients {
			if frozen {
				c.Frozen()
			}
		}
		due := r.deferred
		r.deferred = nil
		for _, do := range due {
			r.after(0, do)
		}
	}
}

// changed lets all links look at the router.
func (r *Router) changed() {
	for _, p := range r.ports {
		p.link.changed()
	}
}

// Reaches reports whether the router's last computation reaches another one.
func (r *Router) Reaches(id routerid.ID) bool {
	_, ok := slices.BinarySearch(r.reach, id)
	return r.running && ok
}

// ReachedSince is when the router began to reach another one; false if it does not.
func (r *Router) ReachedSince(id routerid.ID) (time.Duration, bool) {
	if !r.Reaches(id) {
		return 0, false
	}
	return r.since[id], true
}

// ListenedSince is when the present client of the API connected.
func (r *Router) ListenedSince() time.Duration { return r.listened }

// Database is what the router holds. Nobody but the router changes it.
func (r *Router) Database() *lsdb.DB { return r.db }

// HasNeighbor reports whether any neighbor is Full.
func (r *Router) HasNeighbor() bool {
	return r.running && slices.ContainsFunc(r.ports, func(p *port) bool { return len(p.full()) > 0 })
}

// AloneSince is since when no neighbor has been Full; false if one is.
func (r *Router) AloneSince() (time.Duration, bool) { return r.alone, r.running && r.alone >= 0 }

// noteNeighbors keeps since when this router has been alone.
func (r *Router) noteNeighbors() {
	switch {
	case r.HasNeighbor():
		r.alone = -1
	case r.alone < 0:
		r.alone = r.network.queue.Now()
	}
}

// after does something later, unless the process has ended meanwhile. While it
// is frozen, what is due waits.
func (r *Router) after(d time.Duration, do func()) {
	life := r.life
	r.network.queue.After(d, func() {
		switch {
		case r.life != life:
		case r.frozen:
			r.deferred = append(r.deferred, do)
		default:
			do()
		}
	})
}

// linkLevel sums the adjacencies up.
func (r *Router) linkLevel() discovery.Links {
	var l discovery.Links
	for _, p := range r.ports {
		if p.waiting() {
			l.Waiting++
		}
		for _, e := range p.neighbors {
			switch e.state {
			case Exchange:
				l.Exchanging++
			case Full:
				l.Full = append(l.Full, e.of.router.ID)
			}
		}
	}
	slices.Sort(l.Full)
	l.Full = slices.Compact(l.Full)
	return l
}
