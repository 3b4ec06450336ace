// Package sim runs whole clusters in one goroutine on virtual time: the core of
// srrd, its records and its routing, on machines and networks that break in
// every way that a seed can draw. One seed is one run, the same to the byte.
package sim

import (
	"context"
	"fmt"
	"io"
	"time"

	"srr/sim/host"
	"srr/sim/property"
	"srr/sim/script"
)

// Report is what came of a run.
type Report struct {
	Seed       uint64
	Violations []property.Violation
	Err        error // the script makes no sense, or time stands still
	Broken     script.Assumptions
	Effects    uint64
	Hosts      int
	drawn      []drawn
}

// Failed reports whether a property did not hold.
func (r *Report) Failed() bool { return r.Err != nil || len(r.Violations) > 0 }

// First is the first thing that was wrong.
func (r *Report) First() string {
	if r.Err != nil {
		return r.Err.Error()
	}
	return r.Violations[0].String()
}

// Run runs a plan until the first violation, or until the context is done: then
// that is the report's error. The trace is everything that happens, a line for
// each; nil for none.
func Run(ctx context.Context, p *Plan, trace io.Writer) *Report {
	watch := property.New()
	observe := watch.See
	if trace != nil {
		observe = func(e *host.Effect) {
			fmt.Fprintln(trace, e)
			watch.See(e)
		}
	}
	w := script.New(p.Seed, observe)
	watch.Begin(w)
	if trace != nil {
		w.Replies = func(line, reply string) { say(trace, w, "  "+line+": "+reply) }
		w.Steps = func(s script.Step) { say(trace, w, "> "+s.Text) }
	}
	r := &Report{Seed: p.Seed, Broken: w.Broken, drawn: p.drawn}
	r.Err = execute(p, w, watch, func() bool { return watch.Failed() || ctx.Err() != nil })
	if ctx.Err() != nil {
		r.Err = context.Cause(ctx)
	}
	r.Violations, r.Effects, r.Hosts = watch.Violations, watch.Effects, len(w.Hosts)
	if trace != nil {
		for _, v := range r.Violations {
			say(trace, w, "! "+v.String())
		}
	}
	return r
}

func say(trace io.Writer, w *script.World, text string) {
	fmt.Fprintf(trace, "%11.6f %s\n", w.Queue.Now().Seconds(), text)
}

// execute runs the phases: build, faults, repair, and calm.
func execute(p *Plan, w *script.World, watch *property.Watch, stop func() bool) error {
	build := make([]script.Step, len(p.Build))
	for i, text := range p.Build {
		build[i] = script.Step{Text: text}
	}
	for _, phase := range []struct {
		steps []script.Step
		end   time.Duration
	}{{build, 0}, {p.Faults, settleFor + faultsFor}, {p.Repair, calmBefore}} {
		if err := w.Run(phase.steps, phase.end, stop); err != nil || stop() {
			return err
		}
	}
	if _, broken := w.Broken[script.KnownPast]; broken {
		return nil // who forgot its past may be ignored for ever: nothing is promised
	}
	watch.Calm(p.Core)
	if err := w.Run(nil, p.End, stop); err != nil || stop() {
		return err
	}
	watch.Finish()
	return acts(w, watch, stop)
}

// acts are what must work in a cluster at rest: planned moves, the takeover from a
// node that dies and its return, and from a srrd that is silent for ever, the end of
// a failure's penalty, and a move beside a service that hangs.
func acts(w *script.World, watch *property.Watch, stop func() bool) error {
	for _, act := range []struct {
		begin func() (check func())
		takes time.Duration
	}{
		{watch.Moves, property.MoveWithin},
		{watch.Takeover, watch.TakeoverWithin()},
		{watch.UsableAgain, watch.UsableWithin()},
		{watch.Silence, property.SilenceWithin},
		{watch.FailureExpires, property.ExpiresWithin},
		{watch.Hung, property.WithoutDelay},
	} {
		if stop() {
			return nil
		}
		check := act.begin()
		if err := w.Run(nil, w.Queue.Now()+act.takes, stop); err != nil || stop() {
			return err
		}
		check()
	}
	return nil
}
