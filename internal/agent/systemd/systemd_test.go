package systemd

import (
	"bufio"
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"srr/internal/agent"
)

func TestUnitNames(t *testing.T) { // fault T12
	for name, ok := range map[string]bool{
		"web.service": true, "getty@tty1.service": true, `dev-disk\x2d1.mount`: true,
		"": false, "web": false, "../web.service": false, "a b.service": false, "a$(id).service": false, "-h/x.service": false,
	} {
		if _, err := New(nil, "web", name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestNoSystemd(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	if _, err := ConnectTo(func() (*dbus.Conn, error) { return DialSocket(missing, false) }, ""); err == nil {
		t.Error("connected to nothing")
	}
}

// TestValidateUnanswered: of a unit that nobody could ask for, nothing is known.
func TestValidateUnanswered(t *testing.T) {
	dial := func() (*dbus.Conn, error) { return nil, errors.New("connection refused") }
	err := validate(t.Context(), dial, "nginx.service")
	if _, unexamined := errors.AsType[*agent.Unexamined](err); !unexamined || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
	for load, want := range map[string]bool{"loaded": true, "not-found": false, "masked": false, "error": false} {
		if err := (state{load: load}).loaded("nginx.service"); (err == nil) != want {
			t.Errorf("%s: %v", load, err)
		}
	}
}

// silentBus greets clients, and answers nothing, as a message bus does while process 1 hangs.
func silentBus(t *testing.T) (path string) {
	path = filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	answers := map[string]string{
		"\x00AUTH": "REJECTED EXTERNAL", "AUTH": "OK 0123456789abcdef0123456789abcdef", "NEGOTIATE_UNIX_FD": "ERROR",
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for r := bufio.NewReader(c); ; {
					line, err := r.ReadString('\n')
					if err != nil {
						return
					}
					if answer := answers[strings.Fields(line)[0]]; answer != "" {
						_, _ = c.Write([]byte(answer + "\r\n"))
						continue
					}
					for { // BEGIN
						if _, err := r.ReadByte(); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	return path
}

// TestSystemdThatSaysNothing: who connects does not wait for ever.
func TestSystemdThatSaysNothing(t *testing.T) {
	t.Parallel()
	path := silentBus(t)
	asked := make(chan error, 1)
	go func() {
		_, err := ConnectTo(func() (*dbus.Conn, error) { return DialSocket(path, false) }, "")
		asked <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case err := <-asked:
		if err == nil {
			t.Error("it is connected")
		}
	case <-ctx.Done():
		t.Fatal("it waits")
	}
}
