// Package probe measures how long a client goes without an answer.
//
// A prober sends numbered probes at a steady rate from a thread of its own in
// the client's network namespace. A gap is the time from the sending of the
// first lost probe to that of the next answered one, so its error is one
// interval at most, and a gap of no lost probe is zero.
package probe

import (
	"time"
)

// Gap is one hole in the answers.
type Gap struct {
	Start time.Time     // when the first lost probe was sent
	Took  time.Duration // until the next answered one was sent
	Lost  int           // probes
	// Open: there was no answer until the end of the measurement.
	Open bool
}

// Result of a measurement.
type Result struct {
	Sent, Lost int
	Gaps       []Gap
	End        time.Time
	// Fastest is the shortest round trip. 0: no answer.
	Fastest time.Duration
}

// Longest is the longest gap. Without any, its time is zero.
func (r *Result) Longest() Gap {
	var g Gap
	for _, c := range r.Gaps {
		if c.Took > g.Took {
			g = c
		}
	}
	return g
}

// Dark is the sum of all gaps that began at or after a point in time.
func (r *Result) Dark(since time.Time) time.Duration {
	var sum time.Duration
	for _, g := range r.Gaps {
		if !g.Start.Before(since) {
			sum += g.Took
		}
	}
	return sum
}

// record keeps what was sent and answered. Not safe for concurrent use.
type record struct {
	sent    []time.Time
	ok      []bool
	fastest time.Duration
	back    bool // answered after one that was not, and since then always
}

func (r *record) send(at time.Time) int {
	r.sent = append(r.sent, at)
	r.ok = append(r.ok, false)
	return len(r.sent) - 1
}

func (r *record) answer(i int, at time.Time) {
	if i < 0 || i >= len(r.ok) {
		return
	}
	r.ok[i] = true
	if i > 0 && !r.ok[i-1] {
		r.back = true
	}
	if took := at.Sub(r.sent[i]); r.fastest == 0 || took < r.fastest {
		r.fastest = took
	}
}

// turn reports whether to probe: always, but once in a rest what has come back, while it answers.
func (r *record) turn(now time.Time, rest time.Duration) bool {
	last := len(r.sent) - 1
	if r.back && !r.ok[last] {
		r.back = false
	}
	return !r.back || now.Sub(r.sent[last]) >= rest
}

// result computes the gaps. Probes that were sent within grace of the end and
// not answered are left out: their answers may be on the way.
func (r *record) result(end time.Time, grace time.Duration) Result {
	res := Result{End: end, Fastest: r.fastest}
	var gap Gap
	for i, at := range r.sent {
		if !r.ok[i] && end.Sub(at) < grace && gap.Lost == 0 {
			break
		}
		res.Sent++
		switch {
		case !r.ok[i]:
			if gap.Lost == 0 {
				gap.Start = at
			}
			gap.Lost++
			res.Lost++
		case gap.Lost > 0:
			gap.Took = at.Sub(gap.Start)
			res.Gaps = append(res.Gaps, gap)
			gap = Gap{}
		}
	}
	if gap.Lost > 0 {
		gap.Took, gap.Open = end.Sub(gap.Start), true
		res.Gaps = append(res.Gaps, gap)
	}
	return res
}

// quiet reports whether all probes of the last d were answered, apart from
// those whose answers may be on the way. Nothing sent yet is not quiet.
func (r *record) quiet(now time.Time, d, grace time.Duration) bool {
	old := false
	for i := len(r.sent) - 1; i >= 0; i-- {
		age := now.Sub(r.sent[i])
		if age > grace && !r.ok[i] {
			return false
		}
		if age > d+grace {
			old = true
			break
		}
	}
	return old
}
