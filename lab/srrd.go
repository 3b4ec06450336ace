package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// daemonName is the name of srrd among the processes of a node.
const daemonName = "srrd"

// Daemon says how srrd runs on a node.
type Daemon struct {
	Argv []string `json:"argv"` // absolute path and arguments
	// Restart starts srrd again after this time whenever it ends, as systemd
	// does with Restart=always. 0: never.
	Restart time.Duration `json:"restart"`
	// StopPost is run whenever it has ended and is about to be started again,
	// as ExecStopPost of the unit is.
	StopPost []string `json:"stop_post,omitempty"`
}

// StartDaemon starts srrd on a node. It is started again with the node after a
// loss of power.
func (l *Lab) StartDaemon(node string, d Daemon) error {
	if err := l.update(func(st *State) { st.Daemons[node] = d }); err != nil {
		return err
	}
	if d.Restart == 0 {
		_, err := l.Start(node, daemonName, d.Argv...)
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start srrd on %s: %w", node, err)
	}
	pidFile := l.Path(node, "srrd.pid")
	_ = os.Remove(pidFile)
	spec, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("start srrd on %s: %w", node, err)
	}
	argv := []string{"env", helperEnv + "=supervise", self, pidFile, string(spec)}
	if _, err := l.Start(node, "supervisor", argv...); err != nil {
		return err
	}
	return waitFor(5*time.Second, "srrd on "+node, func() bool { _, ok := l.daemonProcess(node); return ok })
}

// StopDaemon ends srrd on a node with TERM, and its supervisor, and waits for
// the end. It is not started again with the node.
func (l *Lab) StopDaemon(node string) error {
	if err := l.update(func(st *State) { delete(st.Daemons, node) }); err != nil {
		return err
	}
	if p, ok := l.process(node + "/supervisor"); ok {
		if err := p.Signal(sigkill); err != nil {
			return err
		}
	}
	p, ok := l.daemonProcess(node)
	if !ok {
		return nil
	}
	if err := p.Signal(sigterm); err != nil {
		return err
	}
	return waitFor(30*time.Second, "the end of srrd on "+node, func() bool { return !p.Alive() })
}

// daemonProcess finds srrd itself, alone or under a supervisor, which may have
// ended.
func (l *Lab) daemonProcess(node string) (Process, bool) {
	if p, ok := l.process(node + "/" + daemonName); ok {
		return p, true
	}
	data, err := os.ReadFile(l.Path(node, "srrd.pid"))
	if err != nil {
		return Process{}, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || !inGroup(pid, filepath.Join("srr-lab", l.state.Prefix, node)) {
		return Process{}, false
	}
	p, err := identify(pid)
	return p, err == nil
}

// inGroup reports whether a process is in a control group of the lab, so that
// a file with a stale number never leads to somebody else's process.
func inGroup(pid int, group string) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return err == nil && strings.Contains(string(data), group)
}

// DaemonProcess finds the process of srrd on a node.
func (l *Lab) DaemonProcess(node string) (Process, bool) { return l.daemonProcess(node) }

// Daemon is how srrd is started on a node.
func (l *Lab) Daemon(node string) (Daemon, error) {
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	d, ok := l.state.Daemons[node]
	if !ok {
		return d, fmt.Errorf("look up srrd on %s: it was not started", node)
	}
	return d, nil
}

// KillDaemon ends srrd on a node and its supervisor at once, without cleaning
// up. Its services go on. It is not started again with the node.
func (l *Lab) KillDaemon(node string) error {
	if err := l.update(func(st *State) { delete(st.Daemons, node) }); err != nil {
		return err
	}
	p, ok := l.daemonProcess(node)
	if s, ok := l.process(node + "/supervisor"); ok {
		if err := s.Signal(sigkill); err != nil {
			return err
		}
		if err := waitFor(5*time.Second, "the end of the supervisor on "+node, func() bool { return !s.Alive() }); err != nil {
			return err
		}
	}
	if !ok {
		return nil
	}
	if err := p.Signal(sigkill); err != nil {
		return err
	}
	return waitFor(5*time.Second, "the end of srrd on "+node, func() bool { return !p.Alive() })
}
