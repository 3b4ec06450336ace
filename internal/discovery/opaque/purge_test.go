package opaque

import (
	"maps"
	"testing"
	"time"

	"srr/internal/discovery"
)

// TestPurgedForTenMinutes: an insider takes everything that this node says away, each
// second for ten minutes; ospfd tells, and half of the times it gives each LSA out once
// more, a moment later. Nothing is missing for as long as the others wait before they
// count it as gone (7 s).
func TestPurgedForTenMinutes(t *testing.T) {
	const enough = 2500 * time.Millisecond
	for seed := range uint64(4) {
		o := newRandomOspfd(seed)
		o.connect()
		if err := o.calm(); err != nil {
			t.Fatal(err)
		}
		given := map[Name]bool{}
		seen, longest, purged := map[discovery.Key]time.Time{}, time.Duration(0), 0
		for range 600 {
			var taken []LSA
			for k, l := range o.there {
				if k.Author == self {
					o.remove(k, true)
					if !given[k] {
						given[k], taken = true, append(taken, l)
					}
					purged++
				}
			}
			for tick := range 100 {
				if tick == 30 && seed%2 == 0 {
					for _, l := range taken {
						o.show(l)
					}
				}
				o.settle()
				for key := range o.flooded() {
					if last, ok := seen[key]; ok {
						longest = max(longest, o.now.Sub(last))
					}
					seen[key] = o.now
				}
				o.now = o.now.Add(10 * time.Millisecond)
			}
		}
		for key, last := range seen {
			if gone := o.now.Sub(last); gone > enough {
				t.Errorf("seed %d: %q is missing for %s at the end", seed, key.Service, gone)
			}
		}
		t.Logf("seed %d: %d LSAs were purged; none was missing for longer than %s", seed, purged, longest)
		if purged < 600 || longest > enough || len(seen) != len(o.wanted) {
			t.Errorf("seed %d: %d LSAs were purged, missing for %s, %d records of %d", seed, purged, longest, len(seen), len(o.wanted))
		}
		o.settle()
		if err := o.calm(); err != nil {
			t.Errorf("seed %d, afterwards: %v", seed, err)
		}
	}
}

// settle lets everybody do what there is to do now.
func (o *randomOspfd) settle() {
	o.step()
	for len(o.asked)+len(o.answers)+len(o.notes) > 0 {
		o.serve()
		o.deliver()
		o.step()
	}
}

// flooded are the records of this node that are in the database.
func (o *randomOspfd) flooded() map[discovery.Key]bool {
	out := map[discovery.Key]bool{}
	for k, l := range o.there {
		if r, err := discovery.Decode("lab", self, l.Payload); k.Author == self && err == nil {
			out[r.Key()] = true
		}
	}
	return out
}

// TestRefreshIsNoPurge: every half hour ospfd gives out what it has, and that is all. If it
// does so once more within seconds, it was purged.
func TestRefreshIsNoPurge(t *testing.T) {
	o := newRandomOspfd(1)
	o.refuse = false
	o.connect()
	pass := func(d time.Duration) {
		for end := o.now.Add(d); o.now.Before(end); o.now = o.now.Add(time.Second) {
			o.settle()
		}
	}
	pass(time.Minute)
	giveOut := func() (originated int) {
		before := maps.Clone(o.there)
		for k, l := range before {
			if k.Author == self {
				o.show(l)
			}
		}
		pass(2 * time.Second)
		for k := range o.there {
			if _, old := before[k]; !old {
				originated++
			}
		}
		return originated
	}
	for range 3 {
		pass(30 * time.Minute)
		if n := giveOut(); n != 0 {
			t.Errorf("%d records are originated again after a refresh", n)
		}
	}
	pass(5 * time.Second)
	if n := giveOut(); n != len(o.wanted) {
		t.Errorf("%d of %d records are originated again after a purge", n, len(o.wanted))
	}
}

// TestPurgedOften: ospfd tells twenty times a second that it gave everything out again, as
// FRR 10.3 does while somebody purges with numbers that grow. Each record gets other IDs
// meanwhile, and one that nobody has purged soon after that has ended.
func TestPurgedOften(t *testing.T) {
	o := newRandomOspfd(1)
	o.refuse = false
	o.connect()
	pass := func(d time.Duration) {
		for end := o.now.Add(d); o.now.Before(end); o.now = o.now.Add(10 * time.Millisecond) {
			o.settle()
		}
	}
	pass(time.Minute)
	names := map[discovery.Key]map[Name]bool{}
	for range 20 * 30 {
		for k, l := range maps.Clone(o.there) {
			if r, err := discovery.Decode("lab", self, l.Payload); k.Author == self && err == nil {
				if names[r.Key()] == nil {
					names[r.Key()] = map[Name]bool{}
				}
				names[r.Key()][k] = true
				o.show(l)
			}
		}
		pass(50 * time.Millisecond)
	}
	pass(2 * time.Second)
	fresh := map[discovery.Key]bool{}
	for k, l := range o.there {
		if r, err := discovery.Decode("lab", self, l.Payload); k.Author == self && err == nil && !names[r.Key()][k] {
			fresh[r.Key()] = true
		}
	}
	for key, had := range names {
		if len(had) < 10 || !fresh[key] {
			t.Errorf("%q had %d IDs in 30 s, and afterwards one that nobody had purged: %v", key.Service, len(had), fresh[key])
		}
	}
	if len(names) != len(o.wanted) {
		t.Errorf("%d records of %d", len(names), len(o.wanted))
	}
}
