package opaque

import (
	"slices"
	"strings"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// The times of flooding one's own records.
const (
	// minArrival: routers drop a newer instance of an LSA that is less than a
	// second old (MinLSArrival, RFC 2328, 13), and a flush is one.
	minArrival = 1100 * time.Millisecond
	// replacedFor: an LSA that was replaced is flushed so long after, when what
	// waits for its successor has passed: after the loss of a node, the flushes of
	// all that its services said before would stand in their way.
	replacedFor = 2 * time.Second
	// echoBound: so long an old LSA is kept if its successor's echo is missing.
	echoBound = 5 * time.Second
	// retryEcho: so long after its origination an LSA without an echo is
	// taken for lost and originated anew; doubled each time.
	retryEcho    = 2 * time.Second
	retryEchoMax = time.Minute
	// retryRefused: ospfd refused an LSA; try again.
	retryRefused = time.Second
	// purgePace: someone purges our LSAs; the first is answered at once, the
	// next of the same record not before this has passed.
	purgePace = time.Second
)

// sent is what one record looks like in the medium.
type sent struct {
	lsa     Name              // the current LSA; zero: none
	carries discovery.Version // what is in it
	created time.Time
	asked   Name              // is being originated, ospfd has not answered yet; zero: none
	version discovery.Version // the last that ospfd was asked for
	echoed  bool              // the current LSA came back
	retry   time.Time         // without an echo: not before this
	tries   int               // originations of this version without an echo
	refused string            // why ospfd does not take this version
	purged  time.Time         // when the last purge is or was answered
}

// flush is an LSA that has to go.
type flush struct {
	due time.Time // not before
	// An LSA that was replaced goes when its successor came back, and anyway
	// at the bound. Zero: no successor.
	key   discovery.Key
	bound time.Time
	asked bool // is being flushed, ospfd has not answered yet
}

// outbox plans what to originate and what to flush. It calls nobody: the core
// carries the plan out and says what happened.
type outbox struct {
	author  routerid.ID
	wanted  map[discovery.Key]*discovery.Record // never written to
	sent    map[discovery.Key]*sent
	current map[Name]discovery.Key // by sent.lsa
	asked   map[Name]discovery.Key // what ospfd has not answered yet, wanted or not
	flushes map[Name]flush
	wake    time.Time // nothing is due before; zero: never
}

func newOutbox(author routerid.ID) *outbox {
	return &outbox{
		author: author,
		wanted: map[discovery.Key]*discovery.Record{}, sent: map[discovery.Key]*sent{},
		current: map[Name]discovery.Key{}, asked: map[Name]discovery.Key{}, flushes: map[Name]flush{},
	}
}

// set replaces the records that are wanted. It keeps them.
func (o *outbox) set(records []discovery.Record) {
	clear(o.wanted)
	for i := range records {
		o.wanted[records[i].Key()] = &records[i]
	}
	for k, s := range o.sent {
		if _, ok := o.wanted[k]; !ok {
			o.retire(s, flush{})
			delete(o.sent, k)
		}
	}
}

// retire plans the flush of the current LSA: not before every router accepts it.
func (o *outbox) retire(s *sent, f flush) {
	if s.lsa == (Name{}) {
		return
	}
	if ripe := s.created.Add(minArrival); f.due.Before(ripe) {
		f.due = ripe
	}
	o.planFlush(s.lsa, f)
	delete(o.current, s.lsa)
	s.lsa = Name{}
}

func (o *outbox) planFlush(k Name, f flush) {
	o.flushes[k] = f
	o.wakeAt(f.due)
}

// wakeAt notes that something may be due at t.
func (o *outbox) wakeAt(t time.Time) { o.wake = earlier(o.wake, t) }

// missing returns the records that have to be originated now, in the order of
// urgency. The target says where a record belongs.
func (o *outbox) missing(now time.Time, target func(*discovery.Record) Name) []*discovery.Record {
	type missed struct {
		urgency int
		service string
		record  *discovery.Record
	}
	var all []missed
	for k, r := range o.wanted {
		if o.due(k, r, now, target) {
			all = append(all, missed{urgency(r), k.Service, r})
		}
	}
	slices.SortFunc(all, func(a, b missed) int {
		if a.urgency != b.urgency {
			return a.urgency - b.urgency
		}
		return strings.Compare(a.service, b.service)
	})
	out := make([]*discovery.Record, len(all))
	for i := range all {
		out[i] = all[i].record
	}
	return out
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

// settled: in the medium, and came back, and was not purged since.
func (s *sent) settled() bool {
	return s.echoed && s.refused == "" && s.lsa != (Name{}) && !s.created.Before(s.purged)
}

func sameScope(a, b Name) bool { return a.Type == b.Type && a.Area == b.Area && a.IfAddr == b.IfAddr }

// entry returns the state of a record, made ready for the version.
func (o *outbox) entry(r *discovery.Record) *sent {
	s := o.sent[r.Key()]
	if s == nil {
		s = &sent{}
		o.sent[r.Key()] = s
	}
	if s.version != r.Version {
		s.version, s.tries, s.refused = r.Version, 0, ""
	}
	return s
}

// ask notes that ospfd is asked to originate r as k.
func (o *outbox) ask(r *discovery.Record, k Name) {
	o.entry(r).asked = k
	o.asked[k] = r.Key()
}

// accepted notes that k is in the medium, by ospfd's answer or by its echo,
// whichever comes first, and retires what it replaces.
func (o *outbox) accepted(k Name, now time.Time) {
	key, ok := o.asked[k]
	if !ok {
		return
	}
	delete(o.asked, k)
	s := o.sent[key]
	if s == nil || s.asked != k { // not wanted any more
		o.planFlush(k, flush{due: now.Add(minArrival)})
		return
	}
	o.retire(s, flush{key: key, due: now.Add(replacedFor), bound: now.Add(echoBound)})
	s.lsa, s.carries, s.created, s.asked = k, s.version, now, Name{}
	s.echoed, s.refused = false, ""
	s.retry = now.Add(min(retryEcho<<min(s.tries, 8), retryEchoMax))
	o.wakeAt(s.retry)
	s.tries++
	o.current[k] = key
}

// refused notes that ospfd does not take r as k, and reports whether that is
// news. What is in the medium stays there: it is older, but it is the node's word.
func (o *outbox) refused(r *discovery.Record, k Name, why string, now time.Time) bool {
	delete(o.asked, k)
	if s := o.sent[r.Key()]; k.ID != 0 && (s == nil || s.asked != k) {
		return false // not wanted any more
	}
	s := o.entry(r)
	news := s.refused != why
	s.asked, s.refused, s.retry = Name{}, why, now.Add(retryRefused)
	o.wakeAt(s.retry)
	return news
}

// heard takes an own LSA that is in the medium. If it is a current one and says
// something else, an old instance took its place: ospfd gives that out as ours.
// It reports whether the LSA is of this session.
func (o *outbox) heard(k Name, r *discovery.Record, now time.Time) bool {
	o.accepted(k, now)
	key, ok := o.current[k]
	if !ok {
		_, ok = o.flushes[k]
		return ok
	}
	s := o.sent[key]
	if r != nil && r.Key() == key && r.Version == s.carries {
		s.echoed = true
		if late := s.created.Add(replacedFor); !now.Before(late) {
			o.wakeAt(now) // its predecessor waited for that
		}
		return true
	}
	o.left(k, now)
	return false
}

// left notes that an LSA left the database, and reports whether it should have
// stayed: then somebody purged it, and it is originated again.
func (o *outbox) left(k Name, now time.Time) (purged bool) {
	delete(o.flushes, k)
	key, ok := o.current[k]
	if !ok {
		return false
	}
	delete(o.current, k)
	s := o.sent[key]
	s.lsa, s.echoed = Name{}, false
	o.answer(s, now)
	return true
}

// givenOut notes that ospfd gave out an LSA again by itself, and reports whether it is a
// current one: then somebody purged it (or it is half an hour old, and this costs one
// more). Who purges with numbers that grow keeps that from all others, as older or as too
// early (RFC 2328, 13, step 5a), and ospfd tells nothing else: another ID gets around.
func (o *outbox) givenOut(k Name, now time.Time) bool {
	key, ok := o.current[k]
	if ok {
		o.answer(o.sent[key], now)
	}
	return ok
}

// answer has a record originated again that was purged.
func (o *outbox) answer(s *sent, now time.Time) {
	s.tries, s.retry = 0, now
	if next := s.purged.Add(purgePace); now.Before(next) {
		s.retry = next
	}
	s.purged = s.retry
	o.wakeAt(s.retry)
}

// wrote reports whether a record is of the process whose records these are.
func (o *outbox) wrote(r *discovery.Record) bool {
	for _, w := range o.wanted {
		return w.Nonce == r.Nonce && w.Boot == r.Boot && w.Version.Incarnation == r.Version.Incarnation // all are alike in that
	}
	return false
}

// boomerang plans the flush of an LSA of ours that nothing stands for any more.
func (o *outbox) boomerang(k Name, now time.Time) {
	if _, ok := o.flushes[k]; !ok {
		o.planFlush(k, flush{due: now.Add(minArrival)})
	}
}

// ripe returns the flushes whose time has come, in order, at most limit.
func (o *outbox) ripe(now time.Time, limit int) []Name {
	if o.wake.IsZero() || now.Before(o.wake) {
		return nil
	}
	var out []Name
	for k, f := range o.flushes {
		if f.asked || now.Before(f.due) || !o.mayGo(f) && now.Before(f.bound) {
			continue
		}
		out = append(out, k)
	}
	slices.SortFunc(out, Name.compare)
	return out[:min(len(out), max(limit, 0))]
}

// mayGo: nothing replaced it, or its successor came back.
func (o *outbox) mayGo(f flush) bool {
	s := o.sent[f.key]
	return s == nil || s.echoed
}

// askFlush notes that ospfd is asked to flush k.
func (o *outbox) askFlush(k Name) {
	f := o.flushes[k]
	f.asked = true
	o.flushes[k] = f
}

// flushed notes that ospfd has answered to that.
func (o *outbox) flushed(k Name) { delete(o.flushes, k) }

// deadline returns when there may be something to do without anything happening.
// It looks at everything only when that may have changed.
func (o *outbox) deadline(now time.Time) time.Time {
	if o.wake.IsZero() || now.Before(o.wake) {
		return o.wake
	}
	o.wake = o.next(now)
	return o.wake
}

func (o *outbox) next(now time.Time) time.Time {
	var first time.Time
	for _, f := range o.flushes {
		if f.asked {
			continue
		}
		if o.mayGo(f) || now.Before(f.due) {
			first = earlier(first, f.due)
		} else {
			first = earlier(first, f.bound)
		}
	}
	for _, s := range o.sent {
		if !s.settled() && s.asked == (Name{}) {
			first = earlier(first, s.retry)
		}
	}
	return first
}

// shared reports whether this node knows of another one with its router ID.
func (o *outbox) shared() bool {
	r := o.wanted[discovery.Key{Author: o.author}]
	return r != nil && r.Node.Flags.Has(discovery.Duplicate)
}

// incarnation returns the one that is being flooded, 0 for none.
func (o *outbox) incarnation() uint64 {
	var high uint64
	for _, r := range o.wanted {
		high = max(high, r.Version.Incarnation)
	}
	return high
}
