package memory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

var (
	errCrashed = errors.New("the router of this node crashed")
	errOwner   = errors.New("the node has another medium already")
)

// retry is how often a medium looks whether its router is back.
const retry = 10 * time.Millisecond

// Medium is one node's access to a Network. The network's mutex owns its state.
type Medium struct {
	net *Network
	id  routerid.ID

	up     bool
	wanted []discovery.Record
	floor  uint64                              // incarnations that are not flooded any more
	newest map[discovery.Key]discovery.Version // ever told
	known  map[discovery.Key]entry             // there when the router was lost
	reach  map[routerid.ID]discovery.Reach
	links  *discovery.Links
	errs   map[discovery.Key]string

	queue sync.Mutex // owns events
	event []discovery.Event
	ready chan struct{}
}

var _ discovery.Medium = (*Medium)(nil)

// Medium makes a medium for a node. Only one at a time can run.
func (n *Network) Medium(id routerid.ID) *Medium {
	return &Medium{
		net: n, id: id, newest: map[discovery.Key]discovery.Version{},
		errs: map[discovery.Key]string{}, ready: make(chan struct{}, 1),
	}
}

// Set implements discovery.Medium.
func (m *Medium) Set(records []discovery.Record) {
	m.net.change(func() {
		m.wanted = slices.Clone(records)
		m.flood()
	})
}

// Run implements discovery.Medium.
func (m *Medium) Run(ctx context.Context, sink func(discovery.Event)) error {
	defer m.net.change(m.leave)
	tick := time.NewTicker(retry)
	defer tick.Stop()
	last := ""
	for {
		m.net.change(func() { last = m.join(last) })
		for _, e := range m.take() {
			sink(e)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-m.ready:
		case <-tick.C:
		}
	}
}

// join connects if that is possible now, and reports a failure once.
func (m *Medium) join(last string) string {
	x := m.net.node(m.id)
	switch {
	case m.up:
		return ""
	case !x.alive:
		if last == "" && x.medium == nil {
			m.tell(discovery.Down{Err: errCrashed})
		}
		x.medium = m
		return errCrashed.Error()
	case x.medium != nil && x.medium != m:
		if last != errOwner.Error() {
			m.tell(discovery.Down{Err: errOwner})
			m.tell(discovery.Refused{Err: errOwner})
		}
		return errOwner.Error()
	}
	x.medium, m.up = m, true
	m.open(x)
	return ""
}

// open reports everything that is there, and ends with Up.
func (m *Medium) open(x *node) {
	m.reach, m.links = nil, nil
	m.net.receive(x)
	m.net.levels(x)
	var own uint64
	for k, e := range x.db {
		if k.Author == m.id {
			own = max(own, e.version.Incarnation)
		}
		m.net.seen(x, k, e)
	}
	for k, e := range m.known {
		if _, ok := x.db[k]; !ok {
			m.tell(discovery.Gone{Key: k, Version: e.version})
		}
	}
	m.known = nil
	m.floor = max(m.floor, own)
	m.tell(discovery.Up{OwnHighest: own})
	m.flood()
}

// lose takes the loss of the router.
func (m *Medium) lose(err error) {
	if !m.up {
		return
	}
	m.up = false
	m.known = maps.Clone(m.net.node(m.id).db)
	for _, r := range m.wanted {
		m.floor = max(m.floor, r.Version.Incarnation)
	}
	m.tell(discovery.Down{Err: err})
}

// leave takes everything of this node out of the medium, as ospfd does when its
// client ends.
func (m *Medium) leave() {
	x := m.net.node(m.id)
	if x.medium != m {
		return
	}
	x.medium, m.up = nil, false
	maps.DeleteFunc(x.db, func(k discovery.Key, _ entry) bool { return k.Author == m.id })
}

// flood makes the node's own part of its database what was Set.
func (m *Medium) flood() {
	if !m.up {
		return
	}
	x := m.net.node(m.id)
	want := map[discovery.Key]bool{}
	for _, r := range m.wanted {
		if r.Version.Incarnation <= m.floor {
			continue
		}
		k := r.Key()
		want[k] = true
		if x.db[k].version == r.Version {
			continue
		}
		b, err := m.encode(r)
		if err != nil {
			m.refuse(k, err)
			continue
		}
		delete(m.errs, k)
		x.db[k] = entry{r.Version, b}
		m.net.seen(x, k, x.db[k])
	}
	for k, e := range x.db {
		if k.Author == m.id && !want[k] {
			delete(x.db, k)
			m.net.gone(x, k, e)
		}
	}
}

func (m *Medium) encode(r discovery.Record) ([]byte, error) {
	if r.Author != m.id {
		return nil, fmt.Errorf("flood record: it is of %s, this node is %s", r.Author, m.id)
	}
	return discovery.Encode(m.net.cluster, r)
}

func (m *Medium) refuse(k discovery.Key, err error) {
	if m.errs[k] != err.Error() {
		m.errs[k] = err.Error()
		m.tell(discovery.Refused{Key: k, Err: err})
	}
}

// levels reports levels that changed.
func (m *Medium) levels(reach map[routerid.ID]discovery.Reach, links discovery.Links) {
	if m.reach == nil || !maps.Equal(m.reach, reach) {
		m.reach = maps.Clone(reach)
		m.tell(discovery.Reachable{Routers: reach})
	}
	same := m.links != nil && m.links.Waiting == links.Waiting && m.links.Exchanging == links.Exchanging
	if !same || !slices.Equal(m.links.Full, links.Full) {
		m.links = &links
		m.tell(links)
	}
}

// tell queues an event for Run. The queue is bounded by what tests do.
func (m *Medium) tell(e discovery.Event) {
	m.queue.Lock()
	m.event = append(m.event, e)
	m.queue.Unlock()
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

func (m *Medium) take() []discovery.Event {
	m.queue.Lock()
	defer m.queue.Unlock()
	events := m.event
	m.event = nil
	return events
}
