package api_test

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// asNobody runs f on a thread of its own with the user and group of nobody: what the
// kernel says of who connects is the thread's.
func asNobody(t *testing.T, f func() error) error {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with it
		const nobody = 65534
		for _, call := range []uintptr{unix.SYS_SETRESGID, unix.SYS_SETRESUID} {
			if _, _, errno := unix.RawSyscall(call, nobody, nobody, nobody); errno != 0 {
				done <- errno
				return
			}
		}
		done <- f()
	}()
	return <-done
}

// TestOtherUser: somebody else does not get to the socket; and if an operator opens
// the way there, the kernel's word of who connects still counts.
func TestOtherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		return // only root can be somebody else
	}
	_, _, c, path := serve(t)
	ask := func() error {
		conn, err := net.Dial("unix", path)
		if err != nil {
			return err
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.WriteString(conn, "GET /v1/snapshot HTTP/1.1\r\nHost: srrd\r\n\r\n"); err != nil {
			return err
		}
		answer, err := io.ReadAll(conn)
		if len(answer) > 0 {
			t.Errorf("somebody else is told %.40q", answer)
		}
		return errors.Join(err, io.EOF)
	}
	if err := asNobody(t, ask); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the way is not closed: %v", err)
	}
	for dir := filepath.Dir(path); strings.HasPrefix(filepath.Base(dir), "run") || strings.HasPrefix(filepath.Base(dir), "srr"); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := asNobody(t, ask); err == nil || errors.Is(err, fs.ErrPermission) {
		t.Errorf("the open way: %v", err)
	}
	if _, err := c.Snapshot(t.Context()); err != nil {
		t.Errorf("its owner: %v", err)
	}
}
