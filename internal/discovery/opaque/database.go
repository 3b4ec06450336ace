package opaque

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/signed"
	"srr/internal/routerid"
)

// replaceGrace is how long a deleted LSA may be followed by its replacement:
// ospfd reports each as a deletion and an update right behind it.
const replaceGrace = 10 * time.Millisecond

// forgetAfter is how long the newest version of a record that left the medium
// is remembered, so that an older one that turns up cannot pass for new. No LSA
// lives longer than MaxAge, one hour.
const forgetAfter = 2 * time.Hour

// maxAbsent bounds how many of them are remembered: with ever new services in a record
// that is flushed at once, any router could fill the memory of all. Those go first that
// left first.
const maxAbsent = 1 << 16

// tellAgain is how often an LSA that cannot be used is told of while it is there:
// each audit reads it.
const tellAgain = time.Minute

// holding is what one LSA holds.
type holding struct {
	record  *discovery.Record
	payload []byte
	rejects string    // the error, of one that cannot be used; then there is no record
	told    time.Time // when somebody was told of that
	// born is when the LSA was given out. ospfd tells of each again and again with the
	// age that it had when it arrived here.
	born time.Time
}

// newest is the highest version seen of one record.
type newest struct {
	version discovery.Version
	nonce   uint64
	seen    time.Time // first
	copies  int       // LSAs that hold it now
	absent  time.Time // since when copies is 0
	carried bool      // was there when the last connection was lost
}

// database turns LSAs into records: the highest version wins, whatever comes
// first. What it knows of versions outlives the connection.
type database struct {
	codec   Codec
	lsas    map[Name]holding
	leaving map[Name]time.Time // deleted: gone then, unless replaced before
	leaves  []departure        // all of them, and some that were replaced; the first one first
	newest  map[discovery.Key]*newest
	absent  []absentee // all of newest that left, and some that came back; the first one first
	trust   *trust
}

// absentee is a record that left the medium.
type absentee struct {
	key   discovery.Key
	since time.Time
}

// departure is when an LSA is gone. Each waits for equally long.
type departure struct {
	lsa Name
	at  time.Time
}

func newDatabase(codec Codec, t *trust) *database {
	return &database{
		codec: codec, lsas: map[Name]holding{}, leaving: map[Name]time.Time{},
		newest: map[discovery.Key]*newest{}, trust: t,
	}
}

// reset forgets the LSAs, for a new connection that will report all of them.
func (d *database) reset(now time.Time, signing *Signatures) []discovery.Event {
	clear(d.lsas)
	clear(d.leaving)
	d.leaves = nil
	d.trust.reset()
	d.trust.moved = now // nobody knows for how long what will be shown was there
	events, _ := d.trust.renew(signing)
	for k, n := range d.newest {
		if n.copies > 0 {
			n.carried = true
			d.miss(k, n, now)
		}
	}
	return events
}

// settle reports, once everything has been reported, which records vanished
// while there was no connection.
func (d *database) settle() []discovery.Event {
	var events []discovery.Event
	for _, k := range slices.SortedFunc(maps.Keys(d.newest), compareKeys) {
		n := d.newest[k]
		if n.carried && n.copies == 0 {
			events = append(events, discovery.Gone{Key: k, Version: n.version})
		}
		n.carried = false
	}
	return events
}

func compareKeys(a, b discovery.Key) int {
	return cmp.Or(cmp.Compare(a.Author, b.Author), cmp.Compare(a.Service, b.Service))
}

