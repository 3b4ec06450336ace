// Package makefile is the native agent: each primitive is a target of the same
// name in a Makefile (thesis, chapter 6.6). Values come in the environment,
// never on a command line.
package makefile

import (
	"context"
	"path/filepath"
	"regexp"

	"srr/internal/agent"
	"srr/internal/agent/process"
	"srr/internal/agent/trust"
	"srr/internal/service"
)

const makeProgram = "/usr/bin/make"

// Agent implements agent.Agent.
type Agent struct {
	*process.Service
	path string
	look *trust.Look
}

// New makes the agent of a service. It does not look at the Makefile, see
// Validate: a disk that hangs concerns who calls. PidFile may be empty, see process.New.
func New(host *process.Host, name, path, pidFile string) (*Agent, error) {
	s, err := process.New(host, name, pidFile)
	if err != nil {
		return nil, err
	}
	return &Agent{Service: s, path: path, look: trust.NewLook(trust.File, path)}, nil
}

// Call runs the target. The Makefile's owner and mode are looked at each time:
// they may have changed since the configuration was read.
func (a *Agent) Call(ctx context.Context, req agent.Request) service.Result {
	if err := a.look.Within(ctx, req.Timeout); err != nil {
		return process.CannotRun(err)
	}
	return a.Service.Call(ctx, process.Command{
		Argv: argv(a.path, req.Primitive), Dir: "/", Noise: noise.MatchString,
	}, req)
}

// argv is without a shell. Option -r drops the built-in rules: with them, an
// empty target `start` next to a file start.sh would make a copy of the file.
func argv(path string, p service.Primitive) []string {
	dir, file := filepath.Split(path)
	return []string{makeProgram, "-r", "-C", dir, "-f", file, "--no-print-directory", "--", p.String()}
}

// noise matches what make itself says about a recipe that failed; the recipe's
// own last line is the cause.
var noise = regexp.MustCompile(`^make(\[\d+\])?: (\*\*\*|Target .* not remade)`)
