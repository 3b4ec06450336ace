package memory

import (
	"errors"
	"strings"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/mediumtest"
	"srr/internal/routerid"
	"srr/internal/service"
)

type network struct{ *Network }

func newNetwork() network {
	return network{New("test", mediumtest.ID(0), mediumtest.ID(1), mediumtest.ID(2))}
}

func (n network) Medium(i int) discovery.Medium { return n.Network.Medium(mediumtest.ID(i)) }
func (n network) Go(_ int, f func())            { go f() }
func (n network) Crash(i int)                   { n.Network.Crash(mediumtest.ID(i)) }
func (n network) Restore(i int)                 { n.Network.Restore(mediumtest.ID(i)) }

func TestConformance(t *testing.T) { mediumtest.Run(t, newNetwork()) }

const quick = 30 * time.Second

func record(i int, counter uint64, name string) discovery.Record {
	return discovery.Record{
		Author: mediumtest.ID(i), Version: discovery.Version{Incarnation: 1, Counter: counter},
		Instance: &discovery.Instance{Service: name, State: service.Stopped},
	}
}

func TestPartition(t *testing.T) {
	n := newNetwork()
	a, b := mediumtest.Observe(t, n, 0), mediumtest.Observe(t, n, 1)
	for _, o := range []*mediumtest.Observer{a, b} {
		o.Wait("up", quick, func(v *mediumtest.View) bool { return v.Up })
	}
	keep, drop := record(0, 1, "keep"), record(0, 2, "drop")
	a.Set(keep, drop)
	b.Wait("both", quick, func(v *mediumtest.View) bool { return len(v.Records) == 2 })
	n.Partition([]routerid.ID{mediumtest.ID(1)})
	b.Wait("alone", quick, func(v *mediumtest.View) bool { return len(v.Reachable) == 0 && len(v.Links.Full) == 0 })
	update := record(0, 3, "keep")
	a.Set(update)
	b.Wait("the old records", quick, func(v *mediumtest.View) bool {
		return v.Has(keep.Key(), keep.Version) && v.Has(drop.Key(), drop.Version)
	})
	n.Partition()
	b.Wait("healed", quick, func(v *mediumtest.View) bool {
		return v.Has(keep.Key(), update.Version) && len(v.Records) == 1 && v.Reaches(mediumtest.ID(0))
	})
}

func TestLevels(t *testing.T) {
	n := newNetwork()
	a := mediumtest.Observe(t, n, 0)
	n.Network.Reach(mediumtest.ID(0), mediumtest.ID(1), discovery.Reach{State: discovery.ReachSuspect, Source: "test"})
	a.Wait("a suspect", quick, func(v *mediumtest.View) bool {
		return v.Reachable[mediumtest.ID(1)].State == discovery.ReachSuspect && v.Reaches(mediumtest.ID(2))
	})
	n.Network.Links(mediumtest.ID(0), &discovery.Links{Waiting: 1})
	a.Wait("waiting", quick, func(v *mediumtest.View) bool { return v.Links.Waiting == 1 && len(v.Links.Full) == 0 })
	n.Network.Links(mediumtest.ID(0), nil)
	a.Wait("full", quick, func(v *mediumtest.View) bool { return len(v.Links.Full) == 2 })
}

func find[E discovery.Event](v *mediumtest.View) (E, bool) {
	for _, e := range v.Events {
		if found, ok := e.(E); ok {
			return found, true
		}
	}
	var none E
	return none, false
}

func TestRefusedAndRejected(t *testing.T) {
	n := newNetwork()
	a, b := mediumtest.Observe(t, n, 0), mediumtest.Observe(t, n, 1)
	for _, o := range []*mediumtest.Observer{a, b} {
		o.Wait("up", quick, func(v *mediumtest.View) bool { return v.Up })
	}
	a.Set(record(0, 1, "NO NAME"), record(0, 2, "good"))
	a.Wait("refused", quick, func(v *mediumtest.View) bool {
		r, ok := find[discovery.Refused](v)
		return ok && r.Key.Service == "NO NAME" && strings.Contains(r.Err.Error(), "NO NAME")
	})
	b.Wait("the good one", quick, func(v *mediumtest.View) bool { return len(v.Records) == 1 })
	n.Inject(mediumtest.ID(0), "here", []byte("SRR garbage"))
	b.Wait("rejected", quick, func(v *mediumtest.View) bool {
		r, ok := find[discovery.Rejected](v)
		return ok && r.Author == mediumtest.ID(0) && r.Where == "here"
	})
	second := mediumtest.Observe(t, n, 0)
	second.Wait("another owner", quick, func(v *mediumtest.View) bool {
		r, ok := find[discovery.Refused](v)
		return ok && errors.Is(r.Err, errOwner)
	})
}
