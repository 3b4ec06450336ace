// Package event is virtual time: a queue of what will happen, run by one
// goroutine. Events of one instant happen in the order in which they were
// asked for, so a run is the same each time.
package event

import "time"

// Queue is the clock of a run and everything that is still to come. The zero
// value is ready.
type Queue struct {
	now    time.Duration
	asked  uint64
	events []event // a binary heap
	same   int     // events of this instant
}

type event struct {
	at    time.Duration
	asked uint64
	do    func()
}

// standstill is how many events may happen in one instant. Beyond it something
// asks for itself again and again, and time stands still.
const standstill = 200_000

// Now is the true time since the beginning of the run.
func (q *Queue) Now() time.Duration { return q.now }

// After lets something happen when d has passed.
func (q *Queue) After(d time.Duration, do func()) { q.At(q.now+d, do) }

// At lets something happen at t, or at once if t has passed.
func (q *Queue) At(t time.Duration, do func()) {
	q.asked++
	q.push(event{max(t, q.now), q.asked, do})
}

// Run lets everything happen that is due until end, in order, and reports
// whether time went on: false means that it stands still. Stop is asked after
// each event.
func (q *Queue) Run(end time.Duration, stop func() bool) bool {
	for len(q.events) > 0 && q.events[0].at <= end {
		e := q.pop()
		if q.same++; e.at > q.now {
			q.same = 0
		}
		q.now = e.at
		e.do()
		if q.same > standstill {
			return false
		}
		if stop() {
			return true
		}
	}
	q.now = end
	return true
}

func (e *event) before(o *event) bool { return e.at < o.at || e.at == o.at && e.asked < o.asked }

// push lets a hole rise to where the event belongs.
func (q *Queue) push(e event) {
	q.events = append(q.events, e)
	es := q.events
	i := len(es) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !e.before(&es[up]) {
			break
		}
		es[i] = es[up]
		i = up
	}
	es[i] = e
}

// pop lets a hole sink to where the last event belongs.
func (q *Queue) pop() event {
	n := len(q.events) - 1
	top, last := q.events[0], q.events[n]
	q.events[n] = event{}
	q.events = q.events[:n]
	if n == 0 {
		return top
	}
	es, i := q.events, 0
	for {
		down := 2*i + 1
		if down >= n {
			break
		}
		if right := down + 1; right < n && es[right].before(&es[down]) {
			down = right
		}
		if !es[down].before(&last) {
			break
		}
		es[i] = es[down]
		i = down
	}
	es[i] = last
	return top
}
