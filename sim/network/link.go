package network

import (
	"cmp"
	"slices"
	"time"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
)

// Link is a LAN or a point-to-point link.
type Link struct {
	Name        string
	network     *Network
	lan         bool
	ports       []*port
	adjacencies []*adjacency
	quality     Quality
}

// Quality is what a link does to packets.
type Quality struct {
	Delay     time.Duration
	Jitter    time.Duration // more than the delay reorders
	Loss      int           // percent
	Duplicate int           // percent
}

// Good is the quality of a link that nobody has touched.
var Good = Quality{Delay: 200 * time.Microsecond, Jitter: 200 * time.Microsecond}

// port is where a router is attached to a link.
type port struct {
	router    *Router
	link      *Link
	addr      packet.Quad
	carrier   bool
	part      int  // of the link: ports in different parts do not hear each other
	deaf      bool // receives nothing
	mute      bool // sends nothing
	loss      int  // percent of what it receives
	dr        bool // designated router, as its part of the LAN believes
	backup    bool // designated router if that is lost
	upSince   time.Duration
	neighbors []*end
}

// live reports whether OSPF runs on the port.
func (p *port) live() bool { return p.router.running && p.carrier }

// hears reports whether what o sends arrives at p now.
func (p *port) hears(o *port) bool {
	return p.live() && o.live() && !p.router.frozen && !o.router.frozen &&
		!p.deaf && !o.mute && p.part == o.part
}

// SetQuality changes what the link does to packets from now on.
func (l *Link) SetQuality(q Quality) { l.quality = q }

// Quality returns what the link does to packets.
func (l *Link) Quality() Quality { return l.quality }

// IsLAN reports whether it is a LAN.
func (l *Link) IsLAN() bool { return l.lan }

// Members are the routers on the link.
func (l *Link) Members() []*Router {
	rs := make([]*Router, len(l.ports))
	for i, p := range l.ports {
		rs[i] = p.router
	}
	return rs
}

// SetCarrier takes the carrier from a router's port, or gives it back.
func (l *Link) SetCarrier(r *Router, up bool) {
	l.change(r, func(p *port) {
		was := p.carrier
		if p.carrier = up; up && !was {
			p.came()
		}
	})
}

// SetDeaf lets a router receive nothing on the link, though it still sends.
func (l *Link) SetDeaf(r *Router, deaf bool) { l.change(r, func(p *port) { p.deaf = deaf }) }

// SetMute lets a router send nothing on the link, though it still receives.
func (l *Link) SetMute(r *Router, mute bool) { l.change(r, func(p *port) { p.mute = mute }) }

// SetLoss lets a router lose so many percent of what it receives on the link, besides
// what the link loses.
func (l *Link) SetLoss(r *Router, percent int) { l.change(r, func(p *port) { p.loss = percent }) }

// Loses reports whether any packet may be lost on the link while it is up.
func (l *Link) Loses() bool {
	return l.quality.Loss > 0 || slices.ContainsFunc(l.ports, func(p *port) bool { return p.loss > 0 })
}

// SetPart puts a router into a part of the link. Routers in different parts do
// not hear each other; all begin in part 0.
func (l *Link) SetPart(r *Router, part int) { l.change(r, func(p *port) { p.part = part }) }

func (l *Link) change(r *Router, f func(*port)) {
	for _, p := range l.ports {
		if p.router == r {
			f(p)
		}
	}
	l.changed()
}

// changed lets every adjacency of the link look at what has changed.
func (l *Link) changed() {
	if l.lan {
		l.elect()
	}
	for _, a := range l.adjacencies {
		a.look()
	}
	for _, p := range l.ports {
		p.router.tellLinks()
	}
}

// elect keeps the designated router of each part of a LAN, or chooses another
// when the loss of the old one has been noticed. There is no backup, which makes
// its loss worse than it would be.
func (l *Link) elect() {
	for _, p := range l.ports {
		switch {
		case (p.dr || p.backup) && !p.audible():
			l.forgetLater(p)
		case p.dr && l.designated(p.part) != p:
			p.dr = false // two parts were joined
		case l.designated(p.part) == nil && l.candidate(p.part) == p:
			l.electLater(p)
		}
	}
	if l.network.backups {
		l.electBackups()
	}
}

func (p *port) audible() bool { return p.live() && !p.router.frozen }

// better is the order of the election (RFC 2328, section 9.4).
func (p *port) better(o *port) bool {
	return o == nil || p.router.priority > o.router.priority ||
		p.router.priority == o.router.priority && p.router.ID > o.router.ID
}

