package availability

import (
	"time"

	"srr/internal/api"
)

const (
	// maxGap is how long nobody may have looked: snapshots come every two seconds at
	// least. After a longer one, the host was suspended or hung, and nothing is counted.
	maxGap = 10 * time.Second
	// maxServices bounds what is counted, because names come from other nodes.
	maxServices = 5000
)

// tally is the sums of one day. What a service was at one look it was until the next.
// It has no clock.
type tally struct {
	day  string
	sums map[string]*Sum

	looked bool
	last   time.Duration
	now    map[string]Kind
}

func newTally(day string) *tally { return &tally{day: day, sums: map[string]*Sum{}} }

// look counts up to now, which is any time that does not jump.
func (t *tally) look(now time.Duration, s *api.Snapshot) {
	if span := now - t.last; t.looked && span > 0 && span <= maxGap {
		for name, k := range t.now {
			t.of(name)[k] += span.Seconds()
		}
	}
	t.looked, t.last, t.now = true, now, judge(s)
	if len(t.now) > maxServices {
		t.now = nil
	}
}

func (t *tally) of(name string) *Sum {
	if t.sums[name] == nil {
		if len(t.sums) >= 2*maxServices {
			return new(Sum)
		}
		t.sums[name] = new(Sum)
	}
	return t.sums[name]
}

// next begins another day where this one ends.
func (t *tally) next(day string) *tally {
	n := newTally(day)
	n.looked, n.last, n.now = t.looked, t.last, t.now
	return n
}
