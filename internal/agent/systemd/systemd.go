// Package systemd speaks with process 1. It is the agent of a systemd unit, whose
// primitives are systemd's jobs and whose death is known by systemd's signals;
// and it makes the scopes in which the processes of other agents live.
package systemd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"srr/internal/agent"
	"srr/internal/service"

	sd "github.com/coreos/go-systemd/v22/dbus"
)

// Agent implements agent.Agent.
type Agent struct {
	bus  *Bus
	name string
	unit string

	mu     sync.Mutex
	status agent.Output
}

var validUnit = regexp.MustCompile(`^[A-Za-z0-9:_.@\\-]{1,240}\.(service|target|mount|socket|slice|scope|timer|path)$`)

// New makes the agent of a service. The unit need not exist yet.
func New(bus *Bus, name, unit string) (*Agent, error) {
	if !validUnit.MatchString(unit) {
		return nil, fmt.Errorf("prepare service %s: %q is no name of a unit", name, unit)
	}
	return &Agent{bus: bus, name: name, unit: unit}, nil
}

// Validate returns an error unless systemd runs here and has loaded the unit; an
// *agent.Unexamined if it runs, but does not answer. See Bus.Warnings for what is
// allowed but unwise.
func Validate(ctx context.Context, unit string) error {
	if !validUnit.MatchString(unit) {
		return fmt.Errorf("%q is no name of a unit", unit)
	}
	if _, err := os.Lstat(bootedMark); errors.Is(err, fs.ErrNotExist) {
		return errors.New("systemd does not run here")
	}
	return validate(ctx, DialHost, unit)
}

func validate(ctx context.Context, dial Dial, unit string) error {
	bus, err := ConnectTo(dial, "")
	if err != nil {
		return &agent.Unexamined{Why: err.Error()}
	}
	defer bus.Close()
	s, err := bus.state(ctx, unit)
	if err != nil {
		return &agent.Unexamined{Why: err.Error()}
	}
	return s.loaded(unit)
}

// Call carries out a primitive.
func (a *Agent) Call(ctx context.Context, req agent.Request) service.Result {
	if ctx.Err() != nil {
		return cannotRun(errors.New("cancelled"))
	}
	limit, cancel := context.WithTimeout(ctx, req.Timeout)
	defer cancel()
	var res service.Result
	switch req.Primitive {
	case service.Start:
		res = a.started(limit, a.job(limit, (*sd.Conn).StartUnitContext))
	case service.Restart:
		res = a.started(limit, a.job(limit, (*sd.Conn).RestartUnitContext))
	case service.Reload:
		res = a.job(limit, (*sd.Conn).ReloadUnitContext)
	case service.Stop:
		return a.stop(ctx, limit, req)
	case service.Status:
		res = a.look(limit)
	case service.Check:
		res = a.check(limit)
	}
	return a.cut(ctx, limit, req, res)
}

// cut says how a call ended that had no time left.
func (a *Agent) cut(ctx, limit context.Context, req agent.Request, res service.Result) service.Result {
	switch {
	case res.Outcome == service.OK:
	case ctx.Err() != nil:
		return cannotRun(errors.New("cancelled"))
	case limit.Err() != nil:
		return service.Result{
			Outcome: service.TimedOut,
			Text:    fmt.Sprintf("no end of %s within %v", req.Primitive, req.Timeout),
		}
	}
	return res
}

// started demands that a unit is up after its job: a condition that does not
// hold skips the start, and the job succeeds.
func (a *Agent) started(ctx context.Context, res service.Result) service.Result {
	if res.Outcome != service.OK {
		return res
	}
	s, err := a.bus.state(ctx, a.unit)
	switch {
	case err != nil:
		return cannotRun(err)
	case !s.up():
		return a.failed(ctx, "not up after its start")
	}
	return res
}

func (a *Agent) check(ctx context.Context) service.Result {
	s, err := a.bus.state(ctx, a.unit)
	switch {
	case err != nil:
		return cannotRun(err)
	case !s.up():
		return failure("unit is " + s.why())
	}
	return service.Result{Text: s.why()}
}

// look keeps the unit's state for the operator.
func (a *Agent) look(ctx context.Context) service.Result {
	s, err := a.bus.state(ctx, a.unit)
	if err != nil {
		return cannotRun(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status = agent.Output{Primitive: service.Status, At: time.Now(), Stdout: []byte(s.String())}
	return service.Result{Text: s.why()}
}

// Outputs returns the last status.
func (a *Agent) Outputs() []agent.Output {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.status.Stdout == nil {
		return nil
	}
	return []agent.Output{a.status}
}

// Probe tells what systemd knows.
func (a *Agent) Probe(ctx context.Context) (agent.Found, error) {
	s, err := a.bus.state(ctx, a.unit)
	if err != nil {
		return agent.Found{}, err
	}
	return agent.Found{Running: !s.down() || !a.bus.empty(s), Text: "unit " + a.unit + " is " + s.why()}, nil
}

// Watch blocks until the unit is not up any more. While systemd cannot be
// asked, nothing is known, and nobody is dead.
func (a *Agent) Watch(ctx context.Context) string {
	changed, cancel := a.bus.subscribe(a.unit)
	defer cancel()
	for {
		var again <-chan time.Time
		asked, done := context.WithTimeout(ctx, dialTimeout)
		s, err := a.bus.state(asked, a.unit)
		done()
		switch {
		case err != nil:
			again = time.After(redialAfter)
		case !s.up():
			return "unit " + a.unit + " is " + s.why()
		}
		select {
		case <-changed:
		case <-again:
		case <-ctx.Done():
			return ""
		}
	}
}

func failure(text string) service.Result {
	return service.Result{Outcome: service.Failure, Code: 1, Text: clip(text)}
}

func cannotRun(err error) service.Result {
	return service.Result{Outcome: service.CannotRun, Text: clip(err.Error())}
}

func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), 200)], "") }
