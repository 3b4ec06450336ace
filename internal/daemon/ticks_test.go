package daemon

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		began, n := time.Now(), 0
		for range ticks(ctx, time.Second) {
			if n++; time.Since(began) != time.Duration(n)*time.Second {
				t.Errorf("tick %d after %s", n, time.Since(began))
			}
		}
		if n != 3 || ctx.Err() == nil {
			t.Errorf("%d ticks, then %v", n, ctx.Err())
		}
	})
}
