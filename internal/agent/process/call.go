package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/cgroup"
	"srr/internal/service"
)

// Command is what a call runs.
type Command struct {
	Argv     []string // Argv[0] is an absolute path
	Dir      string
	Recall75 bool                // exit status 75 means: call again
	Noise    func(string) bool   // lines of stderr that do not tell the cause; may be nil
	User     *syscall.Credential // whose the process is; nil: root's
}

// Call runs one primitive and judges what it did and what it left behind.
func (s *Service) Call(ctx context.Context, cmd Command, req agent.Request) service.Result {
	if err := s.EndEarlier(ctx, req.Primitive); err != nil {
		return CannotRun(err)
	}
	deadline := time.Now().Add(req.Timeout)
	if req.Primitive == service.Stop {
		s.expect(false)
	}
	res := s.run(ctx, cmd, req)
	return s.Settle(ctx, req, res, deadline)
}

// Nothing is the call of a primitive that has nothing to run. A stop ends the
// processes all the same.
func (s *Service) Nothing(ctx context.Context, req agent.Request) service.Result {
	if err := s.EndEarlier(ctx, req.Primitive); err != nil {
		return CannotRun(err)
	}
	if req.Primitive == service.Stop {
		s.expect(false)
	}
	return s.Settle(ctx, req, service.Result{}, time.Now().Add(req.Timeout))
}

// Settle ends what a primitive of that result must not leave behind. Agents
// whose primitives are no programs call it by themselves. Until the deadline
// what remains of a stopped service has time to end.
func (s *Service) Settle(ctx context.Context, req agent.Request, res service.Result, deadline time.Time) service.Result {
	switch {
	case res.Outcome == service.NotFinished:
	case req.Primitive == service.Start, req.Primitive == service.Restart:
		running, _ := s.Running()
		s.expect(res.Outcome == service.OK && running)
	case req.Primitive == service.Stop:
		return s.verify(ctx, req, res, deadline)
	case req.Primitive == service.Deactivate:
		if base := s.group("base"); base != nil {
			end(ctx, base, deadline)
		}
	}
	return res
}

// verify ends what `stop` has left, by TERM, and by KILL when the deadline has
// passed, and looks whether anything lives.
func (s *Service) verify(ctx context.Context, req agent.Request, res service.Result, deadline time.Time) service.Result {
	ok := res.Outcome == service.OK
	g := s.Group()
	if g == nil {
		res.Verified = ok
		return res
	}
	if ctx.Err() != nil {
		return res // cancelled: whoever did wants no stop any more
	}
	left := len(g.Processes())
	empty := end(ctx, g, deadline)
	resource := len(req.Env.Addresses) == 0
	res.Verified = empty && (ok || !resource)
	switch {
	case !empty:
		res.Text = oneLine(fmt.Sprintf("processes %v cannot be ended; %s", first(g.Processes(), 8), res.Text))
	case left > 0 && res.Text == "":
		res.Text = fmt.Sprintf("ended %d processes that were left", left)
	}
	return res
}

func end(ctx context.Context, g *cgroup.Group, deadline time.Time) bool {
	grace := max(termGrace, time.Until(deadline))
	ctx, cancel := context.WithTimeout(ctx, grace+killGrace)
	defer cancel()
	if !g.Terminate(ctx, grace) {
		return false
	}
	_ = g.Remove()
	return true
}

// run starts the command and waits for its end, for the time-out or for ctx.
func (s *Service) run(ctx context.Context, command Command, req agent.Request) service.Result {
	files, err := s.openStreams(req.Primitive)
	if err != nil {
		return cannotRun(err.Error())
	}
	defer files.Close()
	id := fmt.Sprintf("%s.%d", req.Primitive, s.host.calls.Add(1))
	result := filepath.Join(s.dir, id+".result")
	_ = os.Remove(result)
	defer os.Remove(result)

	cmd := &exec.Cmd{
		Path: command.Argv[0], Args: command.Argv, Dir: command.Dir,
		Env: s.environment(req, result), Stdout: files.out, Stderr: files.err,
	}
	part := "service"
	if !leaves(req.Primitive) {
		part = id
	}
	c := &call{cmd: cmd, files: files, group: s.group(part), user: command.User, ended: make(chan struct{})}
	if leaves(req.Primitive) || c.group == nil && !beside(req.Primitive.String()) {
		c.note = note(filepath.Join(s.dir, id+noteEnd))
	}
	if !leaves(req.Primitive) {
		defer s.sweep(c, req.Primitive)
	}
	if err := c.start(); err != nil {
		return cannotRun(err.Error())
	}
	res, ended := c.wait(ctx, req.Timeout)
	files.trim(keepOutput)
	if !ended {
		return res
	}
	if res, ok := readResult(result); ok {
		return res
	}
	return fromExit(cmd.ProcessState, command.Recall75, files.lastLine(command.Noise))
}

// sweep ends or keeps what a call has left behind, and removes its cgroup.
func (s *Service) sweep(c *call, p service.Primitive) {
	if c.group == nil {
		return
	}
	if !c.group.Empty() {
		if keeps(p) && !c.killed {
			s.group("base").Adopt(c.group, cgroup.All)
		}
		ctx, cancel := context.WithTimeout(context.Background(), killGrace)
		defer cancel()
		c.group.Kill(ctx)
	}
	_ = c.group.Remove() // fails if something cannot be killed: the operator sees it there
}

// call is one running command.
type call struct {
	cmd    *exec.Cmd
	files  streams
	group  *cgroup.Group
	note   note // while it runs, if it is not alone in its group
	user   *syscall.Credential
	ended  chan struct{} // closed when the process was reaped
	killed bool
}

func (c *call) start() error {
	// A session of its own: no terminal, a process group of its own.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: c.user}
	start := func() error { return cgroup.Start(c.cmd) }
	if c.group != nil {
		start = func() error { return c.group.Start(c.cmd) }
	}
	err := c.note.begin()
	if err == nil {
		err = start()
	}
	if err != nil {
		c.note.remove()
		return fmt.Errorf("run %s: %w", c.cmd.Path, err)
	}
	c.note.is(c.cmd.Process.Pid)
	go func() {
		_ = c.cmd.Wait()
		c.note.remove()
		close(c.ended)
	}()
	if c.files.out != nil {
		go c.files.guard(c.ended)
	}
	return nil
}

// wait blocks until the process has ended; if it was killed, ended is false.
func (c *call) wait(ctx context.Context, timeout time.Duration) (res service.Result, ended bool) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-c.ended:
		return res, true
	case <-timer.C:
		c.kill()
		return service.Result{Outcome: service.TimedOut, Text: oneLine(fmt.Sprintf("no answer within %v; %s", timeout, c.files.lastLine(nil)))}, false
	case <-ctx.Done():
		c.kill()
		return cannotRun("cancelled"), false
	}
}

// kill ends the call's process group. A process that cannot be killed (state
// D) is left to the goroutine that waits for it.
func (c *call) kill() {
	c.killed = true
	pid := c.cmd.Process.Pid
	_ = syscall.Kill(-pid, syscall.SIGTERM)
	select {
	case <-c.ended:
	case <-time.After(termGrace):
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	select {
	case <-c.ended:
	case <-time.After(killGrace):
	}
}

// Bound is a service with the one command that its every call runs: a command
// used as a check.
type Bound struct {
	*Service
	Command Command
}

// Call runs the command.
func (b Bound) Call(ctx context.Context, req agent.Request) service.Result {
	return b.Service.Call(ctx, b.Command, req)
}
