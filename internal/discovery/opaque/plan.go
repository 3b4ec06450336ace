package opaque

import (
	"slices"
	"strings"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// todo is a record that was due when it was looked at last.
type todo struct {
	urgency int
	record  *discovery.Record
}

func (t todo) compare(other todo) int {
	if t.urgency != other.urgency {
		return t.urgency - other.urgency
	}
	return strings.Compare(t.record.Key().Service, other.record.Key().Service)
}

// stir notes that something about a record has changed.
func (o *outbox) stir(k discovery.Key) { o.stirred = append(o.stirred, k) }

// stirAll notes that anything may have.
func (o *outbox) stirAll() {
	for k := range o.wanted {
		o.stir(k)
	}
}

// look takes what may be due for what is. The target says where a record belongs.
func (o *outbox) look(now time.Time, target func(*discovery.Record) Name) {
	for {
		k, ok := o.again.take(now)
		if !ok {
			break
		}
		o.stir(k)
	}
	for _, k := range o.stirred {
		r := o.wanted[k]
		switch {
		case r == nil:
		case o.due(k, r, now, target):
			o.insert(todo{o.urgency(r), r})
		case o.waits(k):
			o.again.add(o.sent[k].retry, k)
		}
	}
	o.stirred = o.stirred[:0]
}

func (o *outbox) insert(t todo) {
	i, there := slices.BinarySearchFunc(o.todo, t, todo.compare)
	if there {
		o.todo[i] = t
		return
	}
	o.todo = slices.Insert(o.todo, i, t)
}

// next takes the most urgent record off that has to be originated. Those that nobody
// waits for stay unless they may go, too.
func (o *outbox) next(now time.Time, idlers bool, target func(*discovery.Record) Name) (*discovery.Record, bool) {
	for len(o.todo) > 0 {
		t := o.todo[0]
		if t.urgency == idle && !idlers {
			return nil, false // nor do those behind it go
		}
		o.todo = o.todo[1:]
		// It may have been refused or asked for since, or be wanted no more.
		r := t.record
		if w, ok := o.wanted[r.Key()]; ok && w.Version == r.Version && o.due(r.Key(), r, now, target) {
			return r, true
		}
	}
	return nil, false
}

// urgency is less for what somebody waits for. Without the node's own record
// nothing counts; a start waits for its own echo; others wait for a release.
func urgency(r *discovery.Record) int {
	switch {
	case r.Instance == nil:
		return 0
	case r.Instance.State == service.Starting:
		return 1
	case r.Instance.State != service.Started:
		return 2
	}
	return idle
}

// urgency is that of a record, but that nothing is idle of which nobody has heard since
// the connection began: an adopted address lives on only then (decision 118).
func (o *outbox) urgency(r *discovery.Record) int {
	if o.sent[r.Key()] == nil {
		return min(urgency(r), idle-1)
	}
	return urgency(r)
}

// idle is the urgency of what nobody waits for.
const idle = 3

func (o *outbox) due(k discovery.Key, r *discovery.Record, now time.Time, target func(*discovery.Record) Name) bool {
	s := o.sent[k]
	switch {
	case s != nil && s.asked != (Name{}):
		return false // one after the other
	case s == nil || s.version != r.Version:
		return true
	case !s.settled():
		return !now.Before(s.retry)
	}
	return !sameScope(s.lsa, target(r))
}

// waits reports whether a record will be due when its time comes.
func (o *outbox) waits(k discovery.Key) bool {
	s := o.sent[k]
	return s != nil && !s.settled() && s.asked == (Name{})
}

// ripe takes the flushes off whose time has come, in order, at most limit: ospfd is
// being asked for them.
func (o *outbox) ripe(now time.Time, limit int) (ripe []Name) {
	for {
		k, ok := o.leaving.take(now)
		if !ok {
			break
		}
		o.ripen(k, now)
	}
	for len(o.ripened) > 0 && len(ripe) < limit {
		k := o.ripened[0]
		o.ripened = o.ripened[1:]
		if o.planned(k) {
			f := o.flushes[k]
			f.asked = true
			o.flushes[k] = f
			ripe = append(ripe, k)
		}
	}
	return ripe
}

// ripen looks at a flush whose time may have come.
func (o *outbox) ripen(k Name, now time.Time) {
	f := o.flushes[k]
	if !o.planned(k) || now.Before(f.due) {
		return
	}
	if !o.mayGo(f) && now.Before(f.bound) {
		s := o.sent[f.key]
		s.waiting = append(s.waiting, k)
		o.leaving.add(f.bound, k)
		return
	}
	if i, there := slices.BinarySearchFunc(o.ripened, k, Name.compare); !there {
		o.ripened = slices.Insert(o.ripened, i, k)
	}
}

// planned reports whether k has to go, and ospfd was not asked yet.
func (o *outbox) planned(k Name) bool {
	f, ok := o.flushes[k]
	return ok && !f.asked
}

// release has the flushes looked at that waited for a record's echo.
func (o *outbox) release(s *sent, now time.Time) {
	for _, k := range s.waiting {
		o.leaving.add(now, k)
	}
	s.waiting = nil
}

// mayGo: nothing replaced it, or its successor came back.
func (o *outbox) mayGo(f flush) bool {
	s := o.sent[f.key]
	return s == nil || s.echoed
}

// deadline returns when there may be something to do without anything happening,
// zero for never.
func (o *outbox) deadline() time.Time {
	return earlier(
		o.again.next(func(e entry[discovery.Key]) bool { return o.waits(e.what) && o.sent[e.what].retry.Equal(e.at) }),
		o.leaving.next(func(e entry[Name]) bool { return o.planned(e.what) }),
	)
}
