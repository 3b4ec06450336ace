// Package foreground is the agent of a service that is one process in the
// foreground: srrd starts it, knows of its death at once, and finds it again
// after a restart of its own.
package foreground

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/process"
	"srr/internal/agent/trust"
	"srr/internal/service"
)

const (
	defaultSettle = 100 * time.Millisecond
	readyEvery    = 100 * time.Millisecond
)

// Options of New.
type Options struct {
	Run    []string            // the command, without a shell; Run[0] is an absolute path
	Dir    string              // working directory; empty: /
	User   *syscall.Credential // nil: root
	Stop   syscall.Signal      // 0: TERM
	Reload syscall.Signal      // 0: HUP
	// Settle is how long the process must live to count as started; 0: 100 ms.
	Settle time.Duration
	// Ready is asked after that, until it returns nil; nil: no question.
	Ready func(context.Context) error
}

// Agent implements agent.Agent.
type Agent struct {
	*process.Service
	opts Options
	look *trust.Look

	mu    sync.Mutex
	main  *process.Main
	noted bool // a main process was started and not stopped by us
}

// New makes the agent, and adopts the process if it runs.
func New(host *process.Host, name string, o Options) (*Agent, error) {
	if len(o.Run) == 0 {
		return nil, fmt.Errorf("prepare service %s: no command to run", name)
	}
	s, err := process.New(host, name, "")
	if err != nil {
		return nil, err
	}
	if o.Dir == "" {
		o.Dir = "/"
	}
	if o.Stop == 0 {
		o.Stop = syscall.SIGTERM
	}
	if o.Reload == 0 {
		o.Reload = syscall.SIGHUP
	}
	if o.Settle == 0 {
		o.Settle = defaultSettle
	}
	a := &Agent{Service: s, opts: o, look: trust.NewLook(trust.Program, o.Run[0])}
	a.main, a.noted = s.Remembered()
	return a, nil
}

// Call carries out a primitive.
func (a *Agent) Call(ctx context.Context, req agent.Request) service.Result {
	if err := a.EndEarlier(ctx, req.Primitive); err != nil {
		return process.CannotRun(err)
	}
	deadline := time.Now().Add(req.Timeout)
	var res service.Result
	switch req.Primitive {
	case service.Start:
		res = a.start(ctx, req, deadline)
	case service.Stop:
		res = a.stop(ctx, deadline)
	case service.Restart:
		// A process that does not end by itself must leave time to start the next one.
		if res = a.stop(ctx, deadline.Add(-req.Timeout/2)); res.Outcome == service.OK {
			res = a.start(ctx, req, deadline)
		}
	case service.Reload:
		res = a.reload()
	case service.Status:
		a.Print(service.Status, a.Table())
	case service.Check:
		if m := a.living(); m == nil {
			res = process.Failure(1, "the process does not run")
		}
	}
	return a.Settle(ctx, req, res, deadline)
}

// Probe tells whether the process runs, or anything that it left.
func (a *Agent) Probe(ctx context.Context) (agent.Found, error) {
	if m := a.living(); m != nil {
		return agent.Found{Running: true, Text: fmt.Sprintf("main process %d", m.PID)}, nil
	}
	return a.Service.Probe(ctx)
}

// Kill ends the process and what it left, by force.
func (a *Agent) Kill(ctx context.Context) bool {
	m := a.living()
	if m != nil {
		_ = m.Signal(syscall.SIGKILL)
	}
	if a.Group() != nil {
		return a.Service.Kill(ctx)
	}
	return m == nil || m.Wait(ctx) == nil
}

// Watch blocks until the process ends.
func (a *Agent) Watch(ctx context.Context) string {
	a.mu.Lock()
	m, noted := a.main, a.noted
	a.mu.Unlock()
	if m == nil && noted {
		return "the main process ended while nobody watched"
	}
	if m == nil {
		<-ctx.Done()
		return ""
	}
	trimming, cancel := context.WithCancel(ctx)
	defer cancel()
	go a.TrimWhile(trimming)
	if err := m.Wait(ctx); err != nil {
		<-ctx.Done() // not to be watched is not to be dead
		return ""
	}
	return m.How()
}

