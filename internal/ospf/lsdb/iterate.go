package lsdb

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// id is what identifies an LSA within a bucket.
type id struct {
	lsid packet.Quad
	adv  routerid.ID
}

// slot is where the instances of one LSA are.
type slot struct {
	entry *Entry
	told  bool // MaxAge was reported as Flushed or Expired
}

// bucket holds the LSAs of one type in one area, on one link or in the AS.
type bucket struct {
	key    bucketKey
	byID   map[id]slot
	sorted []*Entry // in the order of the keys; nil: has to be made
}

func (b *bucket) put(e *Entry) {
	b.byID[id{e.Key.ID, e.Key.AdvRouter}] = slot{e, e.LSA.Header.IsMaxAge()}
	b.sorted = nil
}

// told reports whether MaxAge of an LSA was reported.
func (d *DB) told(k Key) bool {
	return d.bucket(k.bucket()).byID[id{k.ID, k.AdvRouter}].told
}

// tell notes that MaxAge of an entry was reported, and returns whether it was before.
func (b *bucket) tell(e *Entry) (before bool) {
	k := id{e.Key.ID, e.Key.AdvRouter}
	before = b.byID[k].told
	b.byID[k] = slot{e, true}
	return before
}

func (b *bucket) remove(k Key) {
	delete(b.byID, id{k.ID, k.AdvRouter})
	b.sorted = nil
}

// list returns the entries in the order of the keys.
func (b *bucket) list() []*Entry {
	if b == nil {
		return nil
	}
	if b.sorted == nil {
		b.sorted = make([]*Entry, 0, len(b.byID))
		for _, s := range b.byID {
			b.sorted = append(b.sorted, s.entry)
		}
		slices.SortFunc(b.sorted, func(x, y *Entry) int {
			return cmp.Or(cmp.Compare(x.Key.ID, y.Key.ID), cmp.Compare(x.Key.AdvRouter, y.Key.AdvRouter))
		})
	}
	return b.sorted
}

// All yields every LSA in the order of Key.Compare. The database must not be
// changed meanwhile.
func (d *DB) All() iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for _, bk := range slices.SortedFunc(maps.Keys(d.buckets), bucketKey.compare) {
			for _, e := range d.buckets[bk].list() {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// Of yields the LSAs of one type in the order of Key.Compare: those in w.Area,
// on w.Link or, if the type has AS scope, all. The database must not be changed
// meanwhile.
func (d *DB) Of(w Where, t packet.Type) iter.Seq[*Entry] {
	k := KeyOf(w, packet.Header{Type: t}).bucket()
	return func(yield func(*Entry) bool) {
		for _, e := range d.buckets[k].list() {
			if !yield(e) {
				return
			}
		}
	}
}

// Areas returns the areas of which there is at least one LSA, in rising order.
func (d *DB) Areas() []packet.AreaID {
	areas := map[packet.AreaID]bool{}
	for k := range d.buckets {
		if k.Type.Scope() == packet.ScopeArea {
			areas[k.Area] = true
		}
	}
	return slices.Sorted(maps.Keys(areas))
}

// Clone returns a database of its own with the same entries. Unlike d it may
// be read from several goroutines, as long as none changes it.
func (d *DB) Clone() *DB {
	c := *d
	c.routers, c.lately = maps.Clone(d.routers), nil
	c.buckets = make(map[bucketKey]*bucket, len(d.buckets))
	for k, b := range d.buckets {
		c.buckets[k] = &bucket{key: k, byID: maps.Clone(b.byID), sorted: b.list()}
	}
	return &c
}

func (k bucketKey) compare(o bucketKey) int {
	return cmp.Or(
		cmp.Compare(k.Type.Scope(), o.Type.Scope()),
		cmp.Compare(k.Area, o.Area),
		cmp.Compare(k.Link, o.Link),
		cmp.Compare(k.Type, o.Type),
	)
}
