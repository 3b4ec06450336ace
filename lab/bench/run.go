package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"srr/lab"
	"srr/lab/cluster"
	"srr/lab/trial"
)

// medium of everything that srrd is measured on.
const medium = "ospf (frr)"

// Options of a run.
type Options struct {
	SRRD   string   // path of srrd
	Out    string   // bench.json
	Cases  []string // nil: all
	Timers []string // nil: all
	// N repetitions of each case. 0: 20 of the fast ones, 6 with FRR's
	// default timers and with Pacemaker.
	N int
	// Again measures what is in the file already.
	Again bool
	// Progress is written here.
	Log io.Writer
}

// Cases lists the names of all cases with what they are about.
func Cases() [][2]string {
	var out [][2]string
	for _, c := range cases {
		out = append(out, [2]string{c.name, c.about})
	}
	return out
}

// runner carries out the cases that were asked for.
type runner struct {
	o    Options
	file *File
	errs []error
}

// Run measures, and saves after every case. It goes on after a case that
// failed, and reports all that did.
func Run(ctx context.Context, o Options) (*File, error) {
	file, err := Open(o.Out)
	if err != nil {
		return nil, err
	}
	r := &runner{o: o, file: file}
	if err := r.check(); err != nil {
		return nil, err
	}
	for _, t := range lab.AllTimers {
		if len(o.Timers) > 0 && !slices.Contains(o.Timers, t.Name) {
			continue
		}
		for _, s := range []setup{mainCluster, hundred, thousand, thousandSigned} {
			if ctx.Err() == nil {
				r.fail(r.runSetup(ctx, t, s))
			}
		}
		for _, c := range r.due(floor, t.Name) {
			if ctx.Err() == nil {
				r.fail(r.runFloor(ctx, t, c))
			}
		}
	}
	for _, c := range r.due(keepalived, "") {
		r.fail(r.runKeepalived(ctx, c))
	}
	for _, c := range r.due(pacemaker, "") {
		r.fail(r.runPacemaker(ctx, c))
	}
	return file, errors.Join(append(r.errs, ctx.Err())...)
}

func (r *runner) fail(err error) {
	if err != nil {
		r.printf("failed: %v\n", err)
		r.errs = append(r.errs, err)
	}
}

func (r *runner) printf(format string, args ...any) { fmt.Fprintf(r.o.Log, format, args...) }

// check refuses names that do not exist before the hours begin.
func (r *runner) check() error {
	for _, name := range r.o.Cases {
		if !slices.ContainsFunc(cases, func(c testCase) bool { return c.name == name }) {
			return fmt.Errorf("run bench: no case %q", name)
		}
	}
	for _, name := range r.o.Timers {
		if _, err := lab.FindTimers(name); err != nil {
			return err
		}
	}
	return lab.Requirements()
}

// due lists the cases of a setup that are asked for and not measured yet.
func (r *runner) due(s setup, timers string) []testCase {
	var out []testCase
	for _, c := range cases {
		asked := len(r.o.Cases) == 0 || slices.Contains(r.o.Cases, c.name)
		done := timers != "" && !r.o.Again && r.file.Has(c.name, timers, r.n(c.name, timers))
		if c.setup == s && asked && !done {
			out = append(out, c)
		}
	}
	return out
}

// few are the cases that take long, and that nothing is promised of.
var few = []string{"srrd-kill-1000", "power-off-1000-signed"}

// n is how often a case is measured.
func (r *runner) n(name, timers string) int {
	switch {
	case r.o.N > 0:
		return r.o.N
	case timers == "default" || slices.Contains(few, name):
		return 6
	}
	return 20
}

// runSetup measures all cases of one setup with one set of timers on one lab.
func (r *runner) runSetup(ctx context.Context, t lab.Timers, s setup) error {
	due := r.due(s, t.Name)
	if len(due) == 0 {
		return nil
	}
	l, err := lab.Up(ctx, lab.Options{Topology: "two", Timers: t.Name})
	if err != nil {
		return err
	}
	e := &env{lab: l, srrd: r.o.SRRD, limit: 60*time.Second + 4*t.Detect}
	err = l.WaitReady(ctx)
	if err == nil {
		err = e.start(s)
	}
	for i := 0; err == nil && i < len(due); i++ {
		// After a case that failed, the next may do better.
		if one := r.runCase(ctx, e, &due[i]); ctx.Err() == nil {
			r.fail(one)
		} else {
			err = one
		}
	}
	return errors.Join(err, l.Close())
}

func (e *env) start(s setup) error {
	switch s {
	case hundred:
		return e.startMany(cluster.Config{}, 100)
	case thousand:
		return e.startMany(cluster.Config{}, 1000)
	case thousandSigned:
		pki, err := certify(e.lab, "n2", "n3")
		if err != nil {
			return err
		}
		return e.startMany(cluster.Config{PKI: pki, Signatures: "require"}, 1000)
	}
	return e.startMain()
}

// runCase repeats one case. A repetition that fails is tried once more.
func (r *runner) runCase(ctx context.Context, e *env, c *testCase) error {
	timers := e.lab.Timers().Name
	r.printf("%-22s %-8s", c.name, timers)
	samples := map[string][]trial.Sample{}
	failures := 0
	for done := 0; done < r.n(c.name, timers); {
		one, err := e.trial(ctx, c)
		if err == nil {
			for kind, s := range one {
				samples[kind] = append(samples[kind], s)
			}
			r.printf(" %s", shortest(one))
			done++
			continue
		}
		failures++
		r.printf(" (%v)", err)
		logs := filepath.Join(filepath.Dir(r.o.Out), "bench-logs", fmt.Sprintf("%s-%s-%d", c.name, timers, failures))
		if err := e.lab.SaveLogs(logs); err != nil {
			return err
		}
		if failures > 2 || ctx.Err() != nil {
			return fmt.Errorf("measure %s with %s: %w", c.name, timers, err)
		}
	}
	r.printf("\n")
	return r.put(c.name, timers, medium, samples)
}

func (r *runner) put(name, timers, medium string, samples map[string][]trial.Sample) error {
	for kind, s := range samples {
		e := Entry{Case: name, Timers: timers, Medium: medium}
		e.Case += suffixes[kind]
		if err := r.file.Put(summarize(e, s)); err != nil {
			return err
		}
	}
	return nil
}

// trial breaks once and mends.
func (e *env) trial(ctx context.Context, c *testCase) (map[string]trial.Sample, error) {
	if err := e.settle(ctx); err != nil {
		return nil, err
	}
	t, err := c.prepare(ctx, e)
	var out map[string]trial.Sample
	if err == nil {
		out, err = t.Run(ctx, e.lab, e.limit)
	}
	if c.repair != nil {
		err = errors.Join(err, c.repair(ctx, e))
	}
	return out, err
}

// shortest writes a trial into the progress line.
func shortest(one map[string]trial.Sample) string {
	var parts []string
	for _, kind := range []string{"icmp", "udp", "http", trial.Known} {
		if s, ok := one[kind]; ok {
			parts = append(parts, fmt.Sprintf("%.0f", float64(s.Gap.Microseconds())/1000))
		}
	}
	return strings.Join(parts, "/")
}
