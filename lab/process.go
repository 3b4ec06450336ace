package lab

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Process identifies a process beyond the reuse of its number.
type Process struct {
	PID int `json:"pid"`
	// Start is field 22 of /proc/PID/stat, in clock ticks since the boot.
	Start uint64 `json:"start"`
}

// identify looks up the start time of a running process.
func identify(pid int) (Process, error) {
	start, zombie, err := procStat(pid)
	if err != nil {
		return Process{}, err
	}
	if zombie {
		return Process{}, fmt.Errorf("identify process %d: it has ended", pid)
	}
	return Process{PID: pid, Start: start}, nil
}

// Alive reports whether this very process runs.
func (p Process) Alive() bool {
	if p.PID <= 0 {
		return false
	}
	start, zombie, err := procStat(p.PID)
	return err == nil && !zombie && start == p.Start
}

// Signal sends a signal to this very process, and to no other that may have
// got its number. A process that has ended is no error.
func (p Process) Signal(sig syscall.Signal) error {
	if p.PID <= 1 {
		return fmt.Errorf("signal process %d: not a process of the lab", p.PID)
	}
	// The handle pins the process: its number cannot be reused between the
	// comparison of the start time and the signal.
	h, err := os.FindProcess(p.PID)
	if err != nil {
		return fmt.Errorf("signal process %d: %w", p.PID, err)
	}
	defer func() { _ = h.Release() }()
	if !p.Alive() {
		return nil
	}
	if err := h.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal process %d: %w", p.PID, err)
	}
	return nil
}

// procStat reads start time and state, see proc_pid_stat(5).
func procStat(pid int) (start uint64, zombie bool, err error) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, false, fmt.Errorf("identify process %d: %w", pid, err)
	}
	// The name in parentheses may hold anything, even parentheses.
	_, rest, ok := cutLast(string(data), ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 20 {
		return 0, false, fmt.Errorf("identify process %d: malformed stat", pid)
	}
	start, err = strconv.ParseUint(fields[19], 10, 64)
	return start, fields[0] == "Z" || fields[0] == "X", err
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// waitFor polls until the condition holds.
func waitFor(limit time.Duration, what string, cond func() bool) error {
	deadline := time.Now().Add(limit)
	for !cond() {
		if time.Now().After(deadline) {
			return fmt.Errorf("wait for %s: not within %v", what, limit)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}
