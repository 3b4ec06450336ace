// Package machine boots systemd as process 1 of a machine that is made of
// namespaces: its own processes, mounts, network, host name and control
// groups. Programs are those of the host; everything that can be written is in
// memory. It needs root, systemd and a cgroup2 hierarchy, and goes with the
// process that booted it, however that ends.
package machine

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// bootTimeout is for the whole boot; it takes one second on an idle host.
const bootTimeout = 30 * time.Second

//go:embed boot.sh
var bootScript string

// Machine is one that runs.
type Machine struct {
	pid   int // of its process 1, here
	group *group
	ended chan struct{}
	log   *bytes.Buffer // of what becomes process 1; whole when ended is closed
}

// Boot starts a machine and waits until systemd has nothing more to start.
// Directories of the host are seen by it at the same place.
func Boot(ctx context.Context, directories ...string) (*Machine, error) {
	if err := sweep(); err != nil {
		return nil, fmt.Errorf("boot machine: %w", err)
	}
	g, err := newGroup()
	if err != nil {
		return nil, fmt.Errorf("boot machine: %w", err)
	}
	m := &Machine{group: g, ended: make(chan struct{}), log: &bytes.Buffer{}}
	if err := m.start(directories); err != nil {
		return nil, errors.Join(fmt.Errorf("boot machine: %w", err), m.Close())
	}
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	if err := m.await(ctx); err != nil {
		err = errors.Join(err, m.Close())
		return nil, fmt.Errorf("boot machine: %w\n%s", err, m.log)
	}
	return m, nil
}

func (m *Machine) start(directories []string) error {
	argv := append([]string{"--cgroup", "sh", "-c", bootScript, "boot"}, directories...)
	cmd := exec.Command("unshare", argv...)
	cmd.Stdout, cmd.Stderr = m.log, m.log
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		UseCgroupFD: true, CgroupFD: int(m.group.lock.Fd()), Setsid: true, Pdeathsig: syscall.SIGKILL,
	}
	started := make(chan error)
	go func() {
		// Pdeathsig is sent when the thread ends that has started the process.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(m.ended)
	}()
	err := <-started
	if err == nil {
		m.pid = cmd.Process.Pid
	}
	return err
}

// await waits until systemd answers that it has started everything.
func (m *Machine) await(ctx context.Context) error {
	for {
		look, err := m.Command(ctx, "systemctl", "is-system-running", "--wait")
		if err != nil {
			return err
		}
		out, _ := look.Output()
		switch state := string(bytes.TrimSpace(out)); state {
		case "running":
			return nil
		case "degraded":
			failed, err := m.Run(ctx, "systemctl", "--failed", "--no-legend", "--plain")
			return errors.Join(fmt.Errorf("systemd could not start: %s", failed), err)
		}
		select {
		case <-m.ended:
			return errors.New("process 1 has ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond): // namespaces, then systemd, are still being set up
		}
	}
}

// Path is where a file of the machine is found from here.
func (m *Machine) Path(file string) string {
	return filepath.Join("/proc", strconv.Itoa(m.pid), "root", file)
}

// Command prepares a command in the machine. It ends with ctx.
func (m *Machine) Command(ctx context.Context, argv ...string) (*exec.Cmd, error) {
	dir, err := m.group.exec()
	if err != nil {
		return nil, fmt.Errorf("run %s in the machine: %w", argv[0], err)
	}
	argv = append([]string{"-t", strconv.Itoa(m.pid), "-a", "--wd=/", "--"}, argv...)
	cmd := exec.CommandContext(ctx, "nsenter", argv...)
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(dir.Fd()), Setsid: true}
	cmd.WaitDelay = time.Second // what it has started may hold its pipes
	return cmd, nil
}

// Run runs a command in the machine and returns what it printed.
func (m *Machine) Run(ctx context.Context, argv ...string) (string, error) {
	cmd, err := m.Command(ctx, argv...)
	if err != nil {
		return "", err
	}
	out, err := cmd.CombinedOutput()
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return string(out), fmt.Errorf("run %v in the machine: %w: %s", argv, err, bytes.TrimSpace(out))
	}
	return string(out), nil
}

// Close ends everything in the machine and removes what it was made of.
func (m *Machine) Close() error {
	err := m.group.remove()
	if m.pid != 0 {
		<-m.ended
	}
	return err
}

// Journal is the end of what systemd and its services have logged.
func (m *Machine) Journal() string {
	out, err := m.Run(context.Background(), "journalctl", "--no-pager", "-o", "short-monotonic", "-n", "100")
	if err != nil {
		return err.Error()
	}
	return out
}
