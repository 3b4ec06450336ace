package web

import (
	"log/slog"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/web/watchertest"
)

func TestMain(m *testing.M) {
	watchertest.Main()
	os.Exit(m.Run())
}

// BenchmarkWatchers is what 200 browsers cost a node that watch the overview of 32
// nodes and 500 services. One operation at rest is what a node publishes every 2 s,
// new times of the checks of its own 16 services that are checked every 10 s, made
// known to all of them; in a failover everything changes. What they cost themselves is
// not in it.
func BenchmarkWatchers(b *testing.B) {
	ca := newAuthority(b)
	fake := apitest.NewFake()
	snap := crowd(32, 500)
	fake.SetSnapshot(snap)
	log := slog.New(slog.DiscardHandler)
	s := New(Options{API: api.New(fake, fake, log), Backend: fake, Inspector: fake, Identity: ca, Log: log})
	// Of one address there may be fewer.
	o := watchertest.Order{URL: serve(b, s), View: "/", Count: 200, From: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(127, 0, 0, 2)}}
	if err := o.As(ca.cert, ca.issue(b, "anna", "viewer")); err != nil {
		b.Fatal(err)
	}
	all := watchertest.Start(b, o, "nice", "-n", "19")
	all.Wait() // the first message is the whole page
	for _, c := range []struct {
		name    string
		changed int // services
	}{{"rest", 4}, {"failover", 500}} {
		b.Run(c.name, func(b *testing.B) {
			began := processorTime()
			for range b.N {
				fake.SetSnapshot(checkedAgain(&snap, c.changed))
				s.Changed()
				all.Wait()
			}
			b.ReportMetric(float64((processorTime()-began).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// checkedAgain is the snapshot with later checks of so many services. Pages may still
// be made of the one before.
func checkedAgain(s *api.Snapshot, changed int) api.Snapshot {
	s.Services = slices.Clone(s.Services)
	for i := range changed {
		svc := &s.Services[i]
		svc.Instances = slices.Clone(svc.Instances)
		svc.Instances[0].Check = &api.LastCheck{At: svc.Instances[0].Check.At.Add(time.Second), Text: "200 OK"}
	}
	return *s
}

func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it cannot fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
