package daemon

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"srr/internal/agent/process"
)

// TestOwnDirectories: srrd makes what is not there for itself alone, and does not
// write where somebody else could have put a link.
func TestOwnDirectories(t *testing.T) {
	top := t.TempDir()
	fresh := filepath.Join(top, "lib", "srr")
	if err := ownDirectories(fresh, fresh); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(fresh); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	open := filepath.Join(top, "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(open, filepath.Join(top, "link")); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{open, filepath.Join(open, "below"), filepath.Join(top, "link")} {
		if err := ownDirectories(fresh, dir); err == nil || !strings.Contains(err.Error(), "open is writable by others") && !strings.Contains(err.Error(), "it is writable") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// TestFrozen: a thread that hangs in a disk does not keep the others from serving.
func TestFrozen(t *testing.T) {
	for states, want := range map[string]bool{"D": true, "TTT": true, "DDD": true, "t": true, "DS": false, "SD": false, "TR": false, "S": false, "": false} {
		proc := t.TempDir()
		for i, s := range states {
			dir := filepath.Join(proc, "task", fmt.Sprint(100+i))
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "stat"), fmt.Appendf(nil, "%d (srrd) %c 1 100", 100+i, s), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := frozen(proc); got != want {
			t.Errorf("%q: %v", states, got)
		}
	}
}

// TestStaysFrozen: what is ended has not run for longer than its own timer would
// have let it live.
func TestStaysFrozen(t *testing.T) {
	for _, c := range []struct {
		lasts, took time.Duration
		want        bool
	}{{time.Hour, frozenFor, true}, {guardAfter, guardAfter, false}, {time.Millisecond, frozenLook, false}} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			got := staysFrozen(t.Context(), func() bool { return time.Since(began) < c.lasts })
			if took := time.Since(began); got != c.want || took != c.took {
				t.Errorf("frozen for %v: %v after %v", c.lasts, got, took)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if staysFrozen(ctx, func() bool { return true }) {
		t.Error("given up, and ended all the same")
	}
}

// TestPredecessorRuns is the predecessor of TestEndFrozen.
func TestPredecessorRuns(t *testing.T) {
	if os.Getenv("SRR_TEST_PREDECESSOR") == "" {
		t.Skip("only as a process of its own")
	}
	fmt.Println("runs")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// predecessor starts a process of this executable and records it.
func predecessor(t *testing.T) (cmd *exec.Cmd, pidFile string) {
	t.Helper()
	cmd = exec.Command("/proc/self/exe", "-test.run=^TestPredecessorRuns$", "-test.v")
	cmd.Env = append(os.Environ(), "SRR_TEST_PREDECESSOR=1")
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for in := bufio.NewScanner(out); in.Scan() && in.Text() != "runs"; {
	}
	start, err := process.StartTime(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	pidFile = filepath.Join(t.TempDir(), "srrd.pid")
	if err := os.WriteFile(pidFile, fmt.Appendf(nil, "%d %d\n", cmd.Process.Pid, start), 0o600); err != nil {
		t.Fatal(err)
	}
	return cmd, pidFile
}

// stop stops it, and returns when it is stopped.
func stop(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(cmd.Process.Pid, &status, unix.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("%v, %v", status, err)
	}
}

// onLine does something for each line of a log.
type onLine func(string)

func (f onLine) Write(b []byte) (int, error) {
	f(string(b))
	return len(b), nil
}

// TestEndFrozen: one that runs is left alone, and for one that ends by itself that is all.
func TestEndFrozen(t *testing.T) {
	cmd, pidFile := predecessor(t)
	said := ""
	log := slog.New(slog.NewTextHandler(onLine(func(line string) {
		said += line
		_ = cmd.Process.Kill() // as its own timer would
	}), nil))
	if err := endFrozen(t.Context(), pidFile, log); err == nil || !strings.Contains(err.Error(), "is alive") || said != "" {
		t.Fatalf("one that runs: %v, %q", err, said)
	}
	stop(t, cmd)
	if err := endFrozen(t.Context(), pidFile, log); err != nil || strings.Count(said, "\n") != 1 {
		t.Errorf("one that ends: %v, %q", err, said)
	}
}
