package host

import (
	"testing"
	"time"
)

// TestWhen: a deadline is reached at the time that is given for it, not a
// nanosecond before, however fast the clock runs and far away it is.
func TestWhen(t *testing.T) {
	for _, ppm := range []int64{-500, -1, 0, 1, 499, 20000} {
		c := clock{at: 7 * time.Second, boot: 3 * time.Hour, ppm: ppm}
		for d := time.Nanosecond; d < 300*time.Hour; d = d*3 + 1 {
			at := c.when(c.boot + d)
			if c.bootTime(at) < c.boot+d || c.bootTime(at-2) >= c.boot+d {
				t.Fatalf("%d ppm: in %v, but then the clock shows %v", ppm, at-c.at, c.bootTime(at)-c.boot)
			}
		}
	}
}
