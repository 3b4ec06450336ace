//go:build lab

package faults

import (
	"context"
	"fmt"
	"strconv"
	"syscall"
	"time"

	"srr/internal/api"
	"srr/lab"
)

// flap takes a link down and up again, ten times a second.
func (r *run) flap(ctx context.Context, args []string, _ string) error {
	times, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	for i := range 2 * times {
		if err := r.b.l.SetLink(args[0], args[1], i%2 == 1); err != nil {
			return err
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// crashLoop kills srrd again and again, each time as soon as it is back.
func (r *run) crashLoop(ctx context.Context, args []string, _ string) error {
	times, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	between, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	r.ended[args[0]] = true
	for range times {
		if err := r.crash(ctx, args[0]); err != nil {
			return err
		}
		if err := pause(ctx, between); err != nil {
			return err
		}
	}
	return nil
}

// crash kills srrd on a host and waits for the next one.
func (r *run) crash(ctx context.Context, host string) error {
	r.ended[host] = true
	r.b.history.note("kill " + host + " srrd")
	var old lab.Process
	err := wait(ctx, 10*time.Second, "srrd on "+host, func() string {
		var ok bool
		if old, ok = r.b.l.DaemonProcess(host); ok {
			return ""
		}
		return "it does not run"
	})
	if err != nil {
		return err
	}
	if err := old.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	return wait(ctx, 10*time.Second, "another srrd on "+host, func() string {
		if p, ok := r.b.l.DaemonProcess(host); ok && p != old {
			return ""
		}
		return "it does not run"
	})
}

// sweep are the moments after the beginning of a move at which srrd is killed.
// A move of shop takes about 100 ms here.
var sweep = []time.Duration{
	0, 3 * time.Millisecond, 8 * time.Millisecond, 15 * time.Millisecond, 25 * time.Millisecond, 40 * time.Millisecond,
	60 * time.Millisecond, 80 * time.Millisecond, 110 * time.Millisecond, 150 * time.Millisecond, 250 * time.Millisecond,
}

// crashSweep moves a unit and kills srrd meanwhile, on the host that it leaves
// and then on the one that it goes to, at each of the moments.
func (r *run) crashSweep(ctx context.Context, args []string, _ string) error {
	unit, service := args[0], args[1]
	for i, after := range sweep {
		for k := range 2 {
			from := r.b.k.Holder(ctx, service)
			to := hosts[0]
			if from == to {
				to = hosts[1]
			}
			r.b.history.note(fmt.Sprintf("sweep %d %d: %s from %s to %s, crash after %v", i, k, unit, from, to, after))
			err := wait(ctx, patience, "a move to be accepted", func() string {
				if err := r.b.request(ctx, from, api.Request{Verb: api.Move, Unit: unit, Node: to}); err != nil {
					return err.Error() // the target has just joined
				}
				return ""
			})
			if err != nil {
				return err
			}
			if err := pause(ctx, after); err != nil {
				return err
			}
			if err := r.crash(ctx, []string{from, to}[k]); err != nil {
				return err
			}
			if err := r.b.k.Settled(ctx); err != nil {
				return fmt.Errorf("%s from %s to %s, crash of %s after %v: %w", unit, from, to, []string{from, to}[k], after, err)
			}
		}
	}
	return nil
}
