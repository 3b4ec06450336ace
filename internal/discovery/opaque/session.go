package opaque

import (
	"errors"
	"time"

	"srr/internal/discovery"
)

// openTimeout bounds the first synchronisation.
const openTimeout = 30 * time.Second

// fenceRetry is when a fence is repeated: ospfd may drop what stands in its
// queue behind an LSA that is too large for the API.
const fenceRetry = 200 * time.Millisecond

// session is what is known of one connection to ospfd.
type session struct {
	err     error     // why it must end
	asked   []pending // the oldest first
	fenced  bool      // the last RouterID was answered by its notification
	refence time.Time // not yet: when to ask again, zero while that is under way
	reading bool      // everything was asked for
	openBy  time.Time // zero: nothing was asked for
	up      bool

	ring   *ring
	outbox *outbox
	rush   rush
	reach  *reach
	links  *links
	told   told

	flooded   uint64 // highest incarnation flooded
	nextPing  time.Time
	nextAudit time.Time
}

func newSession(o Options) session {
	return session{
		ring: newRing(o.OpaqueType), outbox: newOutbox(o.RouterID),
		reach: newReach(o.RouterID), links: newLinks(o.RouterID),
	}
}

// opening learns the router ID, then registers and reads everything, and ends with
// Up when everything that was under way has been taken.
func (c *Core) opening(now time.Time) error {
	switch {
	case c.openBy.IsZero():
		c.openBy = now.Add(openTimeout)
		c.fence(now)
	case !now.Before(c.openBy):
		return errors.New("synchronise with ospfd: not within " + openTimeout.String())
	case !c.fenced && !c.refence.IsZero() && !now.Before(c.refence):
		c.fence(now)
	case !c.fenced || len(c.asked) > 0: // the answers may be slower than what they announce
	case !c.reading:
		c.reading = true
		c.register(now)
		c.audit(now)
		c.fence(now)
	default:
		c.opened(now)
		return nil
	}
	return c.overdue(now)
}

func (c *Core) register(now time.Time) {
	types := []uint8{OfArea, OfAS}
	if c.o.AllowLink {
		types = append(types, OfLink)
	}
	for _, t := range types {
		c.ask(Request{Kind: RegisterType, LSA: Name{Type: t}}, nil, now)
	}
	c.ask(Request{Kind: RegisterEvents}, nil, now)
}

func (c *Core) opened(now time.Time) {
	c.levels(now)
	c.emit(c.db.settle()...)
	own := c.db.ownHighest(c.o.RouterID)
	c.forget(own)
	c.up = true
	c.say("OSPF medium is up", nil)
	c.emit(discovery.Up{OwnHighest: own})
	c.accept(now)
}

// audit asks for everything. The answers come as notifications. What is missing
// from them is not taken for gone: ospfd drops notifications that stand behind
// an LSA too large for the API, and absence would end in two holders. The database
// comes first: where such an LSA is in it, what was to be told before is lost.
func (c *Core) audit(now time.Time) {
	c.nextAudit = now.Add(c.o.Audit)
	for _, k := range []Kind{SyncLSDB, SyncInterfaces, SyncNeighbors, SyncReachable} {
		c.ask(Request{Kind: k}, nil, now)
	}
}

// Ping tells a frozen ospfd from a quiet one. What is under way tells as much.
func (c *Core) Ping(now time.Time) {
	if c.up && len(c.asked) == 0 {
		c.fence(now)
	}
}

// fence asks for the router ID, which is told after everything that is under way.
func (c *Core) fence(now time.Time) {
	if c.o.Ping > 0 {
		c.nextPing = now.Add(c.o.Ping)
	}
	c.fenced, c.refence = false, time.Time{}
	c.reach.fence()
	c.ask(Request{Kind: RouterID}, nil, now)
}

// prove asks for the fence that a deletion waits for, and again if it was dropped.
func (c *Core) prove(now time.Time) {
	due := c.fenced || !c.refence.IsZero() && !now.Before(c.refence)
	if due && c.reach.doubts() {
		c.fence(now)
	}
}

// accept takes over what was Set.
func (c *Core) accept(now time.Time) {
	c.outbox.set(c.fresh(), now)
	incarnation := c.outbox.incarnation()
	if incarnation <= c.flooded {
		return
	}
	c.flooded = incarnation
	c.ring.start(incarnation, c.o.Place())
	if c.outbox.shared() {
		return
	}
	for _, k := range c.db.former(c.o.RouterID, incarnation) {
		c.outbox.boomerang(k, now)
	}
}

// Deadline returns when there is something to do without anything happening.
func (c *Core) Deadline(now time.Time) time.Time {
	d := c.nextPing
	if len(c.asked) > 0 {
		d = c.asked[0].at.Add(c.o.Timeout)
	}
	switch {
	case !c.up && !c.fenced:
		return earlier(earlier(d, c.openBy), c.refence)
	case !c.up:
		return earlier(d, c.openBy)
	case !c.fenced && c.reach.doubts():
		d = earlier(d, c.refence)
	}
	d = earlier(d, earlier(c.db.deadline(), earlier(c.reach.deadline(), c.links.lost.deadline(now))))
	if len(c.asked) >= window {
		return d // the next answers come first
	}
	d = earlier(d, c.nextAudit)
	if over := c.rush.over(); len(c.outbox.todo) > 0 && now.Before(over) {
		d = earlier(d, over)
	}
	return earlier(d, c.outbox.deadline())
}
