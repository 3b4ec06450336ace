package opaque

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// BenchmarkTakeOver1000 is what the flooding of a node costs that takes over 1,000
// services, by an ospfd that does its work at once: each record changes, is
// answered to and comes back, and two seconds later what it replaced is flushed.
func BenchmarkTakeOver1000(b *testing.B) {
	o := newRandomOspfd(1)
	o.refuse = false
	o.connect()
	if err := o.calm(); err != nil {
		b.Fatal(err)
	}
	node := o.wanted[slices.IndexFunc(o.wanted, func(r discovery.Record) bool { return r.Node != nil })]
	for b.Loop() {
		o.wanted = []discovery.Record{node}
		for i := range 1000 {
			o.counter++
			r := record(self, o.incarnation, o.counter)
			r.Instance.Service, r.Instance.State = fmt.Sprintf("service-%d", i), service.Starting
			o.wanted = append(o.wanted, r)
		}
		o.c.Set(o.now, o.wanted)
		for end := o.now.Add(10 * time.Second); o.now.Before(end); o.now = o.c.Deadline(o.now) {
			for o.step(); len(o.asked)+len(o.answers)+len(o.notes) > 0; o.step() {
				o.serve()
				o.deliver()
			}
		}
	}
	if err := o.floodsAll(); err != nil {
		b.Fatal(err)
	}
}