// living returns the main process if it lives.
func (a *Agent) living() *process.Main {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.main == nil || !a.main.Alive() {
		return nil
	}
	return a.main
}

func (a *Agent) set(m *process.Main) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.main, a.noted = m, m != nil
}

func (a *Agent) start(ctx context.Context, req agent.Request, deadline time.Time) service.Result {
	if m := a.living(); m != nil {
		return service.Result{Text: fmt.Sprintf("process %d runs already", m.PID)}
	}
	if running, text := a.Running(); running && !a.Service.Kill(ctx) {
		return process.Failure(1, "left over, and cannot be ended: "+text)
	}
	if err := a.look.Within(ctx, time.Until(deadline)); err != nil {
		return process.CannotRun(err)
	}
	m, err := a.Spawn(process.Command{Argv: a.opts.Run, Dir: a.opts.Dir, User: a.opts.User}, req)
	if err != nil {
		return process.CannotRun(err)
	}
	a.set(m)
	wait, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	err = a.ready(wait, m)
	switch {
	case err == nil:
		return service.Result{}
	case m.Alive():
		a.endWithin(context.Background(), m, time.Now().Add(2*time.Second))
	}
	a.set(nil)
	a.Forget()
	switch {
	case ctx.Err() != nil:
		return process.CannotRun(fmt.Errorf("cancelled"))
	case wait.Err() != nil:
		return process.TimedOut(fmt.Sprintf("not ready within %v: %v", req.Timeout, err))
	}
	return process.Failure(1, err.Error())
}

// ready returns nil when the process has settled and says that it is ready.
func (a *Agent) ready(ctx context.Context, m *process.Main) error {
	died, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_ = m.Wait(died)
		cancel()
	}()
	wait := a.opts.Settle
	last := ctx.Err()
	for {
		select {
		case <-died.Done():
			if ctx.Err() == nil {
				return fmt.Errorf("%s", m.How())
			}
			if last == nil {
				last = ctx.Err()
			}
			return last
		case <-time.After(wait):
		}
		if a.opts.Ready == nil {
			return nil
		}
		err := a.opts.Ready(died)
		if err == nil {
			return nil
		}
		if died.Err() == nil {
			last = err
		}
		wait = readyEvery
	}
}

func (a *Agent) stop(ctx context.Context, deadline time.Time) service.Result {
	var res service.Result
	if m := a.living(); m != nil {
		switch gone := a.endWithin(ctx, m, deadline); {
		case ctx.Err() != nil && m.Alive():
			return process.CannotRun(fmt.Errorf("cancelled"))
		case !gone:
			res.Text = "killed: it did not end by itself"
		}
		if m.Alive() {
			return process.Failure(1, fmt.Sprintf("process %d cannot be killed", m.PID))
		}
	}
	a.set(nil)
	a.Forget()
	return res
}

// endWithin ends the process, by force after the deadline, and reports whether
// it went by itself. When ctx ends it does nothing more.
func (a *Agent) endWithin(ctx context.Context, m *process.Main, deadline time.Time) bool {
	soft, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	_ = m.Signal(a.opts.Stop)
	_ = m.Signal(syscall.SIGCONT)
	if m.Wait(soft) == nil {
		return true
	}
	if ctx.Err() != nil {
		return false
	}
	_ = m.Signal(syscall.SIGKILL)
	last, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = m.Wait(last)
	return false
}

func (a *Agent) reload() service.Result {
	m := a.living()
	if m == nil {
		return process.Failure(1, "the process does not run")
	}
	if err := m.Signal(a.opts.Reload); err != nil {
		return process.Failure(1, err.Error())
	}
	return service.Result{}
}
