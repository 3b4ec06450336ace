//go:build lab && crowd

package console

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"srr/internal/identity"
	"srr/internal/identity/identitytest"
	"srr/internal/routerid"
	"srr/internal/web/watchertest"
	"srr/lab"
	"srr/lab/cluster"
)

// The crowd: many services, and many browsers that look at them.
const (
	crowdServices = 500
	crowdWatchers = 200
	// crowdRounds: one measurement says little, so nobody watches, another node is watched,
	// and this one, in turn.
	crowdRounds = 3
)

// newCrowd is a cluster of three nodes with many services, which are addresses only, all
// on n1 at the beginning, and a web service for the questions to the loop.
func newCrowd(t *testing.T) *fixture {
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute)
	t.Cleanup(cancel)
	l, err := lab.Up(ctx, lab.Options{Topology: "two", Timers: "bfd20"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	f := &fixture{T: t, ctx: ctx, l: l, pki: identitytest.New(t, "lab")}
	dirs := map[string]string{}
	for i, host := range []string{"n1", "n2", "n3"} {
		dirs[host] = f.pki.Node(host, routerid.ID(0x0a000001+i))
	}
	c := cluster.Config{
		Binary: binary(t), Restart: 100 * time.Millisecond, ConsolePort: port,
		PKI: func(host string) string { return dirs[host] }, Signatures: "require",
	}
	on := cluster.Preferences{"n1": 300, "n2": 200, "n3": 100}
	for i := range crowdServices {
		name := "vip" + strconv.Itoa(i)
		if i == 0 {
			name = "web"
		}
		c.Services = append(c.Services, cluster.Service{Name: name, On: on, Settings: []string{fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(i))}})
	}
	f.k, err = cluster.Start(l, c)
	f.must(err)
	t.Cleanup(func() {
		if t.Failed() {
			_ = l.SaveLogs(filepath.Join(filepath.Dir(binary(t)), "failed-crowd-test"))
		}
		_ = f.k.Stop()
	})
	f.must(f.k.Settled(ctx))
	f.must(f.k.WaitOn(ctx, "web", "n1"))
	return f
}

// watch has browsers look at the overview of a node, from four addresses, and waits
// until each has the page. They give way to everything else: a real node's are elsewhere.
func (f *fixture) watch(host string) *watchertest.Watchers {
	f.Helper()
	o := watchertest.Order{URL: f.console(host), View: "/", Server: "localhost", Count: crowdWatchers}
	for i := range 4 {
		o.From = append(o.From, source(i))
	}
	f.must(o.As(f.pki.CA.Certificate, f.pki.User("anna", identity.Viewer)))
	all := watchertest.Start(f, o, "nsenter", "--net="+f.l.NodeNamespace("cl"), "nice", "-n", "19")
	all.Wait()
	return all
}

// used is the processor time that srrd on a host has used so far.
func (f *fixture) used(host string) time.Duration {
	f.Helper()
	p, ok := f.l.DaemonProcess(host)
	if !ok {
		f.Fatalf("srrd does not run on %s", host)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID))
	f.must(err)
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
	user, err := strconv.Atoi(fields[11])
	f.must(err)
	system, err := strconv.Atoi(fields[12])
	f.must(err)
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ
}

// share is what part of a processor srrd on a host takes for some time.
func (f *fixture) share(host string, length time.Duration) float64 {
	f.Helper()
	before, began := f.used(host), time.Now()
	select {
	case <-f.ctx.Done():
		f.Fatal(f.ctx.Err())
	case <-time.After(length):
	}
	return 100 * float64(f.used(host)-before) / float64(time.Since(began))
}

// failover turns n1 off, measures n2 until everything runs there, and brings n1 back
// with everything on it.
func (f *fixture) failover() (got failover) {
	f.Helper()
	ctx, cancel := context.WithCancel(f.ctx)
	measured := make(chan lag, 1)
	go func() { measured <- f.loopLagUntil(ctx, "n2") }()
	began, before := time.Now(), f.used("n2")
	f.must(f.l.PowerOff("n1"))
	last := "vip" + strconv.Itoa(crowdServices-1)
	f.must(f.k.WaitOn(f.ctx, last, "n2"))
	f.must(f.k.WaitOn(f.ctx, "web", "n2"))
	got.took, got.used = time.Since(began), f.used("n2")-before
	cancel()
	got.loop = <-measured
	f.must(f.l.PowerOn("n1"))
	f.must(f.k.WaitOn(f.ctx, "web", "n1"))
	f.must(f.k.Settled(f.ctx))
	return got
}

// failover is what one was like.
type failover struct {
	took, used time.Duration // used: processor time of srrd
	loop       lag
}

func (o failover) String() string {
	return fmt.Sprintf("failover within %v, %v of a processor, the loop: %s", o.took.Round(time.Millisecond), o.used, o.loop)
}

// TestCrowd: 200 browsers that look at 500 signed services take a small part of a
// processor at rest, and when all services move they do not hold up what moves them.
func TestCrowd(t *testing.T) {
	f := newCrowd(t)
	for i := range 4 {
		_, err := f.l.Exec(f.ctx, "cl", "ip", "addr", "add", source(i).String()+"/32", "dev", "eth0")
		f.must(err)
	}
	for range crowdRounds {
		alone := f.share("n2", 5*time.Second)
		t.Logf("alone: %.1f %% of a processor at rest; %s", alone, f.failover())
		// All nodes of the lab share its processors. What remains beyond those who
		// watch another node is what n2 does for its own.
		c := f.watch("n3")
		t.Logf("%d watch n3: %.1f %%; %s", crowdWatchers, f.share("n2", 5*time.Second), f.failover())
		c.Leave()
		c = f.watch("n2")
		watched := f.share("n2", 5*time.Second)
		loud := f.failover()
		t.Logf("watched by %d: %.1f %%; %s; the page changed %d times for everybody", crowdWatchers, watched, loud, c.Rounds())
		c.Leave()
		if watched-alone > 10 {
			t.Errorf("those who watch take %.1f %% of a processor", watched-alone)
		}
		if loud.loop.max > time.Second { // when the node would doubt itself
			t.Errorf("the loop was late by %s", loud.loop.max)
		}
	}
}
