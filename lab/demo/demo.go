// Package demo shows, on a network of its own, what a client sees of a service
// while the parts below it die one after the other.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"srr/lab"
	"srr/lab/cluster"
	"srr/lab/demo/install"
)

// Options of the demonstration.
type Options struct {
	SRRD   string // path of srrd
	Timers string // see lab.AllTimers
	Out    io.Writer
	// Live draws what the client sees while it happens; for terminals.
	Live bool
	// Prefix of the lab; "": chosen.
	Prefix string
	// Logs is where the daemons' logs are kept if a step fails; "": nowhere.
	Logs string
}

// ErrInterrupted is why a demonstration ended whose context did.
var ErrInterrupted = errors.New("interrupted")

// Packages that the demonstration needs.
var Packages = []string{"frr", "iproute2", "nftables", "util-linux", "make", "nginx-light"}

// Run installs what is missing, builds the network, runs all steps, and takes
// everything down again. The error tells which steps failed.
func Run(ctx context.Context, o Options) (err error) {
	began := time.Now()
	if err := install.Packages(ctx, o.Out, Packages...); err != nil {
		return err
	}
	fmt.Fprint(o.Out, picture)
	l, err := lab.Up(ctx, lab.Options{Topology: "two", Timers: o.Timers, Prefix: o.Prefix})
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrInterrupted, err)
	case err != nil:
		return err
	}
	defer func() {
		if ctx.Err() != nil {
			err = ErrInterrupted // what the steps say then is no news
		}
		err = errors.Join(err, l.Close())
	}()
	s := &show{o: o, lab: l, began: began}
	if err := s.start(ctx); err != nil {
		return err
	}
	err = s.steps(ctx)
	if ctx.Err() != nil {
		return err
	}
	s.summary()
	if err != nil && o.Logs != "" {
		s.printf("The logs of all nodes are in %s.\n", o.Logs)
		err = errors.Join(err, l.SaveLogs(o.Logs))
	}
	return err
}

const picture = `
   client --- r1, r2 --- LAN A --- n1 (two links), n2
                    \--- LAN B --- n3

Each box is a network namespace with FRR. srrd runs on n1, n2 and n3, with a
group of a resource (disk), nginx (web, 10.71.100.1) and statistics (stats, not
critical). The client sends an ICMP probe to web's address every 2 ms and asks
nginx every 20 ms.

`

// show is the demonstration under way.
type show struct {
	o       Options
	lab     *lab.Lab
	cluster *cluster.Cluster
	began   time.Time
	results []result
}

func (s *show) printf(format string, args ...any) { fmt.Fprintf(s.o.Out, format, args...) }

func (s *show) start(ctx context.Context) error {
	s.printf("Starting routers, hosts and client (lab %s, timers %s) ... ", s.lab.Prefix(), s.o.Timers)
	if err := s.lab.WaitReady(ctx); err != nil {
		return err
	}
	s.printf("routes are complete.\nStarting srrd on n1, n2 and n3 ... ")
	c, err := shop(s.lab, s.o.SRRD)
	if err != nil {
		return err
	}
	if s.cluster, err = cluster.Start(s.lab, c); err != nil {
		return err
	}
	if err := s.cluster.Settled(ctx); err != nil {
		return err
	}
	s.printf("%s runs on %s.\n\n", group, s.cluster.Holder(ctx, web))
	return nil
}
