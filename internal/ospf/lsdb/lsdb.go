// Package lsdb is the link-state database of OSPF (RFC 2328, sections 12.2, 13
// and 14): the newest instance of every LSA, of every type, whether its body is
// understood or not.
//
// Two sources feed it. The embedded speaker floods by itself and decides when an
// LSA of age MaxAge may go. A routing daemon's API reports what its own database
// holds: install its updates, and remove on its deletions (Remove says why that is
// safe without an order between the two). After a lost API connection begin with
// a new database, since deletions were missed.
//
// A DB belongs to one goroutine, iteration included; Clone makes a copy to
// publish. Time is an argument: the time since any fixed moment.
package lsdb

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// ErrFull is the error of an LSA that did not fit within the limits.
var ErrFull = errors.New("link-state database is full")

// Limits bound the database, since any router can flood anything. Zero means
// the default.
type Limits struct {
	Entries   int // all LSAs; default 65,536
	Bytes     int // their encoded size; default 64 MiB
	PerRouter int // LSAs of one advertising router; default 16,384, so that one router cannot fill the database
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Entries:   cmp.Or(l.Entries, 1<<16),
		Bytes:     cmp.Or(l.Bytes, 64<<20),
		PerRouter: cmp.Or(l.PerRouter, 1<<14),
	}
}

// DB is a link-state database. Use New.
type DB struct {
	limits  Limits
	buckets map[bucketKey]*bucket
	lately  *bucket             // where something was installed last: most questions are about it
	routers map[routerid.ID]int // LSAs per advertising router
	entries int
	bytes   int
	dropped uint64
}

// New returns an empty database.
func New(l Limits) *DB {
	return &DB{
		limits:  l.withDefaults(),
		buckets: map[bucketKey]*bucket{},
		routers: map[routerid.ID]int{},
	}
}

// Len returns the number of LSAs, those of age MaxAge included.
func (d *DB) Len() int { return d.entries }

// Bytes returns the encoded size of all LSAs.
func (d *DB) Bytes() int { return d.bytes }

// Dropped counts the LSAs that did not fit, ever.
func (d *DB) Dropped() uint64 { return d.dropped }

// Get returns the LSA with key k.
func (d *DB) Get(k Key) (*Entry, bool) {
	b := d.bucket(k.bucket())
	if b == nil {
		return nil, false
	}
	s, ok := b.byID[id{k.ID, k.AdvRouter}]
	return s.entry, ok
}

// bucket returns the list with key k, nil if it is empty.
func (d *DB) bucket(k bucketKey) *bucket {
	if b := d.lately; b != nil && b.key == k {
		return b
	}
	return d.buckets[k]
}

// Install stores l, learnt at w, if it is newer than what is stored (RFC 2328,
// section 13.1). An instance of age MaxAge is stored like any other, so that it
// can be flooded on and its link-state ID is seen to be in use; Expire takes it
// out. The caller has verified the checksum, and does not modify l any more.
//
// An LSA that does not fit is dropped with ErrFull. If it is a newer instance
// of a stored one, that one is removed, because it is known to be wrong.
func (d *DB) Install(now time.Duration, w Where, l packet.LSA) (Change, error) {
	e := &Entry{Key: KeyOf(w, l.Header), LSA: l, Installed: now, size: l.Size()}
	old, ok := d.Get(e.Key)
	if ok && old.Compare(l.Header, now) <= 0 {
		return Change{Kind: Unchanged, Old: old, New: old}, nil
	}
	if err := d.room(e, old); err != nil {
		d.dropped++
		if !ok {
			return Change{Kind: Unchanged}, err
		}
		d.remove(old)
		return Change{Kind: Removed, Old: old}, err
	}
	kind := kindOf(now, old, e)
	d.put(e, old)
	return Change{Kind: kind, Old: old, New: e}, nil
}

// kindOf says what the newer instance e does to old, nil if there is none.
func kindOf(now time.Duration, old, e *Entry) Kind {
	switch {
	case e.LSA.Header.IsMaxAge():
		return Flushed
	case old == nil:
		return Added
	}
	was := old.At(now)
	if packet.SameContent(&was, &e.LSA) {
		return Refreshed
	}
	return Changed
}

// room checks the limits for e in place of old.
func (d *DB) room(e, old *Entry) error {
	bytes := d.bytes + e.size
	if old != nil {
		bytes -= old.size
	}
	switch {
	case bytes > d.limits.Bytes:
		return fmt.Errorf("install %s: %w: %d bytes", e.Key, ErrFull, d.bytes)
	case old != nil:
	case d.entries >= d.limits.Entries:
		return fmt.Errorf("install %s: %w: %d LSAs", e.Key, ErrFull, d.entries)
	case d.routers[e.Key.AdvRouter] >= d.limits.PerRouter:
		return fmt.Errorf("install %s: %w: %d LSAs of this router", e.Key, ErrFull, d.routers[e.Key.AdvRouter])
	}
	return nil
}

// Remove takes an LSA out because the source of this database does not hold the
// instance h any more. It does nothing if the stored instance is newer: a source
// that replaces an instance reports the deletion of the old one, and if that
// report comes after the update, it must not take the new one with it.
func (d *DB) Remove(w Where, h packet.Header) Change {
	e, ok := d.Get(KeyOf(w, h))
	if !ok || e.LSA.Header.Seq > h.Seq {
		return Change{Kind: Unchanged, Old: e, New: e}
	}
	d.remove(e)
	return Change{Kind: Removed, Old: e}
}

func (d *DB) put(e, old *Entry) {
	if old != nil {
		d.bytes += e.size - old.size
	} else {
		d.account(e, 1)
	}
	bk := e.Key.bucket()
	b := d.bucket(bk)
	if b == nil {
		b = &bucket{key: bk, byID: map[id]slot{}}
		d.buckets[bk] = b
	}
	d.lately = b
	b.put(e)
}

func (d *DB) remove(e *Entry) {
	d.account(e, -1)
	b := d.bucket(e.Key.bucket())
	if b.remove(e.Key); len(b.byID) == 0 {
		delete(d.buckets, b.key)
		d.lately = nil
	}
}

// account adds e to, or with n = -1 takes it from, everything that is counted.
func (d *DB) account(e *Entry, n int) {
	d.entries += n
	d.bytes += n * e.size
	r := e.Key.AdvRouter
	if d.routers[r] += n; d.routers[r] == 0 {
		delete(d.routers, r)
	}
}
