package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"srr/internal/agent"
	"srr/internal/service"
)

// Main is the main process of a service that srrd itself has started. It lives
// on when srrd dies, and is found again by its ID and start time.
type Main struct {
	PID   int
	start uint64
	p     *os.Process   // holds a pidfd: a signal never hits another process
	ended chan struct{} // closed when it was reaped; nil if it is not our child
	state *os.ProcessState
	errs  *Service
}

// Spawn starts the command as main process, in the service's cgroup and a
// session of its own. What it prints goes into the files of `start`.
func (s *Service) Spawn(command Command, req agent.Request) (*Main, error) {
	files, err := s.openStreams(service.Start)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	cmd := &exec.Cmd{
		Path: command.Argv[0], Args: command.Argv, Dir: command.Dir,
		Env: s.environment(req, "/dev/null"), Stdout: files.out, Stderr: files.err,
	}
	c := &call{cmd: cmd, group: s.Group(), user: command.User, ended: make(chan struct{})}
	if err := c.start(); err != nil {
		return nil, err
	}
	m := &Main{PID: cmd.Process.Pid, p: cmd.Process, ended: make(chan struct{}), errs: s}
	m.start, _ = StartTime(m.PID) // 0 if it has ended already
	text := fmt.Sprintf("%d %d\n", m.PID, m.start)
	if err := os.WriteFile(s.mainFile(), []byte(text), 0o600); err != nil {
		c.kill()
		return nil, err
	}
	go func() {
		<-c.ended
		m.state = cmd.ProcessState
		close(m.ended)
	}()
	return m, nil
}

func (s *Service) mainFile() string { return filepath.Join(s.dir, "main") }

// Forget removes the note of the main process: it was stopped on purpose.
func (s *Service) Forget() { _ = os.Remove(s.mainFile()) }

// Remembered finds the main process that an earlier srrd has started. Noted
// tells that there was one; it is nil if it has ended since.
func (s *Service) Remembered() (m *Main, noted bool) {
	b, err := os.ReadFile(s.mainFile())
	if err != nil {
		return nil, false
	}
	m = &Main{errs: s}
	if _, err := fmt.Sscan(string(b), &m.PID, &m.start); err != nil || m.PID <= 1 || m.start == 0 {
		return nil, true
	}
	if m.p, err = os.FindProcess(m.PID); err != nil || !m.Alive() {
		return nil, true
	}
	return m, true
}

// Alive reports whether the process has not ended.
func (m *Main) Alive() bool {
	start, err := StartTime(m.PID)
	return err == nil && start == m.start
}

// Signal sends a signal.
func (m *Main) Signal(sig syscall.Signal) error {
	if err := m.p.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal process %d: %w", m.PID, err)
	}
	return nil
}

// Wait blocks until the process has ended.
func (m *Main) Wait(ctx context.Context) error {
	if m.ended == nil {
		return WaitExit(ctx, m.PID, m.start)
	}
	select {
	case <-m.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// How tells how the process ended, with the last line of its stderr.
func (m *Main) How() string {
	text := fmt.Sprintf("main process %d ended", m.PID)
	if m.ended != nil {
		select {
		case <-m.ended:
			text += ": " + m.state.String()
		default:
		}
	}
	if line := m.errs.lastError(); line != "" {
		text += ": " + line
	}
	return oneLine(text)
}

func (s *Service) lastError() string {
	f, err := os.Open(s.outPath(service.Start, "err"))
	if err != nil {
		return ""
	}
	defer f.Close()
	return streams{err: f}.lastLine(nil)
}
