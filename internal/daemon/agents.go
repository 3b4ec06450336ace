package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/executable"
	"srr/internal/agent/foreground"
	"srr/internal/agent/makefile"
	"srr/internal/agent/none"
	"srr/internal/agent/process"
	"srr/internal/agent/systemd"
	"srr/internal/config"
	"srr/internal/node"
	"srr/internal/notify"
	"srr/internal/service"
)

// agents are the agents of all services. Runner goroutines look them up while
// the loop may replace them.
type agents struct {
	host *process.Host
	log  *slog.Logger
	unit units

	mu sync.Mutex
	agentSet
}

// agentSet is the agents of one configuration.
type agentSet struct {
	byName map[string]agent.Agent
	specs  map[string]string // what each was made from
	groups []string          // the services that need a control group
}

func newAgents(host *process.Host, log *slog.Logger) *agents {
	return &agents{host: host, log: log}
}

func (a *agents) of(name string) agent.Agent {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.byName[name]
}

// prepare makes the agents of all services, which changes nothing yet; one whose
// definition did not change is kept, because it knows the processes that it started.
func (a *agents) prepare(services []config.Service) (agentSet, error) {
	next := agentSet{map[string]agent.Agent{}, map[string]string{}, withProcesses(services)}
	var errs []error
	for i := range services {
		s := &services[i]
		spec := fmt.Sprintf("%+v", s.Agent)
		if old := a.of(s.Name); old != nil && a.specs[s.Name] == spec {
			next.byName[s.Name], next.specs[s.Name] = old, spec
			continue
		}
		made, err := a.make(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("make the agent of %s: %w", s.Name, err))
			continue
		}
		next.byName[s.Name], next.specs[s.Name] = made, spec
	}
	return next, errors.Join(errs...)
}

// use takes over what was prepared.
func (a *agents) use(next agentSet) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.agentSet = next
	a.host.Groups.Keep(next.groups)
}

// withProcesses names the services for which srrd runs programs itself.
func withProcesses(services []config.Service) (names []string) {
	for i := range services {
		s := &services[i]
		switch {
		case s.Agent.Kind == config.AgentMake, s.Agent.Kind == config.AgentExec, s.Agent.Kind == config.AgentRun,
			s.Check.Kind == config.CheckCommand:
			names = append(names, s.Name)
		}
	}
	return names
}

func (a *agents) make(s *config.Service) (agent.Agent, error) {
	switch s.Agent.Kind {
	case config.AgentMake:
		return makefile.New(a.host, s.Name, s.Agent.Path, s.Agent.PIDFile)
	case config.AgentExec:
		return executable.New(a.host, s.Name, executable.Options{Path: s.Agent.Path, PidFile: s.Agent.PIDFile, Answers: answered(s.Agent.Primitives)})
	case config.AgentRun:
		return foreground.New(a.host, s.Name, foreground.Options{Run: s.Agent.Args})
	case config.AgentUnit:
		return a.unit.make(s.Name, s.Agent.Unit)
	}
	return none.Agent{}, nil
}

func answered(set [service.NumPrimitives]bool) (ps []service.Primitive) {
	for p := range service.NumPrimitives {
		if set[p] {
			ps = append(ps, p)
		}
	}
	return ps
}

// Prober looks at agents for config.Load.
type Prober struct{}

// validateTimeout bounds the look at one agent.
const validateTimeout = 10 * time.Second

// CheckAgent reports what would keep an agent from working.
func (Prober) CheckAgent(ctx context.Context, s config.AgentSpec) error {
	ctx, cancel := context.WithTimeout(ctx, validateTimeout)
	defer cancel()
	switch s.Kind {
	case config.AgentMake:
		return makefile.Validate(ctx, s.Path)
	case config.AgentExec:
		return executable.Validate(s.Path)
	case config.AgentRun:
		return executable.Validate(s.Args[0])
	case config.AgentUnit:
		return systemd.Validate(ctx, s.Unit)
	}
	return nil
}

// CheckSecret reports what would keep a secret from being read.
func (Prober) CheckSecret(path string) error { return notify.CheckSecret(path) }

// agentEvent hands what a runner reports to the loop.
func (d *Daemon) agentEvent(e agent.Event) {
	if e.Done {
		d.outcomes.keep(e)
		d.send(node.Done{Service: e.Service, ID: e.ID, Result: e.Result})
	}
	if e.Died {
		d.send(node.Died{Service: e.Service, Text: e.Text})
	}
}
