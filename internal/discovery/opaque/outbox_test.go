package opaque

import (
	"fmt"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/service"
)

// BenchmarkMissing1000 is what one look at the records of a node costs that takes
// over 1,000 services. There is one after each change that the core makes.
func BenchmarkMissing1000(b *testing.B) {
	o := newOutbox(1)
	var records []discovery.Record
	for i := range 1000 {
		records = append(records, discovery.Record{
			Author: 1, Version: discovery.Version{Incarnation: 1, Counter: uint64(i)},
			Instance: &discovery.Instance{Service: fmt.Sprintf("service-%d", i), State: service.Starting},
		})
	}
	o.set(records)
	place := func(*discovery.Record) Name { return Name{} }
	for b.Loop() {
		if len(o.missing(time.Time{}, place)) != 1000 {
			b.Fatal("some are not missing")
		}
	}
}