// designated is who acts as designated router in a part of the LAN.
func (l *Link) designated(part int) *port {
	var best *port
	for _, p := range l.ports {
		if p.dr && p.part == part && p.audible() && p.better(best) {
			best = p
		}
	}
	return best
}

// candidate is who would be designated in a part of the LAN.
func (l *Link) candidate(part int) *port {
	var best *port
	for _, p := range l.ports {
		if p.part == part && p.audible() && p.router.priority > 0 && p.better(best) {
			best = p
		}
	}
	return best
}

// forgetLater: the others notice the loss of a designated router.
func (l *Link) forgetLater(p *port) {
	l.network.queue.After(l.network.timers.Detect(), func() {
		if (p.dr || p.backup) && !p.audible() {
			l.forget(p)
			l.changed()
		}
	})
}

// electLater waits until the candidate has left Waiting, and everybody has
// noticed that there is no designated router.
func (l *Link) electLater(p *port) {
	q, t := l.network.queue, l.network.timers
	q.At(max(p.upSince+t.Dead, q.Now()+t.Detect()), func() {
		if l.designated(p.part) == nil && l.candidate(p.part) == p && q.Now() >= p.upSince+t.Dead {
			p.dr = true
			l.changed()
		}
	})
}

// came notes that OSPF begins on the port: on a LAN it waits for a designated
// router to be heard.
func (p *port) came() {
	p.upSince, p.dr, p.backup = p.link.network.queue.Now(), false, false
	p.router.after(p.link.network.timers.Dead, p.router.tellLinks)
}

// waiting reports whether the port is in OSPF's state Waiting.
func (p *port) waiting() bool {
	return p.link.lan && p.live() && p.link.designated(p.part) == nil &&
		p.link.network.queue.Now() < p.upSince+p.link.network.timers.Dead
}

// send lets an LSA arrive at the other end; it is sent again if it does not, or if
// it is not acknowledged. Packets overtake each other, but of one LSA the last
// instance arrives last: routers send it so, and real links keep the order. A flush
// before what it flushes would leave that on the other side for ever.
func (e *end) send(x *lsdb.Entry, age uint16) {
	q, n := e.at.link.quality, e.at.link.network
	if e.loses() {
		e.retransmit(x)
		return
	}
	at := e.inFlight.add(x.Key, n.queue.Now(), n.queue.Now()+n.between(q.Delay, q.Delay+q.Jitter))
	n.queue.At(at, func() {
		if !e.of.hears(e.at) || !e.arrive(x, age) {
			e.retransmit(x)
		}
	})
	if q.Duplicate > 0 && n.random.IntN(100) < q.Duplicate {
		n.queue.After(n.between(q.Delay, 4*q.Delay+q.Jitter), func() {
			if cur, ok := e.at.router.db.Get(x.Key); ok && cur == x && e.of.hears(e.at) {
				e.arrive(x, age)
			}
		})
	}
}

// loses draws whether a packet is lost on its way.
func (e *end) loses() bool {
	n, q := e.at.link.network, e.at.link.quality
	return q.Loss > 0 && n.random.IntN(100) < q.Loss || e.of.loss > 0 && n.random.IntN(100) < e.of.loss
}

// arrive lets the other end take an LSA of an age, and reports whether it is
// acknowledged.
func (e *end) arrive(x *lsdb.Entry, age uint16) bool {
	l, to := x.LSA, e.other()
	l.Header.Age = age
	return to.state != Down && to.at.router.receive(to, &l)
}

// flights are the LSAs that are on their way to a neighbor, and when the last
// instance of each arrives. Mostly there are a few.
type flights []flight

type flight struct {
	key lsdb.Key
	at  time.Duration
}

// add sends another instance of an LSA, which is to arrive at a time, and returns
// when it does: not before the one that was sent last. It forgets what has arrived.
func (f *flights) add(k lsdb.Key, now, at time.Duration) time.Duration {
	way := (*f)[:0]
	for _, x := range *f {
		switch {
		case x.at < now:
		case x.key == k:
			at = max(at, x.at)
		default:
			way = append(way, x)
		}
	}
	*f = append(way, flight{k, at})
	return at
}

// full are the ports with which this one is Full, sorted by router ID.
func (p *port) full() []*port {
	var out []*port
	for _, e := range p.neighbors {
		if e.state == Full {
			out = append(out, e.of)
		}
	}
	slices.SortFunc(out, func(a, b *port) int { return cmp.Compare(a.router.ID, b.router.ID) })
	return out
}
