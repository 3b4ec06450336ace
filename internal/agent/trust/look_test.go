package trust

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// TestLookThatHangs: who looks goes on, and does not leave one thread each time.
func TestLookThatHangs(t *testing.T) {
	answers, begun := make(chan error), atomic.Int32{}
	l := NewLook(func(string) error { begun.Add(1); return <-answers }, "/net/disk/run")
	for range 3 {
		if err := l.Within(t.Context(), time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Within(cancelled, time.Hour); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if n := begun.Load(); n > 1 {
		t.Errorf("%d look at once", n)
	}
	answers <- nil // the disk answers
	want := errors.New("writable by others")
	go func() { answers <- want }()
	if err := l.Within(t.Context(), time.Minute); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
}
