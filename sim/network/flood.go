package network

import (
	"slices"
	"time"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// receive takes an LSA that a neighbor flooded (RFC 2328, section 13), and
// reports whether it is acknowledged.
func (r *Router) receive(from *end, l *packet.LSA) bool {
	now := r.network.queue.Now()
	old, ok := r.db.Get(lsdb.KeyOf(lsdb.Where{}, l.Header))
	newer := 1
	if ok {
		newer = old.Compare(l.Header, now)
	}
	switch {
	case newer < 0 && old.MaxAge(now) && old.LSA.Header.Seq == packet.MaxSeq:
		return false // step 8: until that is removed, it comes again
	case ok && newer <= 0:
		if newer < 0 {
			from.flood(old) // step 8: the sender has an older one
		}
		return true
	case ok && now-old.Installed < r.network.timers.arrival() && old.Key.AdvRouter != r.ID:
		return false // step 5a: too early; not acknowledged, so it comes again
	case !ok && l.Header.IsMaxAge():
		return true // step 4
	case l.Header.AdvRouter == r.ID:
		r.selfOriginated(l, from)
		return true
	}
	r.install(l, from)
	return true
}

// selfOriginated takes an LSA of a former life of this router (section 13.4).
// Topology is originated anew, above it. An opaque LSA whose ID is in use again
// is given out as the router's own, with the old payload (measured on FRR); one
// that nobody floods any more is flushed.
func (r *Router) selfOriginated(l *packet.LSA, from *end) {
	k := lsdb.KeyOf(lsdb.Where{}, l.Header)
	_, ours := r.db.Get(k)
	r.noteSequence(k, l.Header.Seq)
	r.install(l, from)
	switch {
	case l.Header.Type == packet.TypeRouter || l.Header.Type == packet.TypeNetwork:
		r.after(0, r.originateTopology)
	case !ours:
		r.flush(k)
	default:
		again := packet.LSA{Header: l.Header, Body: l.Body}
		again.Header.Age, again.Header.Seq = 0, r.nextSequence(k)
		r.install(&again, nil)
	}
}

// install puts an LSA into the database, tells the client, and floods it on.
func (r *Router) install(l *packet.LSA, from *end) {
	now := r.network.queue.Now()
	c, err := r.db.Install(now, lsdb.Where{}, *l)
	if err != nil {
		panic("network: " + err.Error())
	}
	if c.Kind == lsdb.Unchanged {
		return
	}
	r.noticed(&c)
	age := ageOnTheWay(c.New, now)
	for _, p := range r.ports {
		if !p.floodsHere(from) {
			continue
		}
		for _, e := range p.neighbors {
			if e == from || e.state == Down {
				continue
			}
			e.send(c.New, age)
		}
	}
	if l.Header.IsMaxAge() {
		r.aged = append(r.aged, c.New)
		r.expireLater()
	}
}

// Purge floods the end of all opaque LSAs of another router that this one holds.
func (r *Router) Purge(author routerid.ID) {
	if !r.running || r.frozen {
		return
	}
	now := r.network.queue.Now()
	var held []*lsdb.Entry
	for e := range r.db.Of(lsdb.Where{}, packet.TypeOpaqueArea) {
		if e.Key.AdvRouter == author && !e.MaxAge(now) {
			held = append(held, e)
		}
	}
	for _, e := range held {
		l := e.LSA
		l.Header.Age = packet.MaxAgeSeconds
		r.install(&l, nil)
	}
}

// flood sends an LSA to a neighbor until it is acknowledged, replaced, or the
// neighbor is gone.
func (e *end) flood(x *lsdb.Entry) { e.send(x, ageOnTheWay(x, e.at.router.network.queue.Now())) }

// ageOnTheWay is the age of an LSA that is sent now.
func ageOnTheWay(x *lsdb.Entry, now time.Duration) uint16 {
	return min(x.Header(now).Age+1, packet.MaxAgeSeconds) // InfTransDelay
}

// retransmit sends an LSA that was not acknowledged again, if it still is the one
// in the database and the neighbor is there.
func (e *end) retransmit(x *lsdb.Entry) {
	r := e.at.router
	r.unacknowledged[x]++
	r.after(r.network.timers.Retransmit, func() {
		if r.unacknowledged[x]--; r.unacknowledged[x] == 0 {
			delete(r.unacknowledged, x)
		}
		if cur, ok := r.db.Get(x.Key); ok && cur == x && e.state != Down {
			e.flood(x)
		}
	})
}

// load takes what the other end of an adjacency has and this one lacks, and
// reports whether it has all of it: what comes too early for MinLSArrival stays
// on the list of what is asked for. An LSA of age MaxAge is not in the summary; it goes to the list of what is retransmitted
// (section 10.3), lest this end keeps for ever what was flushed out of its sight.
func (e *end) load() (loaded bool) {
	r, o := e.at.router, e.of.router
	now := r.network.queue.Now()
	var missing []*lsdb.Entry
	for x := range o.db.All() {
		mine, ok := r.db.Get(x.Key)
		if x.MaxAge(now) {
			if ok {
				e.other().retransmit(x) // what this end does not have it would not take
			}
			continue
		}
		if !ok || packet.Compare(x.Header(now), mine.Header(now)) > 0 {
			missing = append(missing, x)
		}
	}
	loaded = true
	for _, x := range missing {
		l := packet.LSA{Header: x.Header(now), Body: x.LSA.Body}
		loaded = r.receive(e, &l) && loaded
	}
	return loaded
}

// noticed tells the client of the API, and asks for a new computation. That an
// LSA of the router's own was flushed it does not tell (measured on FRR) until
// the LSA is removed, a minute later.
func (r *Router) noticed(c *lsdb.Change) {
	k := c.New.Key
	if k.Type == packet.TypeRouter || k.Type == packet.TypeNetwork {
		r.updateDigest(c)
		r.spfLater()
		return
	}
	now := r.network.queue.Now()
	flushed := c.New.MaxAge(now)
	if r.listener == nil || flushed && k.AdvRouter == r.ID {
		return
	}
	if c.Old != nil && !c.Old.MaxAge(now) {
		r.listener.Delete(&c.Old.LSA)
	}
	if !flushed {
		r.listener.Update(&c.New.LSA, c.New.LSA.Header.Age)
	}
}

// expireLater removes LSAs of age MaxAge a minute later, all that are due at
// once. No run lasts until an LSA reaches that age by itself.
func (r *Router) expireLater() {
	if r.expiring {
		return
	}
	r.expiring = true
	r.after(lsdb.Linger, func() {
		r.expiring = false
		for _, x := range r.takeExpired() {
			r.db.Remove(lsdb.Where{}, x.LSA.Header)
			if x.Key.AdvRouter == r.ID {
				r.removed(x)
			}
		}
		if len(r.aged) > 0 {
			r.expireLater()
		}
	})
}

// takeExpired returns what has been of age MaxAge for long enough, in the order in
// which it came. Nobody may wait for it, and no databases be exchanged (RFC 2328,
// section 14). DB.Expire would look at every LSA.
func (r *Router) takeExpired() (due []*lsdb.Entry) {
	now := r.network.queue.Now()
	exchanging := r.linkLevel().Exchanging > 0
	ripe := slices.IndexFunc(r.aged, func(x *lsdb.Entry) bool { return now < x.Installed+lsdb.Linger })
	if ripe < 0 {
		ripe = len(r.aged)
	}
	stay := r.aged[:0]
	for _, x := range r.aged[:ripe] {
		switch cur, ok := r.db.Get(x.Key); {
		case !ok || cur != x: // another one has taken its place
		case exchanging || r.unacknowledged[x] > 0:
			stay = append(stay, x)
		default:
			due = append(due, x)
		}
	}
	r.aged = append(stay, r.aged[ripe:]...)
	return due
}
