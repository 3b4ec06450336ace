package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"srr/internal/agent/process"
	"srr/internal/agent/trust"
	"srr/internal/api"
)

// predecessorWait is how long a predecessor may take to end: longer than its
// own timer would let it live without its loop.
const predecessorWait = 5 * time.Second

// listen takes the socket. If another srrd holds it that is frozen or does not
// end, the recorded process is killed, but only if it is still the process that
// was recorded and runs this very executable.
func listen(ctx context.Context, socket, pidFile string, log *slog.Logger) (net.Listener, error) {
	l, err := api.Listen(socket)
	if errors.Is(err, api.ErrInUse) {
		if err := endFrozen(pidFile, log); err != nil {
			return nil, fmt.Errorf("listen on %s: %w: %w", socket, api.ErrInUse, err)
		}
		for start := time.Now(); errors.Is(err, api.ErrInUse) && time.Since(start) < predecessorWait; {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(20 * time.Millisecond):
			}
			l, err = api.Listen(socket)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := recordPID(pidFile); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// ownDirectories makes what this daemon writes into, and refuses what somebody else
// could write into: a link in there would lead root's writing anywhere.
func ownDirectories(dirs ...string) error {
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := trust.Directory(dir); err != nil {
			return err
		}
	}
	return nil
}

// recordPID notes who holds the socket: process ID and start time name a
// process for ever.
func recordPID(path string) error {
	start, err := process.StartTime(os.Getpid())
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%d %d\n", os.Getpid(), start)
	tmp := path + ".new"
	os.Remove(tmp)
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		return fmt.Errorf("record the process ID: %w", err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("record the process ID: %w", err)
	}
	return os.Rename(tmp, path)
}

// endFrozen kills a predecessor that is stopped; one that runs is left alone.
func endFrozen(pidFile string, log *slog.Logger) error {
	b, err := os.ReadFile(pidFile)
	if err != nil {
		return err
	}
	var pid int
	var start uint64
	if _, err := fmt.Sscanf(string(b), "%d %d", &pid, &start); err != nil || pid < 2 {
		return fmt.Errorf("read %s: no process ID", pidFile)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil // it has ended just now
	}
	defer unix.Close(fd)
	now, err := process.StartTime(pid)
	if err != nil || now != start {
		return nil
	}
	mine, _ := os.Readlink("/proc/self/exe")
	its, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil || strings.TrimSuffix(its, " (deleted)") != strings.TrimSuffix(mine, " (deleted)") {
		return fmt.Errorf("process %d does not run %s", pid, mine)
	}
	if !frozen(pid) {
		return fmt.Errorf("process %d is alive", pid)
	}
	log.Warn("a frozen predecessor is ended", "from", pid)
	return unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
}

// frozen reports whether a process is stopped or in uninterruptible sleep.
func frozen(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, ok := strings.Cut(string(b), ") ")
	return ok && len(rest) > 0 && strings.ContainsRune("TtD", rune(rest[0]))
}
