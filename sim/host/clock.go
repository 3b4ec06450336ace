package host

import "time"

// clock is what a machine takes for the time: its boot-time clock may run fast
// or slow, its wall clock may be anything.
type clock struct {
	at   time.Duration // true time of the last change
	boot time.Duration // what it showed then
	wall time.Time
	ppm  int64 // how much it runs fast
}

const million = 1_000_000

// elapsed is how far the clock has gone since its last change.
func (c *clock) elapsed(now time.Duration) time.Duration {
	d := now - c.at
	return d + d*time.Duration(c.ppm)/million
}

// bootTime is what the boot-time clock shows.
func (c *clock) bootTime(now time.Duration) time.Duration { return c.boot + c.elapsed(now) }

// wallTime is what the wall clock shows.
func (c *clock) wallTime(now time.Duration) time.Time { return c.wall.Add(c.elapsed(now)) }

// when is the first true time at which the boot-time clock shows t.
func (c *clock) when(t time.Duration) time.Duration {
	d := t - c.boot
	at := c.at + c.lasts(d)
	for c.bootTime(at) < t {
		at++
	}
	return at
}

// lasts is how long it truly takes until the clock has gone on by d.
func (c *clock) lasts(d time.Duration) time.Duration {
	return d - d*time.Duration(c.ppm)/time.Duration(million+c.ppm)
}

// change brings the clock up to now, so that its speed may be changed.
func (c *clock) change(now time.Duration) {
	c.boot, c.wall, c.at = c.bootTime(now), c.wallTime(now), now
}

// stood still since then: the machine did not run and does not know.
func (c *clock) stoodStill(since, now time.Duration) {
	c.boot, c.wall, c.at = c.bootTime(since), c.wallTime(since), now
}
