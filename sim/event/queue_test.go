package event

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func never() bool { return false }

// TestOrder: by time, and within one instant in the order of asking.
func TestOrder(t *testing.T) {
	var q Queue
	r := rand.New(rand.NewPCG(1, 2))
	type when struct {
		at    time.Duration
		asked int
	}
	var got, want []when
	for i := range 1000 {
		w := when{time.Duration(r.IntN(50)), i}
		want = append(want, w)
		q.At(w.at, func() { got = append(got, w) })
	}
	slices.SortStableFunc(want, func(a, b when) int { return int(a.at - b.at) })
	if !q.Run(100, never) || !slices.Equal(got, want) {
		t.Fatal("not in order")
	}
	if q.Now() != 100 {
		t.Errorf("now %v, want the end of the run", q.Now())
	}
}

func TestPastIsNow(t *testing.T) {
	var q Queue
	q.Run(10, never)
	at := time.Duration(0)
	q.At(3, func() { at = q.Now() })
	q.Run(11, never)
	if at != 10 {
		t.Errorf("it happened at %v, want at once", at)
	}
}

func TestStandstill(t *testing.T) {
	var q Queue
	var again func()
	again = func() { q.After(0, again) }
	again()
	if q.Run(time.Second, never) {
		t.Error("a loop without time passing was not noticed")
	}
}

func TestStop(t *testing.T) {
	var q Queue
	n := 0
	for i := range 10 {
		q.At(time.Duration(i), func() { n++ })
	}
	q.Run(100, func() bool { return n == 3 })
	if n != 3 || q.Now() != 2 {
		t.Errorf("%d events, now %v", n, q.Now())
	}
}
