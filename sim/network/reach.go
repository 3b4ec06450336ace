package network

import (
	"slices"
	"time"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/ospf/spf"
	"srr/internal/routerid"
)

// spfHold is FRR's pause between two computations (timers throttle spf 0 50 …).
const spfHold = 50 * time.Millisecond

// spfLater asks for a new computation. Only hosts need one: nobody asks the
// others whom they reach.
func (r *Router) spfLater() {
	if r.spfDue || !r.host {
		return
	}
	r.spfDue = true
	r.after(max(time.Millisecond, r.spfAt+spfHold-r.network.queue.Now()), func() {
		r.spfDue, r.spfAt = false, r.network.queue.Now()
		reach := r.compute()
		if !slices.Equal(reach, r.reach) {
			for _, id := range reach {
				if !r.Reaches(id) {
					r.since[id] = r.network.queue.Now()
				}
			}
			r.reach = reach
			if r.listener != nil {
				r.listener.Reach(reach)
			}
		}
	})
}

// maxAnswers bounds what is kept of computations: a network that flaps for a while
// has thousands of topologies, and asks about the last few only.
const maxAnswers = 4096

// compute is whom the database says that this router reaches.
func (r *Router) compute() []routerid.ID {
	n := r.network
	q := question{r.digest, r.ID}
	if known, ok := n.reached[q]; ok {
		return known
	}
	if len(n.reached) > maxAnswers {
		clear(n.reached)
		clear(n.topologies)
	}
	t := n.topologies[r.digest]
	if t == nil {
		t = spf.NewTopology(r.db, n.queue.Now())
		n.topologies[r.digest] = t
	}
	var ids []routerid.ID
	for id := range t.Reachability(r.ID) {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	n.reached[q] = ids
	return ids
}

// updateDigest keeps the digest of the router and network LSAs: a sum, so that
// the order of arrival does not matter.
func (r *Router) updateDigest(c *lsdb.Change) {
	now := r.network.queue.Now()
	if c.Old != nil && !c.Old.MaxAge(now) {
		r.digest -= fingerprint(&c.Old.LSA.Header)
	}
	if c.New != nil && !c.New.MaxAge(now) {
		r.digest += fingerprint(&c.New.LSA.Header)
	}
}

// fingerprint tells instances of LSAs apart.
func fingerprint(h *packet.Header) uint64 {
	x := uint64(h.AdvRouter)<<32 ^ uint64(h.ID)
	x = mix(x) ^ uint64(uint32(h.Seq))<<24 ^ uint64(h.Checksum)<<8 ^ uint64(h.Type)
	return mix(x)
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
