package node

import (
	"fmt"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// holding is why a service is not free on a node; the zero value: it is.
type holding struct {
	node  routerid.ID
	why   doubt
	state service.State // of toldSo and noNodeRecord
	until time.Duration // when it may change by itself; never if it does not
}

// doubt is a reason of a holding.
type doubt uint8

// The doubts.
const (
	free doubt = iota
	toldSo
	noNodeRecord
	sharedID
	rebootedNow
	returnedNow
	namesNoMore
	silentForever
	wordTooOld
	incomplete
	silent
)

var doubtTexts = [...]string{
	noNodeRecord:  "its record says %s, but its node record is not here",
	sharedID:      "its router ID is used twice (srrctl confirm-stopped)",
	rebootedNow:   "its host was rebooted, or another one uses its router ID (srrctl confirm-stopped)",
	returnedNow:   "it can be reached again for a moment only",
	namesNoMore:   "srrd there talks and does not name it any more, but for a moment only",
	silentForever: "srrd there is silent, and it never releases this by itself (srrctl confirm-stopped)",
	wordTooOld:    "srrd there is silent, and the word that it is stopped covers an earlier life of it only: give it on this node, too (srrctl confirm-stopped)",
	incomplete:    "srrd there talks, but not all its records are here",
	silent:        "srrd there is silent",
}

func (h holding) blocked() bool { return h.why != free }

// passes reports whether it ends by itself: in a known time, with a transition, or
// when records come that are on their way.
func (h holding) passes() bool {
	switch h.why {
	case toldSo:
		return h.state == service.Starting || h.state == service.Started || h.state == service.Stopping
	case noNodeRecord, incomplete:
		return true
	}
	return h.until != never
}

// String says why, to be read by people; "" if it is free.
func (h holding) String() string {
	switch h.why {
	case free:
		return ""
	case toldSo:
		return fmt.Sprintf("%s on %s", h.state, h.node)
	case noNodeRecord:
		return fmt.Sprintf("unknown on %s: "+doubtTexts[h.why], h.node, h.state)
	}
	return fmt.Sprintf("unknown on %s: %s", h.node, doubtTexts[h.why])
}

// hold says what a peer holds of a service. It is asked for each partner of each
// service in each look, and makes no text.
func (n *Node) hold(p *peer, name string) holding {
	r, told := p.instances[name]
	return n.holdSaid(p, name, &r, told)
}

// holdSaid is hold for who has looked up what the peer says of the service, if it does.
func (n *Node) holdSaid(p *peer, name string, said *discovery.Record, told bool) holding {
	if !n.up(p.id) {
		return holding{} // unreachable: released, in convergent mode
	}
	vouched := p.who.until != 0 && n.isConfirmed(p.id, name, p.who.boot, p.newest.Incarnation)
	if p.who.until != 0 && !vouched {
		if h := n.holdUnclear(p, name); h.blocked() {
			return h
		}
	}
	if len(p.pending) > 0 { // rare, and this is asked for all the time
		if r, waits := p.pending[name]; waits && n.pendingHolds(p, &r) {
			return holding{p.id, noNodeRecord, r.Instance.State, never}
		}
	}
	if told {
		return n.holdOf(p, said)
	}
	if vouched {
		return holding{}
	}
	a, ok := p.absent[name]
	if !ok || n.isConfirmed(p.id, name, a.boot, a.version.Incarnation) {
		return holding{}
	}
	h := n.holdAbsent(p, &a)
	if _, word := n.confirmed[whose{name, p.id}]; word && h.why == silentForever {
		h.why = wordTooOld
	}
	return h
}

// holdAbsent is about a service of which the peer has no record.
func (n *Node) holdAbsent(p *peer, a *absence) holding {
	if a.released && p.complete() {
		return holding{}
	}
	if a.returned {
		if blocked, end := n.holdReturned(p, a); !blocked {
			return holding{}
		} else if end != never {
			return holding{node: p.id, why: returnedNow, until: end}
		}
	} else if !a.uncounted && p.complete() {
		if end := n.namedUntil(p, a); end > n.now.Boot {
			return holding{node: p.id, why: namesNoMore, until: end}
		}
		return holding{}
	}
	if a.forever || a.deadAfter == 0 {
		return holding{node: p.id, why: silentForever, until: never}
	}
	if p.talks() && !p.complete() {
		return holding{node: p.id, why: incomplete, until: never}
	}
	if end := a.since + a.deadAfter; end > n.now.Boot {
		return holding{node: p.id, why: silent, until: end}
	}
	return holding{}
}

// lateBy is how much later than the flush of its predecessor a record may
// arrive, or than the way to its author: a lost update is sent again after
// RxmtInterval, 5 s (RFC 2328, appendix C.3).
const lateBy = 6 * time.Second

// holdReturned: a peer that talks, and whose records are all here, has not
// started again what it had let go of before it could not be reached.
func (n *Node) holdReturned(p *peer, a *absence) (blocked bool, until time.Duration) {
	if !p.complete() {
		return true, never
	}
	end := a.since + lateBy
	return end > n.now.Boot, end
}

// namedUntil: a peer that talks, and whose records are all here, has let go of what is not
// among them, though nobody here heard it say so. Its node record may be older than a record
// that is late.
func (n *Node) namedUntil(p *peer, a *absence) time.Duration {
	return max(a.since, p.upSince, p.who.spokeAt) + lateBy
}

// hearsay names a node of which a peer says that it fell silent while it held
// the service. Who heard it itself knows better.
func (n *Node) hearsay(r *discovery.Record) (who routerid.ID, blocked bool) {
	name := r.Instance.Service
	for _, id := range r.Instance.Unknown {
		if id == n.opt.RouterID || !n.up(id) {
			continue
		}
		_, confirmed := n.confirmed[whose{name, id}]
		if p := n.peers[id]; !confirmed && (p == nil || !p.knows(name)) {
			return id, true
		}
	}
	return 0, false
}

// knows reports whether this node has its own idea of what the peer holds.
func (p *peer) knows(name string) bool {
	_, doubted := p.absent[name]
	return doubted || p.tells(name) || p.complete()
}

// witness names who says of another node what this node did not hear itself.
func (n *Node) witness(name string, of routerid.ID) routerid.ID {
	for _, p := range n.everyPeer {
		r, ok := p.instances[name]
		if !ok || !n.up(p.id) {
			continue
		}
		if who, unknown := n.hearsay(&r); unknown && who == of {
			return p.id
		}
	}
	return 0
}

// unknown is a service that a node held when it fell silent.
type unknown struct {
	node    routerid.ID
	service string
}

// noteUnknown lists, for the record of an instance, who fell silent while it
// held the service and never releases it by itself.
func (n *Node) noteUnknown(i *instance) {
	var ids []routerid.ID
	for _, x := range i.unit.view.unknown {
		if x.service == i.spec.Name {
			ids = append(ids, x.node)
		}
	}
	ids = ids[:min(len(ids), discovery.MaxUnknown)]
	if !slices.Equal(ids, i.unknownOn) {
		i.unknownOn, i.changed, n.stale = ids, true, true
	}
}

func (n *Node) holdOf(p *peer, r *discovery.Record) holding {
	b := r.Instance
	switch {
	case !b.Holds():
		return holding{}
	case b.State == service.FailedHeld && n.isConfirmed(p.id, b.Service, r.Boot, r.Version.Incarnation):
		return holding{}
	}
	return holding{p.id, toldSo, b.State, never}
}
