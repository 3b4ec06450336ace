package opaque

import "time"

// Many records that somebody waits for come at once when a node with many
// services is lost. What nobody waits for, such as that they have started, leaves
// the routers to them and to the routes of the services: so long for each of them,
// from the first on, and at most for half of the time.
const (
	rushEach = time.Millisecond
	rushMax  = time.Second
	rushSpan = 2 * rushMax
	// Afterwards they go one in so long, while there are so many: routes may be late.
	bulk     = 64
	bulkPace = 2 * time.Millisecond
)

// rush counts the records that somebody waits for.
type rush struct {
	since time.Time
	count int
	paced time.Time // of the others, none before
}

func (r *rush) add(now time.Time) {
	if now.Sub(r.since) >= rushSpan {
		*r = rush{since: now}
	}
	r.count++
}

// over is when the next record may go that nobody waits for.
func (r *rush) over() time.Time {
	over := r.since.Add(min(time.Duration(r.count)*rushEach, rushMax))
	if r.paced.After(over) {
		return r.paced
	}
	return over
}

// goes notes that such a record goes, and how many of all are left.
func (r *rush) goes(now time.Time, left int) {
	if left > bulk {
		r.paced = now.Add(bulkPace)
	}
}
