package ospf

import (
	"errors"
	"maps"
	"time"

	"srr/internal/discovery"
	"srr/internal/frr/ospfapi"
	"srr/internal/routerid"
)

// replaceGrace is how long a deleted LSA may be followed by its replacement:
// ospfd reports each as a deletion and an update right behind it.
const replaceGrace = 10 * time.Millisecond

// forgetAfter is how long the newest version of a record that left the medium
// is remembered, so that an older one that turns up cannot pass for new. No LSA
// lives longer than MaxAge, one hour.
const forgetAfter = 2 * time.Hour

// lsaKey identifies an opaque LSA in the database of the medium.
type lsaKey struct {
	kind   uint8  // 9, 10 or 11
	area   uint32 // of type 10
	ifAddr uint32 // of type 9
	id     uint32 // link-state ID
	author routerid.ID
}

func keyOf(l *ospfapi.LSA, area, ifAddr uint32) lsaKey {
	k := lsaKey{kind: l.Type, id: l.ID, author: l.AdvRtr}
	switch l.Type {
	case ospfapi.OpaqueAreaLSA:
		k.area = area
	case ospfapi.OpaqueLinkLSA:
		k.ifAddr = ifAddr
	}
	return k
}

// opaque is how ospfd wants an LSA of one's own to be named.
func (k lsaKey) opaque() ospfapi.Opaque {
	return ospfapi.Opaque{
		Type: k.kind, OpaqueType: uint8(k.id >> 24), OpaqueID: k.id & 0xffffff,
		Area: k.area, IfAddr: k.ifAddr,
	}
}

// holding is what one LSA holds.
type holding struct {
	key     discovery.Key
	version discovery.Version
	rejects string // the error, of one that cannot be used
}

// newest is the highest version seen of one record.
type newest struct {
	version discovery.Version
	nonce   uint64
	copies  int       // LSAs that hold it now
	absent  time.Time // since when copies is 0
	carried bool      // was there when the last connection was lost
}

// database turns LSAs into records: the highest version wins, whatever comes
// first. What it knows of versions outlives the connection.
type database struct {
	cluster string
	lsas    map[lsaKey]holding
	leaving map[lsaKey]time.Time // deleted: gone then, unless replaced before
	newest  map[discovery.Key]newest
}

func newDatabase(cluster string) *database {
	return &database{
		cluster: cluster, lsas: map[lsaKey]holding{}, leaving: map[lsaKey]time.Time{},
		newest: map[discovery.Key]newest{},
	}
}

// reset forgets the LSAs, for a new connection that will report all of them.
func (d *database) reset(now time.Time) {
	clear(d.lsas)
	clear(d.leaving)
	for k, n := range d.newest {
		if n.copies > 0 {
			n.copies, n.absent, n.carried = 0, now, true
			d.newest[k] = n
		}
	}
}

// settle reports, once everything has been reported, which records vanished
// while there was no connection.
func (d *database) settle() []discovery.Event {
	var events []discovery.Event
	for k, n := range d.newest {
		if n.carried && n.copies == 0 {
			events = append(events, discovery.Gone{Key: k, Version: n.version})
		}
		n.carried = false
		d.newest[k] = n
	}
	return events
}

// update takes an LSA that is in the medium. The record is nil if it is not one.
func (d *database) update(k lsaKey, l *ospfapi.LSA, now time.Time) (*discovery.Record, []discovery.Event) {
	old := d.lsas[k]
	lost := d.take(k, now)
	r, err := discovery.Decode(d.cluster, k.author, l.Payload())
	var events []discovery.Event
	switch {
	case err == nil:
		refresh := lost != nil && *lost == r.Key() && old.version == r.Version
		events = d.put(k, &r, refresh)
	case !errors.Is(err, discovery.ErrForeign):
		d.lsas[k] = holding{rejects: err.Error()}
		if old.rejects != err.Error() {
			events = []discovery.Event{discovery.Rejected{Author: k.author, Where: l.String(), Err: err}}
		}
	}
	events = append(d.gone(lost), events...)
	if err != nil {
		return nil, events
	}
	return &r, events
}

// put notes that an LSA holds r. A refresh replaces the only copy by itself.
func (d *database) put(k lsaKey, r *discovery.Record, refresh bool) []discovery.Event {
	key := r.Key()
	d.lsas[k] = holding{key: key, version: r.Version}
	n := d.newest[key]
	seen := n.copies == 0 && !refresh || n.nonce != r.Nonce
	switch {
	case n.version.Less(r.Version):
		n = newest{version: r.Version, copies: 1}
		seen = true
	case r.Version.Less(n.version):
		return nil
	default:
		n.copies++
	}
	n.nonce = r.Nonce
	d.newest[key] = n
	if !seen {
		return nil
	}
	return []discovery.Event{discovery.Seen{Record: *r}}
}

// take removes what an LSA held and returns the key of the record if that was
// the last copy of its newest version.
func (d *database) take(k lsaKey, now time.Time) *discovery.Key {
	h, ok := d.lsas[k]
	if !ok {
		return nil
	}
	delete(d.lsas, k)
	delete(d.leaving, k)
	n, ok := d.newest[h.key]
	if !ok || h.rejects != "" || h.version != n.version {
		return nil
	}
	n.copies--
	n.absent = now
	d.newest[h.key] = n
	if n.copies > 0 {
		return nil
	}
	return &h.key
}

// gone reports the record of key, unless it came back meanwhile.
func (d *database) gone(key *discovery.Key) []discovery.Event {
	if key == nil || d.newest[*key].copies > 0 {
		return nil
	}
	return []discovery.Event{discovery.Gone{Key: *key, Version: d.newest[*key].version}}
}

// remove takes a deletion, which counts if no replacement follows.
func (d *database) remove(k lsaKey, now time.Time) {
	if _, ok := d.lsas[k]; ok && d.leaving[k].IsZero() {
		d.leaving[k] = now.Add(replaceGrace)
	}
}

// flushed takes a deletion that is final: ours.
func (d *database) flushed(k lsaKey, now time.Time) []discovery.Event { return d.gone(d.take(k, now)) }

// expire carries out the deletions that nothing followed.
func (d *database) expire(now time.Time) (left []lsaKey, events []discovery.Event) {
	for k, at := range d.leaving {
		if !now.Before(at) {
			left = append(left, k)
			events = append(events, d.flushed(k, now)...)
		}
	}
	return left, events
}

// deadline returns when expire has something to do, zero for never.
func (d *database) deadline() time.Time {
	var first time.Time
	for _, at := range d.leaving {
		first = earlier(first, at)
	}
	return first
}

// prune forgets what nobody can bring back.
func (d *database) prune(now time.Time) {
	maps.DeleteFunc(d.newest, func(_ discovery.Key, n newest) bool {
		return n.copies == 0 && now.Sub(n.absent) > forgetAfter
	})
}

// former returns the LSAs of an author that hold records older than an incarnation.
func (d *database) former(author routerid.ID, incarnation uint64) []lsaKey {
	var keys []lsaKey
	for k, h := range d.lsas {
		if k.author == author && h.rejects == "" && h.version.Incarnation < incarnation {
			keys = append(keys, k)
		}
	}
	return keys
}

// ownHighest returns the highest incarnation of an author that is there.
func (d *database) ownHighest(author routerid.ID) uint64 {
	var high uint64
	for k, h := range d.lsas {
		if k.author == author {
			high = max(high, h.version.Incarnation)
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
