package sim

import (
	"context"
	"fmt"
	"io"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Batch is how many seeds to run, and what to print of them.
type Batch struct {
	From, Seeds uint64
	Jobs        int // runs at once
	Trace       bool
	UntilFailed bool // stop at the first run that fails, and do not shrink it
	Out         io.Writer
}

// Memory for speed: the heap of most runs is small, so garbage is collected only when
// the process has come to heapPerJob for each run at once; of a large run, whose heap
// is not, when it has doubled.
const heapPerJob = 192 << 20

// tradeMemory returns what undoes it. The garbage collector waits until the heap has
// grown by as much as it keeps, and it keeps something that nobody ever touches, so
// that it takes no memory.
func tradeMemory(jobs int) (undo func()) {
	kept := make([]byte, jobs*heapPerJob/2)
	percent := debug.SetGCPercent(100)
	return func() {
		debug.SetGCPercent(percent)
		runtime.KeepAlive(kept)
	}
}

// shownFailures bounds how many failing runs of a batch are shrunk and printed.
const shownFailures = 3

// Run runs the seeds and reports whether all of them passed. What fails is
// printed as it fails, the first ones shrunk. It ends early when the context is
// done, and reports false.
func (b Batch) Run(ctx context.Context) bool {
	b.Jobs = max(b.Jobs, 1)
	defer tradeMemory(b.Jobs)()
	if b.UntilFailed {
		return b.untilFailed(ctx)
	}
	began := time.Now()
	var sum summary
	for r := range b.reports(ctx) {
		switch sum.add(r); {
		case r.Failed() && sum.failed <= shownFailures:
			b.show(ctx, r)
		case r.Failed():
			fmt.Fprintf(b.Out, "seed %d: %s\n", r.Seed, r.First())
		}
	}
	fmt.Fprintf(b.Out, "%d passed, %d failed: %.0f node-hours in %v\n%s\n",
		sum.runs-sum.failed, sum.failed, sum.nodeHours, time.Since(began).Round(time.Second), &sum.pairs)
	if ctx.Err() != nil {
		fmt.Fprintf(b.Out, "interrupted: %v\n", context.Cause(ctx))
	}
	return sum.failed == 0 && ctx.Err() == nil
}

// reports are those of all seeds, as the runs end; of the runs that the end of
// the context cut off there is none.
func (b Batch) reports(ctx context.Context) <-chan *Report {
	reports := make(chan *Report, b.Jobs)
	var next atomic.Uint64
	var workers sync.WaitGroup
	for range b.Jobs {
		workers.Go(func() {
			for s := next.Add(1) - 1; s < b.Seeds; s = next.Add(1) - 1 {
				r := Run(ctx, NewPlan(b.From+s), nil)
				if ctx.Err() != nil {
					return
				}
				reports <- r
			}
		})
	}
	go func() {
		workers.Wait()
		close(reports)
	}()
	return reports
}

// untilFailed runs the seeds one after the other until one fails.
func (b Batch) untilFailed(ctx context.Context) bool {
	for s := b.From; s < b.From+b.Seeds && ctx.Err() == nil; s++ {
		if r := Run(ctx, NewPlan(s), nil); r.Failed() && ctx.Err() == nil {
			fmt.Fprintf(b.Out, "seed %d: %s\n", s, r.First())
			return false
		}
	}
	return ctx.Err() == nil
}

// summary adds the runs up.
type summary struct {
	runs, failed int
	nodeHours    float64
	pairs        pairs
}

func (s *summary) add(r *Report) {
	s.runs++
	s.pairs.add(r.drawn)
	if r.Failed() {
		s.failed++
	}
	s.nodeHours += float64(r.Hosts) * (calmBefore + calmFor).Hours()
}

// show prints a failing run: its seed, the shortest schedule that still fails,
// and what happens then.
func (b Batch) show(ctx context.Context, r *Report) {
	p, small := Shrink(ctx, NewPlan(r.Seed), r)
	fmt.Fprintf(b.Out, "seed %d: %s\n\n%s\n", r.Seed, r.First(), p)
	if b.Trace {
		Run(ctx, p, b.Out)
	} else {
		last := tail{keep: shownLines}
		Run(ctx, p, &last)
		fmt.Fprintf(b.Out, "… %d lines: srrd sim --seed %d --trace\n%s", last.dropped, r.Seed, strings.Join(last.lines, ""))
	}
	fmt.Fprintf(b.Out, "\n%s\nreplay: srrd sim --seed %d\n\n", small.First(), r.Seed)
}

// shownLines is how much of the trace of a failing run is printed.
const shownLines = 80

// tail keeps the last lines that are written to it. Each Write is one line.
type tail struct {
	keep    int
	lines   []string
	dropped int
}

func (t *tail) Write(line []byte) (int, error) {
	if t.lines = append(t.lines, string(line)); len(t.lines) > t.keep {
		t.lines = t.lines[1:]
		t.dropped++
	}
	return len(line), nil
}

// One runs one seed for a person, and reports whether it passed.
func One(ctx context.Context, seed uint64, trace bool, out io.Writer) bool {
	p := NewPlan(seed)
	var lines io.Writer
	if trace {
		lines = out
		fmt.Fprintf(out, "%s\n", p)
	}
	r := Run(ctx, p, lines)
	switch {
	case ctx.Err() != nil:
	case !r.Failed():
		fmt.Fprintf(out, "seed %d passed: %d hosts, %d effects\n", seed, r.Hosts, r.Effects)
	case trace:
		fmt.Fprintf(out, "seed %d: %s\n", seed, r.First())
	default:
		Batch{Out: out}.show(ctx, r)
	}
	for _, a := range slices.Sorted(maps.Keys(r.Broken)) {
		fmt.Fprintf(out, "broken assumption: %s (%s)\n", a, r.Broken[a])
	}
	return !r.Failed()
}
