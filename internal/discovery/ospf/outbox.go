package ospf

import (
	"cmp"
	"slices"
	"time"

	"srr/internal/discovery"
)

// The times of flooding one's own records.
const (
	// minArrival: routers drop a newer instance of an LSA that is less than a
	// second old (MinLSArrival, RFC 2328, 13), and a flush is one.
	minArrival = 1100 * time.Millisecond
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
	lsa     lsaKey // the current LSA; zero: none
	version discovery.Version
	created time.Time
	echoed  bool      // the current LSA came back
	retry   time.Time // without an echo: not before this
	tries   int       // originations of this version without an echo
	refused string    // why ospfd does not take this version
	purged  time.Time // when the last purge is or was answered
}

// flush is an LSA that has to go.
type flush struct {
	due time.Time // not before
	// An LSA that was replaced goes when its successor came back, and anyway
	// at the bound. Zero: no successor.
	key   discovery.Key
	bound time.Time
}

// outbox plans what to originate and what to flush. It calls nobody: the session
// carries the plan out and says what happened.
type outbox struct {
	wanted  map[discovery.Key]discovery.Record
	sent    map[discovery.Key]*sent
	current map[lsaKey]discovery.Key // index of sent
	flushes map[lsaKey]flush
}

func newOutbox() *outbox {
	return &outbox{
		wanted: map[discovery.Key]discovery.Record{}, sent: map[discovery.Key]*sent{},
		current: map[lsaKey]discovery.Key{}, flushes: map[lsaKey]flush{},
	}
}

// set replaces the records that are wanted.
func (o *outbox) set(records []discovery.Record) {
	clear(o.wanted)
	for _, r := range records {
		o.wanted[r.Key()] = r
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
	if s.lsa == (lsaKey{}) {
		return
	}
	f.due = s.created.Add(minArrival)
	o.flushes[s.lsa] = f
	delete(o.current, s.lsa)
	s.lsa = lsaKey{}
}

// missing returns the records that have to be originated now, the node's own
// first. The target says where a record belongs.
func (o *outbox) missing(now time.Time, target func(*discovery.Record) lsaKey) []discovery.Record {
	var out []discovery.Record
	for k, r := range o.wanted {
		if o.due(k, &r, now, target) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b discovery.Record) int {
		return cmp.Compare(a.Key().Service, b.Key().Service)
	})
	return out
}

func (o *outbox) due(k discovery.Key, r *discovery.Record, now time.Time, target func(*discovery.Record) lsaKey) bool {
	s := o.sent[k]
	switch {
	case s == nil || s.version != r.Version:
		return true
	case !s.settled():
		return !now.Before(s.retry)
	}
	return !sameScope(s.lsa, target(r))
}

// settled: in the medium, and came back.
func (s *sent) settled() bool { return s.echoed && s.refused == "" && s.lsa != (lsaKey{}) }

func sameScope(a, b lsaKey) bool { return a.kind == b.kind && a.area == b.area && a.ifAddr == b.ifAddr }

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

// originated notes that r is in the medium as k, and retires what it replaces.
func (o *outbox) originated(r *discovery.Record, k lsaKey, now time.Time) {
	s := o.entry(r)
	o.retire(s, flush{key: r.Key(), bound: now.Add(echoBound)})
	s.lsa, s.created, s.echoed, s.refused = k, now, false, ""
	s.retry = now.Add(min(retryEcho<<min(s.tries, 8), retryEchoMax))
	s.tries++
	o.current[k] = r.Key()
}

// refused notes that ospfd does not take r, and reports whether that is news.
// What is in the medium stays there: it is older, but it is the node's word.
func (o *outbox) refused(r *discovery.Record, why string, now time.Time) bool {
	s := o.entry(r)
	news := s.refused != why
	s.refused, s.retry = why, now.Add(retryRefused)
	return news
}

// heard takes an own LSA that is in the medium. If it is a current one and says
// something else, an old instance took its place: ospfd gives that out as ours.
// It reports whether the LSA is of this session.
func (o *outbox) heard(k lsaKey, r *discovery.Record, now time.Time) bool {
	key, ok := o.current[k]
	if !ok {
		_, ok = o.flushes[k]
		return ok
	}
	s := o.sent[key]
	if r != nil && r.Key() == key && r.Version == s.version {
		s.echoed = true
		return true
	}
	o.left(k, now)
	return false
}

// left notes that an LSA left the database, and reports whether it should have
// stayed: then somebody purged it, and it is originated again.
func (o *outbox) left(k lsaKey, now time.Time) (purged bool) {
	delete(o.flushes, k)
	key, ok := o.current[k]
	if !ok {
		return false
	}
	delete(o.current, k)
	s := o.sent[key]
	s.lsa, s.echoed, s.tries, s.retry = lsaKey{}, false, 0, now
	if next := s.purged.Add(purgePace); now.Before(next) {
		s.retry = next
	}
	s.purged = s.retry
	return true
}

// boomerang plans the flush of an LSA of a former incarnation of ours.
func (o *outbox) boomerang(k lsaKey, now time.Time) {
	if _, ok := o.flushes[k]; !ok {
		o.flushes[k] = flush{due: now.Add(minArrival)}
	}
}

// ripe takes the flushes out of the plan whose time has come.
func (o *outbox) ripe(now time.Time) []lsaKey {
	var out []lsaKey
	for k, f := range o.flushes {
		s := o.sent[f.key]
		if now.Before(f.due) || s != nil && !s.echoed && now.Before(f.bound) {
			continue
		}
		out = append(out, k)
		delete(o.flushes, k)
	}
	return out
}

// deadline returns when there is something to do without anything happening.
func (o *outbox) deadline(now time.Time) time.Time {
	var first time.Time
	for _, f := range o.flushes {
		if now.Before(f.due) {
			first = earlier(first, f.due)
		} else {
			first = earlier(first, f.bound)
		}
	}
	for _, s := range o.sent {
		if !s.settled() {
			first = earlier(first, s.retry)
		}
	}
	return first
}

// incarnation returns the one that is being flooded, 0 for none.
func (o *outbox) incarnation() uint64 {
	var high uint64
	for _, r := range o.wanted {
		high = max(high, r.Version.Incarnation)
	}
	return high
}
