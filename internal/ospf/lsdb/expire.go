package lsdb

import (
	"time"

	"srr/internal/ospf/packet"
)

// Linger is how long a routing daemon commonly keeps an LSA of age MaxAge before
// its link-state ID is free again (FRR: 60 s).
const Linger = 60 * time.Second

// Expire reports what reached MaxAge since the last call, as Expired, and
// removes what has been of that age for linger (RFC 2328, section 14). The
// changes are in the order of the keys. It looks at every LSA: call it once a
// second or at NextExpiry, not more often.
func (d *DB) Expire(now, linger time.Duration) []Change {
	var changes []Change
	var gone []*Entry
	for e := range d.All() {
		at, ends := e.expires()
		if !ends || now < at {
			continue
		}
		if now >= at+linger {
			gone = append(gone, e)
			changes = append(changes, Change{Kind: Removed, Old: e})
			continue
		}
		if !d.bucket(e.Key.bucket()).tell(e) {
			changes = append(changes, Change{Kind: Expired, Old: e, New: e})
		}
	}
	for _, e := range gone {
		d.remove(e)
	}
	return changes
}

// NextExpiry returns when Expire with the same linger has something to do;
// false if nothing in the database ages.
func (d *DB) NextExpiry(linger time.Duration) (time.Duration, bool) {
	var next time.Duration
	found := false
	for e := range d.All() {
		at, ends := e.expires()
		if !ends {
			continue
		}
		if d.told(e.Key) {
			at += linger
		}
		if !found || at < next {
			next, found = at, true
		}
	}
	return next, found
}

// Stats are counters for metrics and the operator.
type Stats struct {
	Entries, Bytes int
	MaxAge         int // of the entries, those of age MaxAge
	Dropped        uint64
	ByType         map[packet.Type]int
}

// Stats counts what the database holds now.
func (d *DB) Stats(now time.Duration) Stats {
	s := Stats{Entries: d.entries, Bytes: d.bytes, Dropped: d.dropped, ByType: map[packet.Type]int{}}
	for k, b := range d.buckets {
		s.ByType[k.Type] += len(b.byID)
		for _, x := range b.byID {
			if x.entry.MaxAge(now) {
				s.MaxAge++
			}
		}
	}
	return s
}
