package ticks

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		began, n := time.Now(), 0
		for range Every(ctx, time.Second) {
			if n++; time.Since(began) != time.Duration(n)*time.Second {
				t.Errorf("tick %d after %s", n, time.Since(began))
			}
		}
		if n != 3 || ctx.Err() == nil {
			t.Errorf("%d ticks, then %v", n, ctx.Err())
		}
	})
}
