package frr

import "time"

// How often a claim may change the metric of its announcement.
const (
	metricInterval = 5 * time.Second  // between two changes; also ospfd's own default
	rivalMemory    = 60 * time.Second // without rivals, then back to base
)

// ClaimMetric decides the metric of one prefix: the node with the newest claim
// announces one less than the lowest that it sees from others, so that clients
// go to it while the other withdraws. Plain data; time is an argument. The zero
// value announces BaseMetric.
type ClaimMetric struct {
	below   uint32 // BaseMetric minus the metric
	changed time.Duration
	rival   time.Duration // when one was last seen
	moved   bool
}

// Metric is what is announced now.
func (c *ClaimMetric) Metric() uint32 { return BaseMetric - c.below }

// Step takes the metrics that others announce for the prefix and whether this
// node's claim is the newest. It returns the metric to announce from now on,
// and when to call again; zero: on the next change.
func (c *ClaimMetric) Step(now time.Duration, newest bool, rivals []uint32) (uint32, time.Duration) {
	if len(rivals) > 0 {
		c.rival = now
	}
	target := c.target(newest, rivals)
	if len(rivals) == 0 && c.below != 0 {
		if back := c.rival + rivalMemory; now < back {
			return c.Metric(), back
		}
		target = BaseMetric
	}
	if target == c.Metric() {
		return target, 0
	}
	if next := c.changed + metricInterval; c.moved && now < next {
		return c.Metric(), next
	}
	c.below, c.changed, c.moved = BaseMetric-target, now, true
	return c.Step(now, newest, rivals)
}

func (c *ClaimMetric) target(newest bool, rivals []uint32) uint32 {
	target := c.Metric()
	if !newest {
		return target
	}
	for _, r := range rivals {
		target = min(target, max(r, LowestMetric+1)-1)
	}
	return target
}
