package opaque

import (
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
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
	// refreshAge: ospfd gives an LSA out again by itself when it is 30 min old
	// (LSRefreshTime), FRR some the first time after 15.
	refreshAge = 14 * time.Minute
)

// sent is what one record looks like in the medium.
type sent struct {
	lsa     Name              // the current LSA; zero: none
	carries discovery.Version // what is in it
	created time.Time
	given   time.Time         // when the current LSA was given out last
	asked   Name              // is being originated, ospfd has not answered yet; zero: none
	version discovery.Version // the last that ospfd was asked for
	echoed  bool              // the current LSA came back
	retry   time.Time         // without an echo: not before this
	tries   int               // originations of this version without an echo
	refused string            // why ospfd does not take this version
	purged  time.Time         // when the last purge is or was answered
	waiting []Name            // flushes that are due but for the echo
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
// carries the plan out and says what happened. It never looks at everything because
// of one thing: after the loss of a node with 1,000 services, that many records,
// echoes and flushes come one by one.
type outbox struct {
	author  routerid.ID
	wanted  map[discovery.Key]*discovery.Record // never written to
	sent    map[discovery.Key]*sent
	current map[Name]discovery.Key // by sent.lsa
	asked   map[Name]discovery.Key // what ospfd has not answered yet, wanted or not
	flushes map[Name]flush

	stirred []discovery.Key       // records about which something has changed
	again   agenda[discovery.Key] // when records may be due by the time alone
	todo    []todo                // records that are due, the most urgent first
	leaving agenda[Name]          // when LSAs may be flushed
	ripened []Name                // those for which that has come, in order
}

func newOutbox(author routerid.ID) *outbox {
	return &outbox{
		author: author,
		wanted: map[discovery.Key]*discovery.Record{}, sent: map[discovery.Key]*sent{},
		current: map[Name]discovery.Key{}, asked: map[Name]discovery.Key{}, flushes: map[Name]flush{},
	}
}

// set replaces the records that are wanted. It keeps them.
func (o *outbox) set(records []discovery.Record, now time.Time) {
	before := o.wanted
	o.wanted = make(map[discovery.Key]*discovery.Record, len(records))
	for i := range records {
		k := records[i].Key()
		o.wanted[k] = &records[i]
		// Where the node record belongs depends on all the others.
		if b := before[k]; b == nil || b.Version != records[i].Version || records[i].Instance == nil {
			o.stir(k)
		}
	}
	for k, s := range o.sent {
		if _, ok := o.wanted[k]; !ok {
			o.retire(s, flush{})
			o.release(s, now)
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
	o.leaving.add(f.due, k)
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
	s.lsa, s.carries, s.created, s.given, s.asked = k, s.version, now, now, Name{}
	s.echoed, s.refused = false, ""
	s.retry = now.Add(min(retryEcho<<min(s.tries, 8), retryEchoMax))
	o.stir(key)
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
	o.stir(r.Key())
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
		o.stir(key) // the areas may have changed while it was on its way
		o.release(s, now)
		return true
	}
	o.left(k, now)
	return false
}

// left notes that an LSA left the database. It reports whether it should have stayed and
// that is answered: somebody purged it, and it is originated again.
func (o *outbox) left(k Name, now time.Time) (answered bool) {
	delete(o.flushes, k)
	key, ok := o.current[k]
	if !ok {
		return false
	}
	delete(o.current, k)
	s := o.sent[key]
	s.lsa, s.echoed = Name{}, false
	return o.answer(key, now)
}

// givenOut notes that ospfd gave out an LSA again by itself. It reports whether it is a
// current one and no refresh, and that is answered: somebody purged it. Who purges with
// numbers that grow keeps that from all others, as older or as too early (RFC 2328, 13,
// step 5a), and ospfd tells nothing else: another ID gets around.
func (o *outbox) givenOut(k Name, now time.Time) (answered bool) {
	key, ok := o.current[k]
	if !ok {
		return false
	}
	s := o.sent[key]
	refresh := now.Sub(s.given) >= refreshAge
	s.given = now
	return !refresh && o.answer(key, now)
}

// answer has a record originated again that was purged, and reports whether that is new:
// until then all purges have one answer, or it would never come (FRR 10.3 tells of twenty
// a second).
func (o *outbox) answer(key discovery.Key, now time.Time) bool {
	s := o.sent[key]
	o.stir(key)
	if now.Before(s.purged) {
		return false
	}
	s.tries, s.retry = 0, now
	if next := s.purged.Add(purgePace); now.Before(next) {
		s.retry = next
	}
	s.purged = s.retry
	return true
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

// flushed notes that ospfd has answered to that.
func (o *outbox) flushed(k Name) { delete(o.flushes, k) }

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
