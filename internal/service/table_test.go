package service

import (
	"strings"
	"testing"
)

// TestTable walks every combination: what the table does not list cannot
// happen, and no pair is listed twice.
func TestTable(t *testing.T) {
	want := map[[2]uint8]State{}
	for _, r := range Table {
		k := [2]uint8{uint8(r.From), uint8(r.On)}
		if _, dup := want[k]; dup {
			t.Errorf("%s on %q is listed twice", r.From, r.On)
		}
		want[k] = r.To
	}
	for s := range numStates + 1 {
		for e := range numEvents + 1 {
			to, ok := Next(s, e)
			w, listed := want[[2]uint8{uint8(s), uint8(e)}]
			if ok != listed || ok && to != w {
				t.Errorf("Next(%s, %q) = %s, %v; want %s, %v", s, e, to, ok, w, listed)
			}
			if !ok && to != s {
				t.Errorf("Next(%s, %q) changes the state although it cannot happen", s, e)
			}
		}
	}
}

// TestEveryStateIsReachedAndLeft: no state is a trap.
func TestEveryStateIsReachedAndLeft(t *testing.T) {
	in, out := map[State]bool{Inactive: true}, map[State]bool{}
	for _, r := range Table {
		in[r.To], out[r.From] = true, true
	}
	for s := range numStates {
		if !in[s] || !out[s] {
			t.Errorf("%s: reached %v, left %v", s, in[s], out[s])
		}
	}
}

// TestHeldOnlyLeavesByVerification: a state in which something may run is left
// for a free one only by an event that says that nothing runs.
func TestHeldOnlyLeavesByVerification(t *testing.T) {
	verified := map[Event]bool{EvAbort: true, EvFailed: true, EvReleased: true, EvReleasedFailed: true, EvVerified: true}
	for _, r := range Table {
		if r.From.Held() && !r.To.Held() && !verified[r.On] {
			t.Errorf("%s leaves held by %q", r.From, r.On)
		}
	}
}

func TestStateText(t *testing.T) {
	for s := range numStates {
		b, _ := s.MarshalText()
		var back State
		if err := back.UnmarshalText(b); err != nil || back != s {
			t.Errorf("%s: %v %v", s, back, err)
		}
		if s.Active() != strings.HasPrefix(s.String(), "active/") {
			t.Errorf("%s: Active() = %v", s, s.Active())
		}
	}
	var s State
	if s.UnmarshalText([]byte("active/running")) == nil {
		t.Error("an unknown state was read")
	}
}
