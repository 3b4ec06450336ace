// Package ticks is a clock that a loop can range over.
package ticks

import (
	"context"
	"iter"
	"time"
)

// Every comes each interval, the first time after one, until ctx ends. Who is slow misses
// some.
func Every(ctx context.Context, interval time.Duration) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		t := time.NewTicker(interval)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case at := <-t.C:
				if ctx.Err() != nil || !yield(at) {
					return
				}
			}
		}
	}
}