// update takes an LSA that is in the medium. The record is nil if it is not one.
func (d *database) update(l *LSA, now time.Time) (*discovery.Record, []discovery.Event) {
	k := l.Name
	old, known := d.lsas[k]
	if d.says(&old, l.Payload) {
		delete(d.leaving, k)
		return old.record, nil
	}
	var lost *newest
	born := now.Add(-time.Duration(l.seconds()) * time.Second)
	if known {
		lost = d.take(k, &old, now)
		if bytes.Equal(old.payload, l.Payload) {
			born = old.born
		}
	}
	r, err := d.codec.Decode(k.Author, l.Payload)
	var events []discovery.Event
	if err == nil {
		events, err = d.judge(l, r, born, now)
	} else {
		events = d.trust.forget(k) // what it said before
	}
	switch {
	case err == nil:
		refresh := lost != nil && old.record.Key() == r.Key() && old.record.Version == r.Version
		if d.put(l, r, born, refresh, now) {
			events = append(events, discovery.Seen{Record: *r})
		}
	case errors.Is(err, discovery.ErrNotTrusted):
		d.lsas[k] = holding{rejects: err.Error(), payload: l.Payload, born: born}
	case !errors.Is(err, discovery.ErrForeign):
		h := holding{rejects: err.Error(), told: old.told}
		if again := old.rejects == h.rejects; !again || now.Sub(old.told) >= tellAgain {
			h.told = now
			events = append(events, discovery.Rejected{Author: k.Author, Where: l.String(), Err: err, Again: again})
		}
		d.lsas[k] = h
	}
	if lost != nil && lost.copies == 0 {
		events = slices.Insert(events, 0, gone(&old, lost))
	}
	if err != nil {
		return nil, events
	}
	if r.Certificate != nil && d.trust.trusts(k) {
		for _, lsa := range d.trust.ready(k.Author) {
			if d.replaces(lsa.Name) {
				continue // it has left meanwhile
			}
			_, more := d.update(lsa, now)
			events = append(events, more...)
		}
	}
	return r, events
}

// says reports that an LSA says what it said, so that nothing follows: a refresh, or
// an audit. Of two nodes that use one router ID each word counts, and who signed is
// judged anew when keys have changed.
func (d *database) says(h *holding, payload []byte) bool {
	if h.record == nil || d.trust.mode != signed.Off || !bytes.Equal(h.payload, payload) {
		return false
	}
	n := d.newest[h.record.Key()]
	return n == nil || n.nonce == h.record.Nonce || n.version != h.record.Version
}

// judge asks whether a record is its author's. The error: it must not be used.
func (d *database) judge(l *LSA, r *discovery.Record, born, now time.Time) ([]discovery.Event, error) {
	err := d.trust.judge(l, r)
	why := err
	if err == nil && d.trust.mode != signed.Off && d.trust.replayed(r, born, d.newest[r.Key()]) {
		why = signed.ErrReplayed // and not used in any case: a newer one is known
	}
	events := d.trust.verdict(l, why, now)
	if d.trust.mode != signed.Require {
		err = nil
	}
	return events, err
}

// put notes that an LSA holds r, and reports whether that is news. A refresh replaces
// the only copy by itself.
func (d *database) put(l *LSA, r *discovery.Record, born time.Time, refresh bool, now time.Time) (news bool) {
	d.lsas[l.Name] = holding{record: r, payload: l.Payload, born: born}
	key := r.Key()
	n := d.newest[key]
	if n == nil {
		n = &newest{}
		d.newest[key] = n
	}
	news = n.copies == 0 && !refresh || n.nonce != r.Nonce
	switch {
	case n.version.Less(r.Version):
		*n = newest{version: r.Version, seen: now, copies: 1}
		news = true
	case r.Version.Less(n.version):
		return r.Version.Incarnation == n.version.Incarnation && r.Nonce != n.nonce // two nodes with one router ID
	default:
		n.copies++
	}
	n.nonce = r.Nonce
	return news
}

// take removes what an LSA held, and returns what is known of the record if that was
// the last copy of its newest version.
func (d *database) take(k Name, h *holding, now time.Time) *newest {
	delete(d.lsas, k)
	delete(d.leaving, k)
	if h.record == nil {
		return nil
	}
	n := d.newest[h.record.Key()]
	if n == nil || h.record.Version != n.version {
		return nil
	}
	n.copies--
	if n.copies > 0 {
		return nil
	}
	d.miss(h.record.Key(), n, now)
	return n
}

