package daemon

import (
	"context"
	"iter"
	"time"
)

// ticks comes each interval, the first time after one, until ctx ends. Who is slow misses
// some.
func ticks(ctx context.Context, interval time.Duration) iter.Seq[time.Time] {
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
