//go:build lab

package faults

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// patience for what must happen, on a machine that does other things too.
const patience = 60 * time.Second

func (r *run) on(ctx context.Context, args []string, _ string) error {
	return wait(ctx, patience, args[0]+" on "+args[1], func() string {
		if on := r.b.k.Holder(ctx, args[0]); on != args[1] {
			return fmt.Sprintf("it is on %q", on)
		}
		return ""
	})
}

func (r *run) elsewhere(ctx context.Context, args []string, _ string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return r.b.k.WaitElsewhere(ctx, args[0], args[1])
}

func (r *run) nowhere(ctx context.Context, args []string, _ string) error {
	return wait(ctx, patience, args[0]+" to be nowhere", func() string {
		if on := r.b.k.Holder(ctx, args[0]); on != "" {
			return "it is on " + on
		}
		return ""
	})
}

func (r *run) state(ctx context.Context, args []string, _ string) error {
	want := strings.Join(args[2:], " ")
	return wait(ctx, patience, args[1]+" on "+args[0]+" to be "+want, func() string {
		i := r.b.k.Instance(ctx, args[0], args[1])
		switch {
		case i == nil:
			return "no answer"
		case i.State != want:
			return "it is " + i.State
		}
		return ""
	})
}

func (r *run) last(ctx context.Context, args []string, _ string) error {
	d, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	return pause(ctx, d)
}

// stays watches that nothing starts for a while.
func (r *run) stays(ctx context.Context, args []string, _ string) error {
	limit, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	names := []string{args[0]}
	if args[0] == "all" {
		names = r.b.services()
	}
	before := map[string]int{}
	for _, s := range names {
		before[s] = r.b.history.starts(s)
	}
	for end := time.Now().Add(limit); time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
		for _, s := range names {
			if r.b.history.starts(s) != before[s] {
				return fmt.Errorf("%s was started", s)
			}
		}
	}
	return nil
}

func (r *run) started(ctx context.Context, args []string, _ string) error {
	most, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	found, err := r.starts(ctx, args[0])
	if err == nil && len(found) > most {
		err = fmt.Errorf("since %s it was started %d times: %s", r.began.Format("15:04:05.000"), len(found), strings.Join(found, "; "))
	}
	return err
}

func (r *run) darkFor(_ context.Context, args []string, _ string) error {
	most, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	if d := r.dark(args[0]); d > most {
		return fmt.Errorf("%s did not answer for %v", args[0], d)
	}
	return nil
}

func (r *run) memory(_ context.Context, args []string, _ string) error {
	most, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	p, err := r.daemon(args[0])
	if err != nil {
		return err
	}
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.PID))
	if err != nil {
		return err
	}
	fields := strings.Fields(string(statm))
	pages, err := strconv.Atoi(fields[1]) // resident, see proc_pid_statm(5)
	if mb := pages * os.Getpagesize() >> 20; err == nil && mb > most {
		err = fmt.Errorf("%d MB", mb)
	}
	return err
}
