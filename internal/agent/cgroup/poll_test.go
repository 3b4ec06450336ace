package cgroup

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// unwatched makes a cgroup of files of which inotify tells nothing, and which is
// empty after a while.
func unwatched(t *testing.T, emptyAfter time.Duration) (*Group, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	root := &Root{Log: slog.New(slog.NewTextHandler(&log, nil)), events: &notifier{fd: -1}}
	return populated(t, root, emptyAfter), &log
}

// populated is below a root of which inotify tells nothing.
func populated(t *testing.T, root *Root, emptyAfter time.Duration) *Group {
	t.Helper()
	g := &Group{root: root, dir: t.TempDir()}
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(g.dir, "cgroup.events"), []byte("populated "+text+"\n"), 0o600); err != nil {
			t.Error(err)
		}
	}
	write("1")
	time.AfterFunc(emptyAfter, func() { write("0") })
	return g
}

// TestWithoutInotifyInstance: a user may have 128 of them, and all containers of a host
// share these. Here the kernel gives none as this process may open nothing for a moment.
func TestWithoutInotifyInstance(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 0, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	root := New(tree(t.TempDir()))
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	root.Log = slog.New(slog.NewTextHandler(&log, nil))
	synctest.Test(t, func(t *testing.T) {
		for range 2 {
			if err := populated(t, root, time.Second).WaitEmpty(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if n := strings.Count(log.String(), unix.EMFILE.Error()); n != 1 {
			t.Errorf("told %d times: %s", n, &log)
		}
	})
	if err := root.Close(); err != nil {
		t.Error(err)
	}
}

func TestWithoutInotifyADeathIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const life = 10 * time.Minute
		g, log := unwatched(t, life)
		for range 2 { // both begin while it lives
			soon, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := g.WaitEmpty(soon); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("while it lives: %v", err)
			}
			cancel()
		}
		start := time.Now()
		if err := g.WaitEmpty(t.Context()); err != nil {
			t.Fatal(err)
		}
		if late := time.Since(start) - (life - 2*time.Second); late < 0 || late > pollAtLast {
			t.Errorf("seen %v after it", late)
		}
		if n := strings.Count(log.String(), "polled"); n != 1 {
			t.Errorf("told %d times: %s", n, log)
		}
	})
}

func TestWithoutInotifyTERMHasItsGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := unwatched(t, 3*time.Second)
		if !g.Terminate(t.Context(), 10*time.Second) {
			t.Error("it is not empty")
		}
		if _, err := os.Stat(filepath.Join(g.dir, "cgroup.kill")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("it was killed within its grace: %v", err)
		}
	})
}

func TestWithoutInotifyCloseEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := unwatched(t, time.Hour)
		time.AfterFunc(time.Second, func() { g.root.events.Close() })
		if err := g.WaitEmpty(t.Context()); !errors.Is(err, errClosed) {
			t.Error(err)
		}
	})
}
