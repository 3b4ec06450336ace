package daemon

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

// TestTellSystemdNeverWaits: process 1 may hang, and the loop must not.
func TestTellSystemdNeverWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	told := make(chan struct{})
	go func() {
		defer close(told)
		for range 5000 { // sysctl net.unix.max_dgram_qlen: 10, with systemd 512
			tellSystemd("WATCHDOG=1")
		}
	}()
	select {
	case <-told:
	case <-time.After(30 * time.Second):
		t.Fatal("who hangs stops the loop")
	}
	b := make([]byte, 64)
	if n, err := l.Read(b); err != nil || string(b[:n]) != "WATCHDOG=1" {
		t.Errorf("%q, %v", b[:n], err)
	}
}
