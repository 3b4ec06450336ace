package opaque

import (
	"container/heap"
	"time"
)

// agenda says what is to be looked at, and when. An entry that has become pointless
// stays: who looks finds nothing to do.
type agenda[K any] struct{ entries entries[K] }

type entry[K any] struct {
	at   time.Time
	what K
}

func (a *agenda[K]) add(at time.Time, what K) { heap.Push(&a.entries, entry[K]{at, what}) }

// next returns when the earliest entry is due that still counts, zero for never, and drops
// those before it.
func (a *agenda[K]) next(counts func(entry[K]) bool) time.Time {
	for len(a.entries) > 0 {
		if e := a.entries[0]; counts(e) {
			return e.at
		}
		heap.Pop(&a.entries)
	}
	return time.Time{}
}

// take takes the earliest entry off if its time has come.
func (a *agenda[K]) take(now time.Time) (what K, ok bool) {
	if len(a.entries) == 0 || now.Before(a.entries[0].at) {
		return what, false
	}
	return heap.Pop(&a.entries).(entry[K]).what, true
}

type entries[K any] []entry[K]

func (e entries[K]) Len() int           { return len(e) }
func (e entries[K]) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e entries[K]) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *entries[K]) Push(x any)        { *e = append(*e, x.(entry[K])) }
func (e *entries[K]) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	*e = (*e)[:last]
	return x
}
