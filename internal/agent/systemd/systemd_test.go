package systemd

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

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
