package daemon

import (
	"testing"
	"time"
)

func TestRest(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		0: 0, time.Millisecond: restTimes * time.Millisecond, restMax: restMax, time.Second: restMax,
	} {
		if got := rest(time.Hour, time.Hour+took) - time.Hour - took; got != want {
			t.Errorf("after %s: %s, want %s", took, got, want)
		}
	}
}
