package node

import (
	"slices"
	"time"

	"srr/internal/discovery"
)

// identity is what is known of who speaks under a peer's router ID: one machine,
// or two that share it (decision 28). A boot ID never comes back: who was
// superseded by another boot, and speaks again, is a second machine.
type identity struct {
	boot    discovery.BootID   // who spoke last
	past    []discovery.BootID // who was superseded, newest last, at most maxPast
	spokeAt time.Duration      // when the last node record came
	// shared: two nodes use the ID, as far as is known since sharedAt. Neither
	// counts.
	shared   bool
	sharedAt time.Duration
	// until is how long it is not clear who speaks; 0: it is clear; never: until
	// a record, the network or an operator tells.
	until time.Duration
	held  map[grip]time.Duration // until when, at least; never: not by itself
}

// grip is what a boot that does not speak now may hold.
type grip struct {
	service string
	boot    discovery.BootID
}

// maxPast bounds the boots that are remembered of one router ID.
const maxPast = 8

func (w *identity) returns(boot discovery.BootID) bool { return slices.Contains(w.past, boot) }

// supersede notes that another boot speaks from now on.
func (w *identity) supersede(by discovery.BootID) {
	if w.boot == by {
		return
	}
	if w.boot != (discovery.BootID{}) {
		w.past = append(slices.DeleteFunc(w.past, func(b discovery.BootID) bool { return b == by }), w.boot)
		w.past = w.past[max(0, len(w.past)-maxPast):]
	}
	w.boot = by
}

// identify takes a node record for what it tells of its author's identity. A new
// boot of a node that was in sight all the time may be a clone that has just come:
// the one that was there needs a moment to say so.
func (n *Node) identify(p *peer, r *discovery.Record, fresh bool) {
	w := &p.who
	other := w.boot != r.Boot
	inSight := w.spokeAt > 0 && w.spokeAt >= p.upSince && n.up(p.id)
	if other && (inSight || w.until != 0) {
		n.keepHeld(p, r.Version.Incarnation)
	}
	switch {
	case r.Node.Flags.Has(discovery.Duplicate):
		n.share(p, never)
	case !fresh:
	case other && w.returns(r.Boot), w.shared:
		n.share(p, n.now.Boot+lateBy)
	case other && inSight:
		n.doubtWho(p, n.now.Boot+lateBy)
	}
	w.supersede(r.Boot)
	w.spokeAt = n.now.Boot
}

// share: two nodes use the router ID of a peer.
func (n *Node) share(p *peer, until time.Duration) {
	w := &p.who
	n.doubtWho(p, until)
	if !w.shared {
		w.shared, w.sharedAt = true, n.now.Boot
		n.alarm("duplicate "+p.id.String(), "two nodes use router ID "+p.id.String()+": neither counts until one of them is changed")
		n.markPeer(p)
	}
}

func (n *Node) doubtWho(p *peer, until time.Duration) {
	p.who.until = until
	n.identityWake = min(n.identityWake, until)
}

// keepHeld notes what those hold who spoke until an incarnation.
func (n *Node) keepHeld(p *peer, until uint64) {
	for _, r := range p.instances {
		n.keepIfHeld(p, &r)
	}
	for _, r := range p.pending {
		if r.Version.Incarnation < until {
			n.keepIfHeld(p, &r)
		}
	}
	for name, a := range p.absent {
		if h := n.holdAbsent(p, &a); h.blocked() && n.counts(p, name) {
			p.who.keep(grip{name, a.boot}, a.deadAfter, n.now.Boot)
		}
	}
}

func (n *Node) keepIfHeld(p *peer, r *discovery.Record) {
	if b := r.Instance; b != nil && b.Holds() && n.concerns(b) {
		p.who.keep(grip{b.Service, r.Boot}, b.DeadAfter, n.now.Boot)
	}
}

// keep: what has a dead_after is let go of so long after the last word, if its
// daemon has died at this moment.
func (w *identity) keep(g grip, deadAfter, now time.Duration) {
	if w.held == nil {
		w.held = map[grip]time.Duration{}
	}
	end := now + max(deadAfter, lateBy)
	if deadAfter == 0 {
		end = never
	}
	if _, kept := w.held[g]; kept || len(w.held) < maxInstances {
		w.held[g] = max(w.held[g], end)
	}
}

// checkIdentities ends the doubts whose time is over: nobody else has spoken.
func (n *Node) checkIdentities() {
	if n.identityWake > n.now.Boot {
		return
	}
	n.identityWake = never
	for _, p := range n.everyPeer {
		w := &p.who
		if w.until != 0 && w.until <= n.now.Boot {
			n.endDoubt(p)
		}
		if w.until != 0 {
			n.identityWake = min(n.identityWake, w.until)
		}
	}
}

// endDoubt: one alone has spoken for long enough. What it holds itself, its
// records tell; of the others nobody knows better than before.
func (n *Node) endDoubt(p *peer) {
	w := &p.who
	n.markPeer(p)
	w.shared, w.until = false, 0
	for g, end := range w.held {
		if g.boot == w.boot || end <= n.now.Boot {
			delete(w.held, g)
		} else {
			w.until = max(w.until, end)
		}
	}
	n.alarm("duplicate "+p.id.String(), "")
	if p.node != nil {
		n.believeSettled(p)
	}
}

// outOfSight: whoever spoke cannot be reached any more, and holds nothing
// (convergent mode).
func (n *Node) outOfSight(p *peer) {
	if w := &p.who; !w.shared {
		n.markPeer(p)
		w.until, w.held = 0, nil
	}
}

// holdUnclear says whether a peer may hold a service because it is not clear who
// speaks under its router ID.
func (n *Node) holdUnclear(p *peer, name string) holding {
	w := &p.who
	why := rebootedNow
	if w.shared {
		why = sharedID
	}
	if end := w.gripped(name); w.shared && end > 0 {
		return holding{node: p.id, why: why, until: w.until}
	} else if end > n.now.Boot {
		return holding{node: p.id, why: why, until: end}
	}
	r, ok := p.instances[name]
	if !ok || !w.shared || r.Instance.Holds() {
		return holding{} // its record tells, or what became of that
	}
	// The one that is not heard may hold it, until what it announced has run out.
	if r.Instance.DeadAfter == 0 {
		return holding{node: p.id, why: why, until: w.until}
	}
	if end := w.sharedAt + r.Instance.DeadAfter; end > n.now.Boot {
		return holding{node: p.id, why: why, until: min(end, w.until)}
	}
	return holding{}
}

// gripped is until when a service may be held by a boot that does not speak now; 0: it is not.
func (w *identity) gripped(name string) (until time.Duration) {
	for g, end := range w.held {
		if g.service == name {
			until = max(until, end)
		}
	}
	return until
}

// loose takes an operator's word that nobody holds a service under the router ID.
func (w *identity) loose(name string) {
	for g := range w.held {
		if g.service == name {
			delete(w.held, g)
		}
	}
	if !w.shared && w.until == never && len(w.held) == 0 {
		w.until = 0
	}
}
