package node

import (
	"time"

	"srr/internal/service"
)

// Metrics of announcements (rules 6): when two nodes announce one address, the
// newer claim must win everywhere, so it announces below the other.
const (
	metricBase   = 1000
	metricEvery  = 5 * time.Second // at most one change in so long
	metricReturn = time.Minute     // without rivals, back to the base
)

// metricState is what an instance knows of rivals for its addresses.
type metricState struct {
	lowest   uint32 // others announce at; 0: nobody
	seenAt   time.Duration
	changeAt time.Duration
}

// stepAnnouncements takes the level of what others announce of our addresses.
func (n *Node) stepAnnouncements(in Announcements) {
	for _, i := range n.instances {
		var low uint32
		for _, a := range i.spec.Addresses {
			if m := in.Lowest[a]; m != 0 && (low == 0 || m < low) {
				low = m
			}
		}
		if low != i.rivals.lowest {
			i.rivals.lowest = low
			n.mark(i.unit)
		}
		if low != 0 {
			i.rivals.seenAt = n.now.Boot
		}
	}
}

// adjustMetric keeps the announcement of a running service below its rivals'.
func (n *Node) adjustMetric(i *instance) {
	r := &i.rivals
	want := i.metric
	now := metricBase
	if i.metric != 0 {
		now = int(i.metric)
	}
	switch {
	case r.lowest > 1 && int(r.lowest) <= now:
		want = r.lowest - 1
	case r.lowest == 0 && i.metric != 0:
		if end := r.seenAt + metricReturn; n.now.Boot < end {
			n.wakeAt(i.unit, end)
			return
		}
		want = 0
	}
	if want == i.metric {
		return
	}
	if due := r.changeAt + metricEvery; r.changeAt != 0 && n.now.Boot < due {
		n.wakeAt(i.unit, due)
		return
	}
	i.metric, r.changeAt = want, n.now.Boot
	n.event(Event{Kind: EventCall, Subject: i.spec.Name, From: i.state, To: i.state, Reason: service.RanksFirst, Detail: "announces against another announcement of its address"})
}
