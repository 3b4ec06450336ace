package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"srr/internal/agent/process"
	"srr/internal/agent/trust"
	"srr/internal/api"
)

const (
	// predecessorWait is how long a predecessor may take to end after it was killed.
	predecessorWait = 5 * time.Second
	// frozenFor is how long it must not have run before that: a loop that is frozen is
	// ended by its own timer sooner.
	frozenFor  = guardAfter + time.Second
	frozenLook = 50 * time.Millisecond
)

// listen takes the socket. If another srrd holds it that stays frozen, the recorded
// process is killed, but only if it is still the process that was recorded and runs
// this very executable.
func listen(ctx context.Context, socket, pidFile string, log *slog.Logger) (net.Listener, error) {
	l, err := api.Listen(socket)
	if errors.Is(err, api.ErrInUse) {
		if err := endFrozen(ctx, pidFile, log); err != nil {
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

// endFrozen kills a predecessor that is stopped; one that runs is left alone, and one
// that its own timer ends is waited for.
func endFrozen(ctx context.Context, pidFile string, log *slog.Logger) error {
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
	proc := fmt.Sprintf("/proc/%d", pid)
	mine, _ := os.Readlink("/proc/self/exe")
	its, err := os.Readlink(proc + "/exe")
	if err != nil || strings.TrimSuffix(its, " (deleted)") != strings.TrimSuffix(mine, " (deleted)") {
		return fmt.Errorf("process %d does not run %s", pid, mine)
	}
	alive := fmt.Errorf("process %d is alive", pid)
	if !frozen(proc) {
		return alive
	}
	log.Warn("another srrd has the socket and does not run; if that stays so it is ended", "from", pid, "after", frozenFor)
	switch {
	case staysFrozen(ctx, func() bool { return frozen(proc) }):
		log.Warn("a frozen predecessor is ended", "from", pid)
		return unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	case ctx.Err() != nil:
		return ctx.Err()
	case ends(fd):
		return nil
	}
	return alive
}

// staysFrozen looks again and again: once is no proof.
func staysFrozen(ctx context.Context, frozen func() bool) bool {
	for start := time.Now(); time.Since(start) < frozenFor; {
		if !frozen() {
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(frozenLook):
		}
	}
	return frozen()
}

// frozen reports whether no thread of the process at this directory of /proc can run:
// each is stopped or in uninterruptible sleep. One of them in a disk that hangs does not
// keep the others from serving.
func frozen(proc string) bool {
	threads, _ := filepath.Glob(proc + "/task/*/stat")
	seen := false
	for _, path := range threads {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, ok := strings.Cut(string(b), ") ")
		if !ok || rest == "" || !strings.ContainsRune("TtD", rune(rest[0])) {
			return false
		}
		seen = true
	}
	return seen
}

// ends reports whether the process of a descriptor has ended or does so within a
// second: one that is killed runs for a moment.
func ends(fd int) bool {
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 1000)
		if !errors.Is(err, unix.EINTR) {
			return err == nil && n > 0
		}
	}
}
