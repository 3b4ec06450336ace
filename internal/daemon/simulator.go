package daemon

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/frr/doctor"
	"srr/sim/network"
	"srr/sim/whatif"
)

// simulator answers what-if: it takes a picture of the cluster, and works on
// nothing but that.
type simulator struct{ d *Daemon }

// WhatIf implements api.Simulator.
func (s *simulator) WhatIf(ctx context.Context, q api.WhatIfQuery) (api.WhatIf, error) {
	p, err := s.picture(ctx)
	if err != nil {
		return api.WhatIf{}, err
	}
	ask := func(m *whatif.Model) (*whatif.Answer, error) { return m.Ask(q.Line, expired(ctx)) }
	var changes []string
	if q.Line == "" {
		next, list, err := s.configuration(ctx, q)
		if err != nil {
			return api.WhatIf{}, err
		}
		changes = list
		ask = func(m *whatif.Model) (*whatif.Answer, error) { return m.AskConfig(specs(next), expired(ctx)) }
	}
	a, err := apart(func() (*whatif.Answer, error) {
		m, err := whatif.New(p)
		if err != nil {
			return nil, err
		}
		return ask(m)
	})
	if err != nil {
		return api.WhatIf{}, simulationError(ctx, err)
	}
	v := whatIfView(a)
	v.Line, v.Node, v.At = q.Line, p.Name, p.At
	v.Replies = append(changes, v.Replies...)
	return v, nil
}

// Survives implements api.Simulator.
func (s *simulator) Survives(ctx context.Context) (api.Survives, error) {
	p, err := s.picture(ctx)
	if err != nil {
		return api.Survives{}, err
	}
	score, err := apart(func() (*whatif.Score, error) {
		m, err := whatif.New(p)
		if err != nil {
			return nil, err
		}
		return m.Survives(expired(ctx)), nil
	})
	if err != nil {
		return api.Survives{}, simulationError(ctx, err)
	}
	v := survivesView(score)
	v.Node, v.At = p.Name, p.At
	return v, nil
}

// configuration reads the new configuration and says how it differs; it is an
// error if a reload would refuse it.
func (s *simulator) configuration(ctx context.Context, q api.WhatIfQuery) (next *config.Config, changes []string, err error) {
	next, err = config.Try(s.d.opt.Config, q.ConfigFile, []byte(q.Config))
	if err != nil {
		return nil, nil, &api.Refusal{Rule: "configuration", Text: "the new configuration has mistakes", List: problemList(err)}
	}
	var live, blocked []config.Change
	if err := s.d.inLoop(ctx, func() { live, blocked = config.Diff(s.d.cfg, next, s.d.inactive) }); err != nil {
		return nil, nil, err
	}
	if len(blocked) > 0 {
		return nil, nil, &api.Refusal{Rule: "active", Text: "a reload would refuse it: some changes need an inactive service", List: changeList(blocked)}
	}
	return next, changeList(live), nil
}

// simulationError words what went wrong for operators.
func simulationError(ctx context.Context, err error) error {
	var word *whatif.WordError
	switch {
	case errors.As(err, &word):
		return &api.Refusal{Rule: "words", Text: word.Text}
	case errors.Is(err, whatif.ErrStopped):
		return fmt.Errorf("simulate: %w", ctx.Err())
	}
	return fmt.Errorf("simulate: %w", err)
}

func expired(ctx context.Context) func() bool {
	return func() bool { return ctx.Err() != nil }
}

// simulationNice is how far a simulation steps back behind everything else.
const simulationNice = 10

// apart runs a simulation on a thread of its own, which lets others go first: on
// a host with one processor the loop must not wait for it.
func apart[T any](run func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	done := make(chan answer, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and its priority with it
		_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), simulationNice)
		v, err := run()
		done <- answer{v, err}
	}()
	a := <-done
	return a.v, a.err
}

// picture is the cluster as this node knows it now.
func (s *simulator) picture(ctx context.Context) (*whatif.Picture, error) {
	d := s.d
	p := &whatif.Picture{At: time.Now(), Took: d.outcomes.took()}
	if err := d.inLoop(ctx, func() {
		p.Cluster, p.RouterID, p.Name = d.cfg.Cluster, d.cfg.RouterID, d.cfg.Name
		p.AloneAfter, p.StartCutOff = d.cfg.Join.AloneAfter, d.cfg.Join.StartWhenCutOff
		p.See(d.core)
	}); err != nil {
		return nil, err
	}
	p.Database, p.DatabaseAt = d.lsdb.clone(), bootTime()
	s.timers(ctx, p)
	return p, nil
}

// timersAsk bounds the question for OSPF's timers.
const timersAsk = 3 * time.Second

// timers asks ospfd for its timers, and assumes FRR's own where it does not tell.
func (s *simulator) timers(ctx context.Context, p *whatif.Picture) {
	ctx, cancel := context.WithTimeout(ctx, timersAsk)
	defer cancel()
	t, err := doctor.ReadDetection(ctx, s.d.vty)
	if err != nil {
		t = doctor.Detection{Hello: 10 * time.Second, Dead: 40 * time.Second, Retransmit: 5 * time.Second, LSInterval: 5 * time.Second, LSArrival: time.Second}
		p.Assumed = append(p.Assumed, "OSPF's timers are FRR's defaults: "+err.Error())
	}
	p.Timers = network.Timers{
		Hello: t.Hello, Dead: t.Dead, Retransmit: t.Retransmit, BFD: t.BFD, LSInterval: t.LSInterval, LSArrival: t.LSArrival,
	}
	if t.LSArrival == 0 {
		p.Timers.LSArrival = -1 // none, which its zero value is not
	}
}
