// Package trial breaks something in a lab while a client watches, and says what
// the client saw.
package trial

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"time"

	"srr/lab"
	"srr/lab/probe"
)

// Trial is one fault, watched by a client.
type Trial struct {
	ICMP []netip.Addr   // every 2 ms; many addresses more slowly, see interval
	UDP  netip.AddrPort // echo, every 2 ms; zero: none
	HTTP netip.AddrPort // every 20 ms; zero: none
	// Grace of an answer to an ICMP probe; 0: 50 ms, and 200 ms where there are many.
	Grace time.Duration
	// Fault breaks something. It returns soon.
	Fault func(ctx context.Context) error
	// Done waits until the world has reacted. nil: there is nothing to wait for.
	Done func(ctx context.Context) error
	// Known is when the network has noticed the fault; zero: not yet. Then there is a
	// sample of that name. nil: nobody asks.
	Known func() time.Time
	// Window is how long the client watches at least, after Done.
	Window time.Duration
	// Show is called every now and then with what the client saw so far. nil: nobody looks.
	Show func(Progress)
}

// Sample is what one probe saw of one fault.
type Sample struct {
	Gap  time.Duration // without an answer, all holes together
	Lost int
	End  time.Time // of the last hole; zero: there was none
}

// Known is the kind of the sample whose gap is the time since Trial.Known to the end of
// the last hole of ICMP.
const Known = "known"

// Progress of a trial.
type Progress struct {
	Start   time.Time
	Fault   time.Time // zero: not yet
	Results []probe.Result
}

// interval between two probes of one of n addresses: 10,000 probes in a second
// at most, and no more often than every 20 ms where there are many.
func interval(n int) time.Duration {
	if n == 1 {
		return 2 * time.Millisecond
	}
	return max(20*time.Millisecond, time.Duration(n)*100*time.Microsecond)
}

// grace for an answer: many addresses have many answers in one queue.
func grace(n int) time.Duration {
	if n == 1 {
		return 50 * time.Millisecond
	}
	return 200 * time.Millisecond
}

// watch holds the probers of a trial.
type watch struct {
	icmp, udp *probe.Pinger
	http      *probe.HTTP
	fault     atomic.Int64 // when it began, in ns since 1970; 0: not yet
}

func (w *watch) broken() time.Time {
	if ns := w.fault.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}

func (t *Trial) start(l *lab.Lab) (*watch, error) {
	ns := l.NodeNamespace(l.Topology().Client().Name)
	w := &watch{}
	var err error
	if len(t.ICMP) > 0 {
		w.icmp, err = probe.Start(probe.Config{Namespace: ns, Targets: t.ICMP, Interval: interval(len(t.ICMP)), Grace: cmp.Or(t.Grace, grace(len(t.ICMP)))})
		if err != nil {
			return w, err
		}
	}
	if t.UDP.IsValid() {
		w.udp, err = probe.Start(probe.Config{Namespace: ns, Targets: []netip.Addr{t.UDP.Addr()}, UDPPort: int(t.UDP.Port())})
		if err != nil {
			return w, err
		}
	}
	if t.HTTP.IsValid() {
		w.http, err = probe.StartHTTP(probe.HTTPConfig{Namespace: ns, Target: t.HTTP})
	}
	return w, err
}

// results of all pingers so far.
func (w *watch) results() []probe.Result {
	var all []probe.Result
	for _, p := range []*probe.Pinger{w.icmp, w.udp} {
		if p != nil {
			all = append(all, p.Results()...)
		}
	}
	if w.http != nil {
		all = append(all, w.http.Result())
	}
	return all
}

// quiet reports whether everything was answered in the last d.
func (w *watch) quiet(d time.Duration) bool {
	return (w.icmp == nil || w.icmp.Quiet(d)) && (w.udp == nil || w.udp.Quiet(d)) && (w.http == nil || w.http.Quiet(d))
}