// miss notes that nothing holds a record any more.
func (d *database) miss(k discovery.Key, n *newest, now time.Time) {
	n.copies, n.absent = 0, now
	d.absent = append(d.absent, absentee{k, now})
	for len(d.absent) > maxAbsent {
		d.forgetFirst()
	}
}

// forgetFirst forgets who left first, unless it came back, or is still to be reported
// as lost with the connection.
func (d *database) forgetFirst() {
	first := d.absent[0]
	d.absent = d.absent[1:]
	if n := d.newest[first.key]; n != nil && n.copies == 0 && n.absent.Equal(first.since) && !n.carried {
		delete(d.newest, first.key)
	}
}

// gone reports the record that an LSA held.
func gone(h *holding, n *newest) discovery.Event {
	return discovery.Gone{Key: h.record.Key(), Version: n.version}
}

// remove takes a deletion, which counts if no replacement follows.
func (d *database) remove(k Name, now time.Time) {
	if _, ok := d.lsas[k]; ok && d.leaving[k].IsZero() {
		at := now.Add(replaceGrace)
		d.leaving[k], d.leaves = at, append(d.leaves, departure{k, at})
	}
}

// replaces reports whether an update of an LSA would follow its deletion.
func (d *database) replaces(k Name) bool { return !d.leaving[k].IsZero() }

// flushed takes a deletion that is final: ours.
func (d *database) flushed(k Name, now time.Time) (events []discovery.Event) {
	if h, ok := d.lsas[k]; ok {
		if n := d.take(k, &h, now); n != nil {
			events = append(events, gone(&h, n))
		}
	}
	return append(events, d.trust.forget(k)...)
}

// expire carries out the deletions that nothing followed.
func (d *database) expire(now time.Time) (left []Name, events []discovery.Event) {
	left = d.left(now)
	for _, k := range left {
		events = append(events, d.flushed(k, now)...)
	}
	return left, append(events, d.trust.expire(now)...)
}

// left returns what is gone by now, in order.
func (d *database) left(now time.Time) (left []Name) {
	if len(d.leaves) == 0 || now.Before(d.leaves[0].at) {
		return nil
	}
	for len(d.leaves) > 0 {
		first := d.leaves[0]
		replaced := !d.leaving[first.lsa].Equal(first.at)
		if !replaced && now.Before(first.at) {
			break
		}
		if !replaced {
			delete(d.leaving, first.lsa)
			left = append(left, first.lsa)
		}
		d.leaves = d.leaves[1:]
	}
	slices.SortFunc(left, Name.compare)
	return left
}

// deadline returns when expire may have something to do, zero for never.
func (d *database) deadline() time.Time {
	if len(d.leaves) == 0 {
		return d.trust.deadline()
	}
	return earlier(d.trust.deadline(), d.leaves[0].at)
}

// prune forgets what nobody can bring back.
func (d *database) prune(now time.Time) {
	for len(d.absent) > 0 && now.Sub(d.absent[0].since) > forgetAfter {
		d.forgetFirst()
	}
}

// former returns the LSAs of an author that hold records older than an incarnation.
func (d *database) former(author routerid.ID, incarnation uint64) []Name {
	var keys []Name
	for k, h := range d.lsas {
		if k.Author == author && h.record != nil && h.record.Version.Incarnation < incarnation {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, Name.compare)
	return keys
}

// ownHighest returns the highest incarnation of an author that is there.
func (d *database) ownHighest(author routerid.ID) uint64 {
	var high uint64
	for k, h := range d.lsas {
		if k.Author == author && h.record != nil {
			high = max(high, h.record.Version.Incarnation)
		}
	}
	return high
}

// earlier returns the earlier of two times; zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
