package opaque

import (
	"fmt"
	"time"

	"srr/internal/discovery"
)

// Take digests one notification.
func (c *Core) Take(now time.Time, n Notification) {
	switch n := n.(type) {
	case Update:
		c.update(&n.LSA, now)
	case Delete:
		c.remove(n.Name, now)
	case Reachable:
		c.reach.change(n)
	case Interface:
		if c.links.part(n) {
			c.outbox.stirAll() // the area of a record may have changed
		}
	case NoInterface:
		if c.links.noPart(n) {
			c.outbox.stirAll()
		}
	case Neighbor:
		c.links.neighbor(n, now)
	case RouterIs:
		if n.Asked {
			c.fenced = true
			c.reach.prove()
		}
		if n.ID != c.o.RouterID && c.err == nil {
			c.err = refusal{fmt.Errorf("ospfd has router ID %s, the configuration of srrd says %s", n.ID, c.o.RouterID)}
		}
	}
}

func (c *Core) update(l *LSA, now time.Time) {
	if l.Type == ASBRSummary {
		if l.Author != c.o.RouterID {
			c.reach.summary(l)
		}
		return
	}
	if !l.isOpaque() || l.opaqueType() != c.o.OpaqueType {
		return
	}
	own := l.Author == c.o.RouterID
	if own {
		c.ring.appeared(l.Name)
	}
	if l.ends() { // being flushed; only a sync shows it
		c.db.remove(l.Name, now) // that the deletion was told may have been dropped
		return
	}
	again := c.db.replaces(l.Name)
	r, events := c.db.update(l, now)
	c.emit(events...)
	if own {
		c.ownUpdate(l.Name, r, now)
	}
	if own && again && c.outbox.givenOut(l.Name, now) {
		c.sayPurged(l.Name)
	}
}

// ownUpdate takes an LSA of this router: an echo, a boomerang (of a former
// incarnation, or of this one: ospfd gives an LSA out again that somebody purged),
// or the word of another node with our router ID. Two nodes that know of each
// other do not flush what the other one floods again and again.
func (c *Core) ownUpdate(k Name, r *discovery.Record, now time.Time) {
	if c.outbox.heard(k, r, now) {
		return
	}
	if r == nil {
		if c.db.trust.blames(k) { // somebody speaks in our name
			c.outbox.boomerang(k, now)
		}
		return
	}
	if c.outbox.wrote(r) || r.Version.Incarnation < c.flooded && !c.outbox.shared() {
		c.outbox.boomerang(k, now)
	}
}

func (c *Core) remove(k Name, now time.Time) {
	if k.Type == ASBRSummary {
		c.reach.withdrawn(k, now)
		return
	}
	if !k.isOpaque() {
		return
	}
	if k.Author == c.o.RouterID {
		c.ring.left(k, now)
	}
	c.db.remove(k, now)
}

// levels reports what changed as a whole.
func (c *Core) levels(now time.Time) {
	events := c.told.changed(c.reach, c.links, now)
	if len(events) > 0 {
		c.db.trust.moved = now
	}
	c.emit(events...)
}
