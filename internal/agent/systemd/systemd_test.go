package systemd

import (
	"path/filepath"
	"testing"

	"github.com/godbus/dbus/v5"
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
