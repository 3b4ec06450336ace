package opaque

import (
	"testing"
	"time"

	"srr/internal/discovery"
)

// silenced is an insider's work: what others hold of this node's LSAs, when somebody purges
// all of them twice a second with numbers that grow. This node's ospfd (FRR 8.4, measured)
// keeps its own, tells nothing, and five seconds after it gave one out last it does so
// again, below the insider's number: nobody takes that. What has a new ID goes around,
// until the insider has seen it.
type silenced struct {
	*randomOspfd
	others map[Name]LSA
	known  map[Name]bool      // to the insider
	given  map[Name]time.Time // when ospfd gave it out last
}

// spread lets the others have what is new.
func (s *silenced) spread() {
	for k, l := range s.there {
		if _, old := s.given[k]; !old && k.Author == self {
			s.given[k], s.others[k] = s.now, l
		}
	}
	for k := range s.others {
		if _, there := s.there[k]; !there {
			delete(s.others, k) // flushed
		}
	}
}

// purge takes everything from the others, and has ospfd give out again what it may.
func (s *silenced) purge() {
	for k := range s.others {
		s.known[k] = true
	}
	clear(s.others)
	for k := range s.known {
		if l, there := s.there[k]; there && !s.now.Before(s.given[k].Add(5*time.Second)) {
			s.given[k] = s.now
			s.show(l)
		}
	}
}

// TestSilenced: for ten minutes, and nothing is missing elsewhere for as long as the others
// wait before they count it as gone (7 s).
func TestSilenced(t *testing.T) {
	const enough = 5500 * time.Millisecond
	for seed := range uint64(4) {
		s := &silenced{newRandomOspfd(seed), map[Name]LSA{}, map[Name]bool{}, map[Name]time.Time{}}
		s.connect()
		if err := s.calm(); err != nil {
			t.Fatal(err)
		}
		s.spread()
		seen, longest := map[discovery.Key]time.Time{}, time.Duration(0)
		for tick := range 60_000 {
			if tick%50 == 0 {
				s.purge()
			}
			s.settle()
			s.spread()
			for _, l := range s.others {
				r, err := discovery.Decode("lab", self, l.Payload)
				if err != nil {
					t.Fatal(err)
				}
				if last, ok := seen[r.Key()]; ok {
					longest = max(longest, s.now.Sub(last))
				}
				seen[r.Key()] = s.now
			}
			s.now = s.now.Add(10 * time.Millisecond)
		}
		for _, last := range seen {
			longest = max(longest, s.now.Sub(last))
		}
		t.Logf("seed %d: %d LSAs were purged; none was missing for longer than %s", seed, len(s.known), longest)
		if longest > enough || len(seen) != len(s.wanted) {
			t.Errorf("seed %d: missing for %s, %d records of %d", seed, longest, len(seen), len(s.wanted))
		}
		s.settle()
		if err := s.calm(); err != nil {
			t.Errorf("seed %d, afterwards: %v", seed, err)
		}
	}
}
