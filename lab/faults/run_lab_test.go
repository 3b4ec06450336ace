//go:build lab

package faults

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"srr/internal/api"
	"srr/lab"
	"srr/lab/echo"
	"srr/lab/probe"
)

// run is one script being played.
type run struct {
	b       *bed
	began   time.Time
	daemons map[string]lab.Process // srrd on each host at the beginning
	ended   map[string]bool        // hosts on which the script may end srrd
	open    map[string]int         // file descriptors of each srrd at the beginning
	peers   map[string]*peer       // scripted routers
	undo    []func()
	frozen  *frozen // the file system that hangs, or will
	// overlap: while the network is split, unreachable nodes count as free in
	// convergent mode, so that both sides may run everything.
	overlap bool
	alarms  []string // texts of alarms that may stand at the end
	icmp    *probe.Pinger
	http    map[string]*probe.HTTP
	flow    *flow // an open connection of the client
}

func newRun(ctx context.Context, b *bed) (*run, error) {
	if err := b.reset(ctx); err != nil {
		return nil, fmt.Errorf("reset: %w", err)
	}
	r := &run{
		b: b, began: time.Now(), daemons: map[string]lab.Process{}, ended: map[string]bool{}, open: map[string]int{},
		peers: map[string]*peer{}, http: map[string]*probe.HTTP{},
	}
	for _, host := range hosts {
		p, err := r.daemon(host)
		if err != nil {
			return nil, err
		}
		r.daemons[host], r.open[host] = p, descriptors(p)
		s, err := b.k.Snapshot(ctx, host)
		if err != nil {
			return nil, err
		}
		for _, a := range s.Alarms { // of scripts before; srrd forgets some only when it ends
			r.alarms = append(r.alarms, a.Code+" "+a.Text)
		}
	}
	return r, r.watch(ctx)
}

// daemon is the process of srrd on a host.
func (r *run) daemon(host string) (lab.Process, error) {
	p, ok := r.b.l.DaemonProcess(host)
	if !ok {
		return p, fmt.Errorf("srrd does not run on %s", host)
	}
	return p, nil
}

// watch begins to probe, and waits until everything answers.
func (r *run) watch(ctx context.Context) (err error) {
	ns := r.b.l.NodeNamespace("cl")
	targets := []netip.Addr{addresses["web"], addresses["vip"], addresses["app"]}
	r.icmp, err = probe.Start(probe.Config{Namespace: ns, Targets: targets, Interval: 20 * time.Millisecond, Grace: 200 * time.Millisecond})
	if err != nil {
		return err
	}
	for _, s := range []string{"web", "app"} {
		r.http[s], err = probe.StartHTTP(probe.HTTPConfig{Namespace: ns, Target: netip.AddrPortFrom(addresses[s], echo.HTTPPort)})
		if err != nil {
			return err
		}
	}
	quiet := func() bool {
		return r.icmp.Quiet(200*time.Millisecond) && r.http["web"].Quiet(200*time.Millisecond) && r.http["app"].Quiet(200*time.Millisecond)
	}
	err = wait(ctx, 20*time.Second, "answers before the fault", func() string {
		if quiet() {
			return ""
		}
		return "not everything answers"
	})
	r.began = time.Now()
	return err
}

// inFlight is how long a probe may wait for its answer. What was under way when
// the script began belongs to it.
const inFlight = 200 * time.Millisecond

// dark is for how long a client had no answer from a service since the beginning.
func (r *run) dark(service string) time.Duration {
	since := r.began.Add(-inFlight)
	if h := r.http[service]; h != nil {
		res := h.Result()
		return res.Dark(since)
	}
	res := r.icmp.Results()[1]
	return res.Dark(since)
}

// end stops everything that the script began, and says what the client saw.
func (r *run) end() string {
	for _, undo := range slices.Backward(r.undo) {
		undo()
	}
	for _, p := range r.peers {
		p.close()
	}
	if r.flow != nil {
		r.flow.close()
	}
	var gaps []string
	for _, s := range []string{"web", "app", "vip"} {
		gaps = append(gaps, fmt.Sprintf("%s %.2f s", s, r.dark(s).Seconds()))
	}
	for _, h := range r.http {
		h.Stop()
	}
	_, _ = r.icmp.Stop()
	return strings.Join(gaps, ", ")
}

// do carries out one command.
func (r *run) do(ctx context.Context, c command) error {
	args := c.words[1:]
	if v := fault(c.words[0]); v != nil {
		r.b.history.note(c.text)
		if ends(c.words[0], args) {
			r.ended[args[0]] = true
		}
		return v.Run(r.b.l, args)
	}
	return words[c.words[0]].run(r, ctx, args, c.want)
}

// fault finds a word of srr-lab fault.
func fault(word string) *lab.Verb {
	i := slices.IndexFunc(lab.Verbs, func(v lab.Verb) bool { return v.Name() == word })
	if i < 0 {
		return nil
	}
	return &lab.Verbs[i]
}

// ends reports whether a fault may end srrd on the host that it names first. A
// machine that starves may let the guard of srrd fire.
func ends(word string, args []string) bool {
	switch word {
	case "power-off", "starve":
		return true
	case "kill", "abort", "stop":
		return args[1] == "srrd"
	}
	return false
}

// wait polls until nothing is missing.
func wait(ctx context.Context, limit time.Duration, what string, missing func() string) error {
	deadline := time.Now().Add(limit)
	for {
		text := missing()
		if text == "" {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("wait for %s: %s after %v", what, text, limit)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %s: %w", what, text, context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// events are the changes of state in a host's journal since the beginning.
func (r *run) events(ctx context.Context, host, service string) ([]api.Event, error) {
	c := r.b.k.Client(host)
	defer c.Close()
	var out []api.Event
	for e, err := range c.Events(ctx, api.EventQuery{Service: service, Since: r.began}) {
		if err != nil {
			return out, fmt.Errorf("journal of %s: %w", host, err)
		}
		if e.From != e.To {
			out = append(out, e)
		}
	}
	return out, nil
}

// starts lists when a service was started, on all hosts together. A node that
// got ready to start and retreated before it called start does not count.
func (r *run) starts(ctx context.Context, service string) ([]string, error) {
	var found []string
	var errs []error
	for _, host := range r.b.k.Live() {
		events, err := r.events(ctx, host, service)
		errs = append(errs, err)
		for _, e := range events {
			if e.From == "active/starting" && e.To == "active/started" {
				found = append(found, fmt.Sprintf("%s at %s: %s (%s)", host, e.Time.Format("15:04:05.000"), e.Reason, e.Detail))
			}
		}
	}
	return found, errors.Join(errs...)
}
