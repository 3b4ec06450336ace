package network

import (
	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// reoriginate brings the router's own LSAs up to date, not more often than
// MinLSInterval allows.
func (r *Router) reoriginate() {
	if !r.running || r.originateDue {
		return
	}
	r.originateDue = true
	r.after(max(0, r.originatedAt+r.network.timers.LSInterval-r.network.queue.Now()), func() {
		r.originateDue, r.originatedAt = false, r.network.queue.Now()
		r.originateTopology()
	})
}

// originateTopology originates the router LSA, and the network LSA of each LAN
// whose designated router this one is; others of its own it flushes.
func (r *Router) originateTopology() {
	r.originate(packet.TypeRouter, packet.Quad(r.ID), r.routerLSA())
	for _, p := range r.ports {
		if !p.link.lan {
			continue
		}
		neighbors := p.full()
		if p.dr && len(neighbors) > 0 {
			body := &packet.Network{Mask: 0xffffff00, Routers: []routerid.ID{r.ID}}
			for _, o := range neighbors {
				body.Routers = append(body.Routers, o.router.ID)
			}
			r.originate(packet.TypeNetwork, p.addr, body)
		} else {
			r.flush(lsdb.Key{Type: packet.TypeNetwork, ID: p.addr, AdvRouter: r.ID})
		}
	}
}

// routerLSA describes the links on which there is a Full neighbor.
func (r *Router) routerLSA() *packet.Router {
	body := &packet.Router{}
	for _, p := range r.ports {
		for _, o := range p.full() {
			l := packet.RouterLink{Type: packet.LinkPointToPoint, ID: packet.Quad(o.router.ID), Data: p.addr, Metric: 10}
			if !p.link.lan {
				body.Links = append(body.Links, l)
				continue
			}
			if l.Type, l.ID = packet.LinkTransit, o.addr; p.dr {
				l.ID = p.addr
			} else if d := p.link.believed(p.part); r.network.backups && d != nil {
				l.ID = d.addr
			}
			body.Links = append(body.Links, l)
			break // one link per LAN
		}
	}
	return body
}

// originate floods a new instance of an LSA of one's own.
func (r *Router) originate(t packet.Type, id packet.Quad, body packet.Body) {
	l := packet.LSA{Header: packet.Header{Type: t, ID: id, AdvRouter: r.ID, Options: packet.OptionE}, Body: body}
	k := lsdb.KeyOf(lsdb.Where{}, l.Header)
	if old, ok := r.db.Get(k); ok {
		was := old.At(r.network.queue.Now())
		if !was.Header.IsMaxAge() && packet.SameContent(&was, &l) {
			return
		}
	}
	if r.sequence[k] == packet.MaxSeq {
		r.wrap(k)
		return
	}
	r.giveOut(&l, r.nextSequence(k))
}

// giveOut floods an LSA of one's own under a number.
func (r *Router) giveOut(l *packet.LSA, seq int32) {
	l.Header.Seq = seq
	if _, err := l.Seal(); err != nil {
		panic("network: originate " + l.Header.String() + ": " + err.Error())
	}
	r.install(l, nil)
}

// Exhaust gives the router LSA out under the last sequence number that there is, which
// is what a router answers to one that forges it under a high one. When it is given
// out the next time, the numbers begin anew.
func (r *Router) Exhaust() {
	k := lsdb.Key{Type: packet.TypeRouter, ID: packet.Quad(r.ID), AdvRouter: r.ID}
	if !r.running || r.frozen {
		return
	}
	if e, ok := r.db.Get(k); ok && !e.MaxAge(r.network.queue.Now()) {
		l := e.At(r.network.queue.Now())
		l.Header.Age, r.sequence[k] = 0, packet.MaxSeq
		r.giveOut(&l, packet.MaxSeq)
		r.after(r.network.timers.LSInterval, func() { r.wrap(k) })
	}
}

// wrap takes an LSA with the last sequence number back. When that is removed, it is
// given out again under the first one (RFC 2328, section 12.1.6).
func (r *Router) wrap(k lsdb.Key) {
	r.network.wrapped = r.network.queue.Now()
	r.flush(k)
}

// removed: an LSA of one's own has left the database.
func (r *Router) removed(x *lsdb.Entry) {
	if r.listener != nil {
		r.listener.Delete(&x.LSA)
	}
	if r.sequence[x.Key] == packet.MaxSeq {
		delete(r.sequence, x.Key)
		r.network.wrapped = r.network.queue.Now()
		r.originateTopology()
	}
}

func (r *Router) nextSequence(k lsdb.Key) int32 {
	seq, ok := r.sequence[k]
	if seq++; !ok {
		seq = packet.InitialSeq
	}
	r.sequence[k] = seq
	return seq
}

// noteSequence: a former life of this router used a sequence number.
func (r *Router) noteSequence(k lsdb.Key, seq int32) {
	if last, ok := r.sequence[k]; !ok || last < seq {
		r.sequence[k] = seq
	}
}

// flush ages an LSA of one's own prematurely (RFC 2328, section 14.1), and
// reports whether there was one.
func (r *Router) flush(k lsdb.Key) bool {
	e, ok := r.db.Get(k)
	if !ok || e.MaxAge(r.network.queue.Now()) {
		return false
	}
	l := e.LSA
	l.Header.Age = packet.MaxAgeSeconds
	r.install(&l, nil)
	return true
}

// OriginateOpaque floods an area-scope opaque LSA for a client of the API. One that
// is there already is updated, but not before it is old enough: MinLSInterval, 5 s,
// whatever the timers of the rest are (measured on FRR).
func (r *Router) OriginateOpaque(id packet.Quad, data []byte) {
	now := r.network.queue.Now()
	k := lsdb.Key{Type: packet.TypeOpaqueArea, ID: id, AdvRouter: r.ID}
	if old, ok := r.db.Get(k); ok && !old.MaxAge(now) && now < old.Installed+packet.MinLSInterval {
		c := r.listener
		r.after(old.Installed+packet.MinLSInterval-now, func() {
			if r.listener == c {
				r.OriginateOpaque(id, data)
			}
		})
		return
	}
	r.originate(packet.TypeOpaqueArea, id, &packet.Opaque{Data: data})
}

// FlushOpaque takes an opaque LSA back for a client of the API, and reports whether
// there was one.
func (r *Router) FlushOpaque(id packet.Quad) bool {
	return r.flush(lsdb.Key{Type: packet.TypeOpaqueArea, ID: id, AdvRouter: r.ID})
}
