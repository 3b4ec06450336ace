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

// first returns the earliest entry, and whether there is one.
func (a *agenda[K]) first() (entry[K], bool) {
	if len(a.entries) == 0 {
		return entry[K]{}, false
	}
	return a.entries[0], true
}

// drop takes the earliest entry off.
func (a *agenda[K]) drop() { heap.Pop(&a.entries) }

// take takes the earliest entry off if its time has come.
func (a *agenda[K]) take(now time.Time) (what K, ok bool) {
	e, ok := a.first()
	if !ok || now.Before(e.at) {
		return what, false
	}
	a.drop()
	return e.what, true
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
