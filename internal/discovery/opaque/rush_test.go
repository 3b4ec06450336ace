package opaque

import (
	"testing"
	"time"
)

// What nobody waits for never waits for longer than half of the time.
func TestRush(t *testing.T) {
	start := time.Unix(1000, 0)
	var r rush
	if !r.over().Before(start) {
		t.Error("a rush without records")
	}
	r.add(start)
	if got := r.over().Sub(start); got != rushEach {
		t.Errorf("one record keeps others waiting for %s", got)
	}
	now := start
	var waits, goes time.Duration
	for range 100_000 { // one a millisecond, without an end
		r.add(now)
		if now.Before(r.over()) {
			waits += time.Millisecond
		} else {
			goes += time.Millisecond
		}
		now = now.Add(time.Millisecond)
	}
	if waits > goes || goes > 2*waits {
		t.Errorf("waits for %s of %s", waits, waits+goes)
	}
}

// A bulk goes slowly, so that others can come in between; a few go at once.
func TestBulkIsPaced(t *testing.T) {
	start := time.Unix(1000, 0)
	var r rush
	r.goes(start, bulk)
	if r.over().After(start) {
		t.Error("the last ones are paced")
	}
	r.goes(start, bulk+1)
	if got := r.over().Sub(start); got != bulkPace {
		t.Errorf("the next goes after %s", got)
	}
}
