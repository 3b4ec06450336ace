package systemd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"srr/internal/agent/cgroup"
)

// holderGroup is the cgroup of the holder, below the scope.
const holderGroup = "hold"

// holderCommand waits for the end of its standard input. The comment is for
// people who see it in `systemctl status` or ps.
const holderCommand = "read end # keeps this scope ready while srrd runs"

// lifeline is the standard input of all holders. Nothing is ever written to
// it. The kernel closes it with srrd, however that ends, and with it go the
// holders: no scope without a service outlives the daemon.
type lifeline struct{ theirs, ours *os.File }

func newLifeline() (l lifeline, err error) {
	l.theirs, l.ours, err = os.Pipe()
	return l, err
}

func (l lifeline) Close() error { return errors.Join(l.ours.Close(), l.theirs.Close()) }

// holder is a process that does nothing but live, because a scope ends with
// its last process. It costs as much as a shell that waits: 0.2 MB of memory of its own.
type holder struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// spawn starts a holder in a cgroup, which is made if its parent is there;
// "": in our own.
func (l lifeline) spawn(group string) (*holder, error) {
	cmd := &exec.Cmd{
		Path: "/bin/sh", Args: []string{"sh", "-c", holderCommand}, Env: []string{}, Dir: "/", Stdin: l.theirs,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	start := cgroup.Start
	if group != "" {
		dir, err := openGroup(group)
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		start = func(cmd *exec.Cmd) error { return cgroup.StartIn(dir, cmd) }
	}
	if err := start(cmd); err != nil {
		return nil, fmt.Errorf("run the holder of a scope: %w", err)
	}
	h := &holder{cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(h.ended)
	}()
	return h, nil
}

func openGroup(dir string) (*os.File, error) {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create cgroup: %w", err)
	}
	return os.Open(dir)
}

func (h *holder) pid() int { return h.cmd.Process.Pid }

// lives reports whether there is a holder and it has not ended.
func (h *holder) lives() bool {
	if h == nil {
		return false
	}
	select {
	case <-h.ended:
		return false
	default:
		return true
	}
}

// move puts the holder into another cgroup, which is made if its parent is
// there.
func (h *holder) move(group string) error {
	dir, err := openGroup(group)
	if err != nil {
		return err
	}
	defer dir.Close()
	return os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(h.pid())), 0)
}

// end ends the holder, and the scope, if nothing else is in it.
func (h *holder) end() {
	if h != nil {
		_ = h.cmd.Process.Kill()
	}
}