func (w *watch) waitQuiet(ctx context.Context, d time.Duration, what string) error {
	for !w.quiet(d) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for answers %s: %s: %w", what, w.silent(), context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// silent says how many addresses do not answer.
func (w *watch) silent() string {
	n := 0
	all := w.results()
	for _, r := range all {
		if len(r.Gaps) > 0 && r.Gaps[len(r.Gaps)-1].Open {
			n++
		}
	}
	return fmt.Sprintf("%d of %d do not answer", n, len(all))
}

// stop ends all probers and returns what each saw since a point in time.
func (w *watch) stop(since time.Time) (map[string]Sample, error) {
	out := map[string]Sample{}
	for kind, p := range map[string]*probe.Pinger{"icmp": w.icmp, "udp": w.udp} {
		if p == nil {
			continue
		}
		res, err := p.Stop()
		if err != nil {
			return nil, err
		}
		out[kind] = toTheLast(res, since)
	}
	if w.http != nil {
		out["http"] = toTheLast([]probe.Result{w.http.Stop()}, since)
	}
	return out, nil
}

// toTheLast sums up what happened to one address, or is the time from the
// first lost probe to the answer of the last of many.
func toTheLast(results []probe.Result, since time.Time) Sample {
	var s Sample
	var first time.Time
	for _, r := range results {
		for _, g := range r.Gaps {
			// Over slow links, the first probe that is lost was on its way before.
			if g.Start.Add(g.Took).Before(since) {
				continue
			}
			s.Lost += g.Lost
			if end := g.Start.Add(g.Took); end.After(s.End) {
				s.End = end
			}
			if len(results) == 1 {
				s.Gap += g.Took
				continue
			}
			if first.IsZero() || g.Start.Before(first) {
				first = g.Start
			}
		}
	}
	if !first.IsZero() {
		s.Gap = s.End.Sub(first)
	}
	return s
}

// Run carries the trial out, and returns what each kind of probe saw from the
// fault on: icmp, udp, http.
func (t *Trial) Run(ctx context.Context, l *lab.Lab, limit time.Duration) (map[string]Sample, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w, err := t.start(l)
	since := time.Now()
	if err == nil {
		shown := t.show(w, since)
		since, err = t.breakAndWatch(ctx, w)
		shown()
	}
	samples, stopErr := w.stop(since)
	if err = cmp.Or(err, stopErr); err != nil {
		return nil, err
	}
	t.sinceKnown(samples)
	return samples, nil
}

// sinceKnown adds the sample of that name.
func (t *Trial) sinceKnown(samples map[string]Sample) {
	if t.Known == nil {
		return
	}
	at, end := t.Known(), samples["icmp"].End
	if !at.IsZero() && !end.IsZero() {
		samples[Known] = Sample{Gap: max(0, end.Sub(at)), Lost: samples["icmp"].Lost, End: end}
	}
}

// show calls Show until it is told to stop, and once more.
func (t *Trial) show(w *watch, start time.Time) (stop func()) {
	if t.Show == nil {
		return func() {}
	}
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ended:
				t.Show(Progress{Start: start, Fault: w.broken(), Results: w.results()})
				return
			}
			t.Show(Progress{Start: start, Fault: w.broken(), Results: w.results()})
		}
	}()
	return func() { close(ended); <-done }
}

// breakAndWatch returns when the fault began.
func (t *Trial) breakAndWatch(ctx context.Context, w *watch) (time.Time, error) {
	if err := w.waitQuiet(ctx, 300*time.Millisecond, "before the fault"); err != nil {
		return time.Time{}, err
	}
	// The fault comes at any phase of hellos and probes.
	time.Sleep(time.Duration(rand.Int64N(int64(200 * time.Millisecond))))
	since := time.Now()
	w.fault.Store(since.UnixNano())
	if err := t.Fault(ctx); err != nil {
		return since, err
	}
	if t.Done != nil {
		if err := t.Done(ctx); err != nil {
			return since, err
		}
	}
	select {
	case <-ctx.Done():
		return since, context.Cause(ctx)
	case <-time.After(t.Window):
	}
	return since, w.waitQuiet(ctx, 500*time.Millisecond, "after the fault")
}
