package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	trimEvery   = time.Minute           // how often the output of a running service is cut
	pidFileWait = 5 * time.Second       // how long a daemon may take to write its pid file
	pidFilePoll = 50 * time.Millisecond // and how often we look meanwhile
)

// Watch blocks until the processes of a started service are gone, or the main
// one that the pid file names; it tells how. A service that runs without
// processes (a mount) is never found dead. It returns "" when ctx ends.
func (s *Service) Watch(ctx context.Context) string {
	g := s.Group()
	if g == nil || !s.expected() {
		<-ctx.Done()
		return ""
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.TrimWhile(ctx)
	how := make(chan string, 2)
	go func() {
		if g.WaitEmpty(ctx) == nil {
			how <- "no process of it is left"
		}
	}()
	if s.pidFile != "" {
		go func() {
			pid := s.mainProcess(ctx)
			if pid > 0 && WaitExit(ctx, pid, 0) == nil || pid < 0 && ctx.Err() == nil {
				how <- fmt.Sprintf("main process %d ended", max(pid, -pid))
			}
		}()
	}
	select {
	case text := <-how:
		return text
	case <-ctx.Done():
		return ""
	}
}

// TrimWhile cuts what the service's processes print, now and again, until ctx ends.
// Host.RunDir is in memory as a rule. Agents with a Watch of their own call it there.
func (s *Service) TrimWhile(ctx context.Context) {
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		s.trimAll()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// mainProcess reads the pid file. Its content is the service's word: only a
// process in the service's cgroup is believed. A process that has ended already
// is negative; that is known only when the daemon has had time to write the
// file anew.
func (s *Service) mainProcess(ctx context.Context) int {
	ctx, cancel := context.WithTimeout(ctx, pidFileWait)
	defer cancel()
	for {
		b, err := os.ReadFile(s.pidFile)
		pid, _ := strconv.Atoi(strings.TrimSpace(string(b[:min(len(b), 16)])))
		if err == nil && pid > 0 && s.Group().Contains(pid) {
			return pid
		}
		select {
		case <-time.After(pidFilePoll):
		case <-ctx.Done():
			if err == nil && pid > 0 && errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
				return -pid
			}
			return 0
		}
	}
}

// WaitExit blocks until the process, no child perhaps, has ended (pidfd_open(2)).
// If start is not 0, a process with another start time is another process.
func WaitExit(ctx context.Context, pid int, start uint64) error {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("watch process %d: %w", pid, err)
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	defer f.Close()
	if got, err := StartTime(pid); start != 0 && (err != nil || got != start) {
		return nil
	}
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	raw, err := f.SyscallConn()
	if err != nil {
		return fmt.Errorf("watch process %d: %w", pid, err)
	}
	err = raw.Read(func(fd uintptr) bool {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(p, 0)
		return err == nil && n > 0
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// StartTime returns when a process started, in clock ticks since boot: with the
// process ID it names a process for ever (proc(5), field 22 of stat).
func StartTime(pid int) (uint64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field is a name in parentheses that may hold anything.
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 20 {
		return 0, fmt.Errorf("read start time of process %d: short line", pid)
	}
	if fields[0][0] == 'Z' || fields[0][0] == 'X' {
		return 0, os.ErrProcessDone
	}
	return strconv.ParseUint(string(fields[19]), 10, 64)
}
