package demo

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"srr/lab"
	"srr/lab/trial"
)

// step is one thing that happens. Its functions are told who holds the group
// when it begins.
type step struct {
	title string // with %s for the holder
	// at moves the group to this host first. "": it stays.
	at string
	// fault breaks something; done waits until the cluster has reacted; window
	// is how long the client watches at least after that.
	fault  func(s *show, holder string) error
	done   func(ctx context.Context, s *show, holder string) error
	window time.Duration
	// mend undoes the fault. The next step waits until everything is whole.
	mend func(s *show, holder string) error
	// limit of what the client may see without an answer, with any timers.
	limit func(t lab.Timers) time.Duration
}

var steps = []step{
	{
		title: "planned move from %s to n3", at: "n2",
		fault: func(s *show, _ string) error { return s.cluster.Move(context.Background(), group, "n3") },
		done:  func(ctx context.Context, s *show, _ string) error { return s.cluster.WaitOn(ctx, web, "n3") },
		limit: seconds(3),
	},
	{
		title: "kill -9 nginx on %s",
		fault: func(s *show, holder string) error {
			p, err := s.lab.FindProcess(holder, "nginx: master")
			if err != nil {
				return err
			}
			return p.Signal(syscall.SIGKILL)
		},
		window: time.Second, limit: seconds(3),
	},
	{
		title:  "kill -9 srrd on %s (started again after 0.1 s)",
		fault:  func(s *show, holder string) error { return s.lab.Signal(holder, "srrd", syscall.SIGKILL) },
		window: 6 * time.Second, limit: seconds(1),
	},
	{
		title: "kill -9 ospfd on %s",
		fault: func(s *show, holder string) error { return s.lab.Signal(holder, "ospfd", syscall.SIGKILL) },
		done:  elsewhere,
		mend:  func(s *show, holder string) error { return s.lab.Restart(holder, "ospfd") },
		limit: detection,
	},
	{
		title: "one of two links of %s down", at: "n1",
		fault:  linkDown,
		window: 2 * time.Second,
		mend: func(s *show, holder string) error {
			return errors.Join(s.lab.SetLink(holder, "eth0", true), s.lab.SetLink(holder, "eth1", true))
		},
		limit: detection,
	},
	{
		title:  "router r1 off (its links stay up)",
		fault:  func(s *show, _ string) error { return s.lab.PowerOff("r1") },
		window: 2 * time.Second,
		mend:   func(s *show, _ string) error { return s.lab.PowerOn("r1") },
		limit:  detection,
	},
	{
		title: "power off %s (its links stay up)", at: "n2",
		fault: func(s *show, holder string) error { return s.lab.PowerOff(holder) },
		done:  elsewhere,
		limit: detection,
	},
	{
		title: "the node returns; %s goes on",
		fault: func(s *show, _ string) error { return s.lab.PowerOn("n2") },
		done:  func(ctx context.Context, s *show, _ string) error { return s.cluster.Settled(ctx) },
		// Longer than a node that returned must wait before it may take over.
		window: 6 * time.Second, limit: seconds(0.1),
	},
}

func seconds(n float64) func(lab.Timers) time.Duration {
	return func(lab.Timers) time.Duration { return time.Duration(n * float64(time.Second)) }
}

// detection of a lost neighbor, and what follows, with room for a slow machine.
func detection(t lab.Timers) time.Duration { return 2*t.Detect + 4*time.Second }

func elsewhere(ctx context.Context, s *show, holder string) error {
	return s.cluster.WaitElsewhere(ctx, web, holder)
}

// linkDown takes the link over which the client's packets come.
func linkDown(s *show, holder string) error {
	n, err := s.lab.Topology().Node(holder)
	if err != nil {
		return err
	}
	client := s.lab.Topology().Client().Links[0].Addr.Addr()
	via, err := s.lab.NextHop("r1", webAddr, client, "client")
	if err != nil {
		return err
	}
	for i := range n.Links {
		if n.Links[i].Addr.Addr() == via {
			return s.lab.SetLink(holder, n.Links[i].Name, false)
		}
	}
	return fmt.Errorf("find link in use: r1 sends to %s", via)
}

// result of a step.
type result struct {
	title     string
	icmp, web trial.Sample
	after     string // who holds the group then
	err       error
}

// steps runs all, and goes on after one that failed.
func (s *show) steps(ctx context.Context) error {
	var errs []error
	for i := range steps {
		r := s.step(ctx, i)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.report(i, &r)
		s.results = append(s.results, r)
		if r.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.title, r.err))
		}
	}
	return errors.Join(errs...)
}

func (s *show) step(ctx context.Context, i int) (r result) {
	st := &steps[i]
	r.title = st.title
	holder, err := s.ready(ctx, st)
	if err != nil {
		r.err = err
		return r
	}
	r.title = titled(st.title, holder)
	t := trial.Trial{
		ICMP: []netip.Addr{webAddr}, HTTP: netip.AddrPortFrom(webAddr, 80),
		Fault:  func(context.Context) error { return st.fault(s, holder) },
		Window: max(st.window, 700*time.Millisecond),
	}
	if st.done != nil {
		t.Done = func(ctx context.Context) error { return st.done(ctx, s, holder) }
	}
	if s.o.Live {
		t.Show = s.strip(i, r.title)
	}
	samples, err := t.Run(ctx, s.lab, 40*time.Second+4*s.lab.Timers().Detect)
	r.icmp, r.web, r.err = samples["icmp"], samples["http"], err
	r.after = s.cluster.Holder(ctx, web)
	if limit := st.limit(s.lab.Timers()); r.err == nil && max(r.icmp.Gap, r.web.Gap) > limit {
		r.err = fmt.Errorf("no answer for %v, more than %v", max(r.icmp.Gap, r.web.Gap), limit)
	}
	if st.mend != nil {
		r.err = errors.Join(r.err, st.mend(s, holder))
	}
	return r
}

// ready waits until the network and the cluster are whole, and brings the
// group to where the step wants it. It returns the holder.
func (s *show) ready(ctx context.Context, st *step) (string, error) {
	if err := s.lab.WaitReady(ctx); err != nil {
		return "", err
	}
	if err := s.cluster.Settled(ctx); err != nil {
		return "", err
	}
	holder := s.cluster.Holder(ctx, web)
	if st.at == "" || st.at == holder {
		return holder, nil
	}
	if err := s.cluster.MoveAndWait(ctx, group, web, st.at); err != nil {
		return "", err
	}
	if err := s.cluster.Settled(ctx); err != nil {
		return "", err
	}
	// A service is not announced again right after it was withdrawn.
	time.Sleep(1200 * time.Millisecond)
	return st.at, nil
}
