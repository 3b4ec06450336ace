package daemon

import (
	"testing"
	"time"
)

// What waits for the disk waits alone: nothing here takes time.
func TestWaits(t *testing.T) {
	hangs, written := make(chan struct{}), make(chan struct{})
	close(written)
	var w waits
	now := time.Hour
	if w.due(now) || !w.start(1, nil, now) || !w.start(2, written, now) {
		t.Error("it waits, although everything is on the disk")
	}
	w.flood = awaited{hangs, now + incarnationWait}
	if w.start(3, hangs, now) || w.due(now) {
		t.Error("it does not wait for a disk that hangs")
	}
	if at, some := w.next(); !some || at != now+startWait {
		t.Errorf("next at %s, want after %s", at, startWait)
	}
	now += startWait
	for range 2 { // to ask changes nothing
		if !w.due(now) {
			t.Error("it waits for longer than it may")
		}
	}
	if !w.start(3, hangs, now) || len(w.starts) != 0 {
		t.Error("it may not start, although it has waited")
	}
	if at, some := w.next(); !some || at != time.Hour+incarnationWait || w.due(now) {
		t.Errorf("next at %s, want after %s", at, incarnationWait)
	}
	if w.start(4, hangs, now) {
		t.Error("another start does not wait")
	}
	w.drop(map[uint64]bool{5: true})
	if len(w.starts) != 0 {
		t.Error("what nobody wants any more is kept")
	}
	close(hangs)
	if !w.due(now) {
		t.Error("it waits although the disk has answered")
	}
	w.flood = awaited{}
	if _, some := w.next(); some || w.due(now) {
		t.Error("nothing waits, and it is not over")
	}
}
