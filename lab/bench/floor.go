package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"srr/lab"
	"srr/lab/trial"
)

// floors is how many addresses the floor is measured with, by case.
var floors = map[string]int{"floor-power-off": 1, "floor-power-off-100": 100, "floor-power-off-1000": 1000}

// runFloor measures the loss of n2 without any daemon: n3 is given n2's addresses
// in one go when its kernel loses the route to n2. What is left is detection and
// routing alone, on this machine; nothing that decides can be faster.
func (r *runner) runFloor(ctx context.Context, t lab.Timers, c testCase) error {
	l, err := lab.Up(ctx, lab.Options{Topology: "two", Timers: t.Name, Announce: true})
	if err != nil {
		return err
	}
	r.printf("%-22s %-8s", c.name, t.Name)
	addrs := manyAddresses(floors[c.name])
	var samples []trial.Sample
	err = l.WaitReady(ctx)
	for err == nil && len(samples) < r.n(c.name, t.Name) {
		var s trial.Sample
		s, err = floorTrial(ctx, l, addrs)
		samples = append(samples, s)
		r.printf(" %d", s.Gap.Milliseconds())
	}
	r.printf("\n")
	if err = errors.Join(err, l.Close()); err != nil {
		return fmt.Errorf("measure %s with %s: %w", c.name, t.Name, err)
	}
	return r.put(c.name, t.Name, "none", map[string][]trial.Sample{"icmp": samples})
}

func manyAddresses(n int) (addrs []netip.Addr) {
	for i := range n {
		addrs = append(addrs, lab.ServiceAddr(i))
	}
	return addrs
}

// floorTrial takes the power from n2 once and gives it back.
func floorTrial(ctx context.Context, l *lab.Lab, addrs []netip.Addr) (trial.Sample, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute+2*l.Timers().Detect)
	defer cancel()
	if err := l.SetAddresses("n2", addrs, true); err != nil {
		return trial.Sample{}, err
	}
	if err := l.WaitRoute(ctx, "cl", addrs[len(addrs)-1]); err != nil {
		return trial.Sample{}, err
	}
	n2, err := l.Topology().Node("n2")
	if err != nil {
		return trial.Sample{}, err
	}
	moved := make(chan error, 1)
	watch, err := l.WatchRouteLoss("n3", n2.RouterID, func() { moved <- l.SetAddresses("n3", addrs, true) })
	if err != nil {
		return trial.Sample{}, err
	}
	defer watch.Close()
	t := trial.Trial{
		ICMP:  addrs,
		Fault: func(context.Context) error { return l.PowerOff("n2") },
		Done: func(ctx context.Context) error {
			select {
			case err := <-moved:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	}
	out, err := t.Run(ctx, l, time.Minute)
	err = errors.Join(err, l.PowerOn("n2"), l.SetAddresses("n3", addrs, false), l.WaitReady(ctx))
	return out["icmp"], err
}
