// Package executable is the agent that calls one program with the primitive's
// name as its argument. Exit status 75 means: call again in a second.
package executable

import (
	"context"
	"slices"

	"srr/internal/agent"
	"srr/internal/agent/process"
	"srr/internal/agent/trust"
	"srr/internal/service"
)

// Agent implements agent.Agent.
type Agent struct {
	*process.Service
	path    string
	look    *trust.Look
	answers []service.Primitive
}

// Options of New.
type Options struct {
	Path    string              // of the program, absolute
	PidFile string              // may be empty, see process.New
	Answers []service.Primitive // which primitives the program knows; empty: all
}

// New makes the agent of a service. It does not look at the program, see Validate:
// a disk that hangs concerns who calls.
func New(host *process.Host, name string, o Options) (*Agent, error) {
	s, err := process.New(host, name, o.PidFile)
	if err != nil {
		return nil, err
	}
	return &Agent{Service: s, path: o.Path, look: trust.NewLook(trust.Program, o.Path), answers: o.Answers}, nil
}

// Call runs the program, if nobody but root can change it. A primitive that it does not know succeeds without;
// a stop ends the processes all the same.
func (a *Agent) Call(ctx context.Context, req agent.Request) service.Result {
	if len(a.answers) > 0 && !slices.Contains(a.answers, req.Primitive) {
		return a.Nothing(ctx, req)
	}
	if err := a.look.Within(ctx, req.Timeout); err != nil {
		return process.CannotRun(err)
	}
	return a.Service.Call(ctx, process.Command{
		Argv: []string{a.path, req.Primitive.String()}, Dir: "/", Recall75: true,
	}, req)
}
