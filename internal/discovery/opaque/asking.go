package opaque

import (
	"fmt"
	"time"

	"srr/internal/discovery"
)

// window is how many requests may be under way. ospfd works on one after the
// other in any case; but it does not wait for this process to be scheduled in
// between, and this process takes notifications meanwhile. A small window keeps
// what becomes urgent from queueing behind what is not.
const window = 16

// step does what is due while the connection is up.
func (c *Core) step(now time.Time) error {
	left, events := c.db.expire(now)
	c.emit(events...)
	c.reach.expire(now)
	c.prove(now)
	for _, k := range left {
		if c.outbox.left(k, now) {
			c.sayPurged(k)
		}
	}
	c.refill(now)
	c.levels(now)
	if err := c.renew(now); err != nil {
		return err
	}
	if !now.Before(c.nextAudit) && len(c.asked) < window {
		c.db.prune(now)
		c.audit(now)
	}
	if !c.nextPing.IsZero() && !now.Before(c.nextPing) {
		c.Ping(now)
	}
	return c.overdue(now)
}

// refill asks for what is due, the most urgent first.
func (c *Core) refill(now time.Time) {
	c.outbox.look(now, c.place)
	for len(c.asked) < window {
		r, ok := c.outbox.next(now, !now.Before(c.rush.over()), c.place)
		if !ok {
			break
		}
		if c.outbox.urgency(r) == idle {
			c.rush.goes(now, len(c.outbox.todo))
		}
		c.originate(r, now)
	}
	for _, k := range c.outbox.ripe(now, window-len(c.asked)) {
		c.ask(Request{Kind: Flush, LSA: k}, nil, now)
	}
}

// originate floods a record under a fresh ID.
func (c *Core) originate(r *discovery.Record, now time.Time) {
	k, payload, err := c.prepare(r, now)
	if err != nil {
		c.refuse(r, Name{}, err, now)
		return
	}
	c.ask(Request{Originate, k, payload}, r, now)
	c.ring.appeared(k)
	c.outbox.ask(r, k)
	if urgency(r) < idle {
		c.rush.add(now)
	}
}

// prepare chooses the LSA and encodes the record.
func (c *Core) prepare(r *discovery.Record, now time.Time) (Name, []byte, error) {
	if r.Author != c.o.RouterID {
		return Name{}, nil, fmt.Errorf("it is of %s, this router is %s", r.Author, c.o.RouterID)
	}
	k, err := c.target(r)
	if err != nil {
		return k, nil, err
	}
	payload, err := c.encode(r)
	if err != nil {
		return k, nil, err
	}
	if k.ID, err = c.ring.next(now); err != nil {
		return k, nil, err
	}
	return k, payload, nil
}

func (c *Core) originated(r *discovery.Record, k Name, a Answer, now time.Time) {
	if a.Verdict == Done {
		c.outbox.accepted(k, now)
		return
	}
	c.ring.left(k, now)
	c.refuse(r, k, a.Err, now)
}

// refuse reports that a record, or what it would be flooded as, cannot be taken.
func (c *Core) refuse(r *discovery.Record, k Name, err error, now time.Time) {
	if c.outbox.refused(r, k, err.Error(), now) {
		c.emit(discovery.Refused{Key: r.Key(), Err: fmt.Errorf("flood record %q: %w", r.Key().Service, err)})
	}
}

// flushed takes the answer to a flush. At the originator ospfd reports that about a
// minute later, so it is reported when ospfd has answered.
func (c *Core) flushed(k Name, a Answer, now time.Time) {
	c.outbox.flushed(k)
	if a.Verdict != Done && a.Verdict != NoSuchLSA {
		c.say("cannot flush a record", a.Err)
		return
	}
	c.emit(c.db.flushed(k, now)...)
}
