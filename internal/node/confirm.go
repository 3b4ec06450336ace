package node

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// whose names what a confirmation is about: there is one at most of each.
type whose struct {
	service string
	node    routerid.ID
}

// learnConfirmation keeps an operator's word about a service on a node: the
// newest incarnation covers the older ones. It reports whether it is news.
func (n *Node) learnConfirmation(c discovery.Confirmation) bool {
	key := whose{c.Service, c.Node}
	old, known := n.confirmed[key]
	if known && old.Boot == c.Boot && old.Incarnation >= c.Incarnation || !n.fresher(c) {
		return false
	}
	if c.Node == n.opt.RouterID && n.isAbandoned(c.Service) {
		n.seenTo(c.Service)
		return true
	}
	n.confirmed[key] = c
	if p := n.peers[c.Node]; p != nil {
		p.who.loose(c.Service)
	}
	n.save(confirmedKey(key), Saved{Confirmed: c})
	n.confirmChanged(c.Service)
	n.event(Event{Kind: EventIntent, Subject: c.Service, Reason: service.ConfirmedStopped, Detail: "on " + c.Node.String()})
	return true
}

// hearConfirmations takes what a peer passes on: of services that this node
// does not have, only their operators' own node speaks. Nor does it count what is left of
// a peer that cannot be reached, or could not a moment ago: it did not watch.
func (n *Node) hearConfirmations(p *peer, cs []discovery.Confirmation) {
	if !p.watches {
		return
	}
	for _, c := range cs {
		_, known := n.confirmed[whose{c.Service, c.Node}]
		if (n.instances[c.Service] != nil || c.Node == n.opt.RouterID && n.isAbandoned(c.Service)) && (known || len(n.confirmed) < maxConfirmed) {
			n.learnConfirmation(c)
		}
	}
}

// checkWords hears the words that a peer passes on when it can be reached for long enough.
func (n *Node) checkWords() {
	if n.wordsWake > n.now.Boot {
		return
	}
	n.wordsWake = never
	for _, p := range n.everyPeer {
		if p.watches || !n.up(p.id) {
			continue
		}
		if due := p.upSince + lateBy; n.now.Boot < due {
			n.wordsWake = min(n.wordsWake, due)
			continue
		}
		p.watches = true
		if p.node != nil {
			n.hearConfirmations(p, p.node.Node.Confirmed)
		}
		for _, name := range slices.Sorted(maps.Keys(p.instances)) {
			n.hearConfirmations(p, p.instances[name].Instance.Confirmed)
		}
	}
}

// sights notes that a peer can be reached since now, or cannot any more.
func (n *Node) sights(p *peer) {
	p.upSince, p.watches = n.now.Boot, false
	n.wordsWake = min(n.wordsWake, n.now.Boot+lateBy)
}

// confirm spreads an operator's word that a service does not run on a node.
func (n *Node) confirm(c Command) (string, error) {
	conf := discovery.Confirmation{Service: c.Subject, Node: c.Node}
	if c.Node == n.opt.RouterID {
		i := n.instances[c.Subject]
		if !n.isAbandoned(c.Subject) && (i == nil || i.state != service.FailedHeld) {
			return "", refuse("%s is not failed and held on this node", c.Subject)
		}
		conf.Boot, conf.Incarnation = n.opt.Boot, n.incarnation
	} else {
		p := n.peers[c.Node]
		if witness := n.witness(c.Subject, c.Node); witness != 0 {
			return "", refuse("this node never heard %s on %s; give the word on %s, which did", c.Subject, c.Node, witness)
		}
		if p == nil {
			return "", fmt.Errorf("%w node %s", ErrUnknown, c.Node)
		}
		if h := n.hold(p, c.Subject); !h.blocked() {
			return "", refuse("nothing is known to hold %s on %s", c.Subject, c.Node)
		}
		if state, gainsaid := p.gainsays(c.Subject); gainsaid {
			return "", refuse("srrd on %s says that %s is %s; stop it there", c.Node, c.Subject, state)
		}
		conf.Boot, conf.Incarnation = p.who.boot, p.newest.Incarnation
		if p.who.until != 0 {
			// The word is about the router ID, whoever speaks under it.
		} else if r, ok := p.pending[c.Subject]; ok && n.pendingHolds(p, &r) {
			conf.Boot, conf.Incarnation = r.Boot, max(r.Version.Incarnation, conf.Incarnation)
		} else if a, ok := p.absent[c.Subject]; ok {
			conf.Boot, conf.Incarnation = a.boot, max(a.version.Incarnation, conf.Incarnation)
		}
	}
	if _, known := n.confirmed[whose{c.Subject, c.Node}]; !known && !n.roomToConfirm(c.Subject) {
		return "", refuse("%d confirmations are flooded from here already, which is all that a record holds; give it on another node, best one that has %s", discovery.MaxConfirmed, c.Subject)
	}
	if !n.learnConfirmation(conf) {
		return "", refuse("%s on %s is confirmed already", c.Subject, c.Node)
	}
	text := fmt.Sprintf("%s on %s counts as stopped; if it runs there after all, it runs twice from now on", c.Subject, c.Node)
	if others := n.doubters(c.Subject, c.Node); others != "" {
		text += fmt.Sprintf("; not for %s, should it have heard a later life of %s than this node (srrctl explain there): then give the word there, too", others, c.Node)
	}
	return text, nil
}

// doubters are the nodes that say of another one that it fell silent while it held the
// service. They may have heard more of it than this node, which a word given here does
// not cover: the records do not tell.
func (n *Node) doubters(name string, of routerid.ID) string {
	var ids []string
	for _, p := range n.everyPeer {
		if r, ok := p.instances[name]; ok && n.up(p.id) && slices.Contains(r.Instance.Unknown, of) {
			ids = append(ids, p.id.String())
		}
	}
	return strings.Join(ids, ", ")
}

// fresher: a confirmation of a boot or incarnation that is over says nothing,
// nor does one of what its node calls anything else than failed and held.
func (n *Node) fresher(c discovery.Confirmation) bool {
	if c.Node == n.opt.RouterID {
		i := n.instances[c.Service]
		return (n.isAbandoned(c.Service) || i != nil && i.state == service.FailedHeld) && c.Boot == n.opt.Boot && c.Incarnation >= n.incarnation
	}
	p := n.peers[c.Node]
	if p == nil {
		return true
	}
	if _, gainsaid := p.gainsays(c.Service); gainsaid {
		return false
	}
	return p.node == nil || c.Boot == p.who.boot && c.Incarnation >= p.node.Version.Incarnation
}

// gainsays: srrd itself tells what becomes of a service on a peer, and no
// operator has to. That it is stopped counts for nothing where another node may
// run it under the same router ID.
func (p *peer) gainsays(name string) (service.State, bool) {
	r, ok := p.instances[name]
	if !ok || r.Instance.State == service.FailedHeld || p.who.until != 0 && !r.Instance.Holds() {
		return 0, false
	}
	return r.Instance.State, true
}

// unconfirm ends what an operator said of a state that is over: what starts
// afterwards, in the same incarnation, it does not cover.
func (n *Node) unconfirm(id routerid.ID, name string) {
	key := whose{name, id}
	if _, ok := n.confirmed[key]; ok {
		delete(n.confirmed, key)
		n.forgetSaved(confirmedKey(key))
		n.confirmChanged(name)
	}
}

// unconfirmAll: out of sight, a node may start again what an operator vouched for.
func (n *Node) unconfirmAll(id routerid.ID) {
	for key := range n.confirmed {
		if key.node == id {
			n.unconfirm(id, key.service)
		}
	}
}

// unconfirmOthers ends what operators said of services on other nodes when this one has not
// heard them for a while: they may have started again what was vouched for.
func (n *Node) unconfirmOthers(of func(service string) bool) {
	for key := range n.confirmed {
		if key.node != n.opt.RouterID && of(key.service) {
			n.unconfirm(key.node, key.service)
		}
	}
}

// runsNot: nothing that has run here all the time, without srrd, too.
func (n *Node) runsNot(name string) bool {
	i := n.instances[name]
	return i == nil || i.state != service.Started
}

// confirmChanged: the instance's record carries it, or the node record.
func (n *Node) confirmChanged(name string) {
	n.stale = true
	if i := n.instances[name]; i != nil {
		i.changed = true
		n.mark(i.unit)
	}
}

func (n *Node) isConfirmed(id routerid.ID, name string, boot discovery.BootID, incarnation uint64) bool {
	c, ok := n.confirmed[whose{name, id}]
	return ok && c.Boot == boot && c.Incarnation >= incarnation
}

// confirmations lists those of some services, sorted, as many as a record takes.
func (n *Node) confirmations(of func(service string) bool) (cs []discovery.Confirmation) {
	if len(n.confirmed) == 0 {
		return nil
	}
	for key, c := range n.confirmed {
		if of(key.service) {
			cs = append(cs, c)
		}
	}
	slices.SortFunc(cs, func(a, b discovery.Confirmation) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Node, b.Node))
	})
	return cs[:min(len(cs), discovery.MaxConfirmed)]
}

// uncarried reports whether no instance record of this node tells about a service.
func (n *Node) uncarried(name string) bool {
	i := n.instances[name]
	return i == nil || !n.flooded(i)
}

// roomToConfirm: a word that cannot be flooded would hold on this node alone.
func (n *Node) roomToConfirm(name string) bool {
	same := func(s string) bool { return s == name }
	if n.uncarried(name) {
		same = n.uncarried
	}
	return len(n.confirmations(same)) < discovery.MaxConfirmed
}
