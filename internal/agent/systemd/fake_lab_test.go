//go:build lab

package systemd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
)

// A real systemd is not booted here: its sysinit units work on whatever file
// system they are given, and clean the host's if that is the one. The message
// bus is real, a daemon of the test's own; what answers as systemd is not.

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow receive_sender="*" eavesdrop="true"/><allow own="*"/></policy></busconfig>`

const (
	managerPath  = dbus.ObjectPath("/org/freedesktop/systemd1")
	managerIface = "org.freedesktop.systemd1.Manager"
)

// startBus runs a message bus and returns its socket.
func startBus(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	socket, conf := filepath.Join(dir, "bus"), filepath.Join(dir, "conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, busConfig, socket), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--nofork", "--nopidfile", "--nosyslog", "--config-file="+conf)
	if err := cmd.Start(); err != nil {
		t.Fatalf("this test needs dbus-daemon (apt-get install dbus-daemon): %v", err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for deadline := time.Now().Add(5 * time.Second); ; {
		if c, err := DialSocket(socket, true); err == nil {
			c.Close()
			return socket
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// fakeUnit is how one unit behaves.
type fakeUnit struct {
	load, active, result string
	file, restart        string
	startTo              string // ActiveState after a start; empty: active
	hangs                bool   // its stop never ends
	leaves               bool   // its stop leaves processes in the cgroup
	populated            bool
}

// fake answers as systemd's manager.
type fake struct {
	t    *testing.T
	conn *dbus.Conn
	root string // of cgroups: directories with a file cgroup.events

	mu    sync.Mutex
	units map[string]*fakeUnit
	jobs  uint32
}

func startFake(t *testing.T, socket string) *fake {
	t.Helper()
	conn, err := DialSocket(socket, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	f := &fake{t: t, conn: conn, root: t.TempDir(), units: map[string]*fakeUnit{}}
	if err := conn.Export(f, managerPath, managerIface); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName("org.freedesktop.systemd1", 0); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	return f
}

func unitPath(name string) dbus.ObjectPath {
	return managerPath + "/unit/" + dbus.ObjectPath(sd.PathBusEscape(name))
}

func (f *fake) add(name string, u fakeUnit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if u.load == "" {
		u.load = "loaded"
	}
	u.active = "inactive"
	f.units[name] = &u
	props := properties{f, &u, name}
	if err := f.conn.Export(props, unitPath(name), "org.freedesktop.DBus.Properties"); err != nil {
		f.t.Fatal(err)
	}
}

// properties answers for one unit.
type properties struct {
	f    *fake
	u    *fakeUnit
	name string
}

func (p properties) GetAll(string) (map[string]dbus.Variant, *dbus.Error) {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	cgroup := ""
	if p.u.populated {
		cgroup = "/" + p.name
	}
	m := make(map[string]dbus.Variant)
	for k, v := range map[string]any{
		"LoadState": p.u.load, "ActiveState": p.u.active, "SubState": "fake", "Result": p.u.result,
		"UnitFileState": p.u.file, "Restart": p.u.restart, "ControlGroup": cgroup,
		"MainPID": uint32(7), "ExecMainStatus": int32(9),
	} {
		m[k] = dbus.MakeVariant(v)
	}
	return m, nil
}

// set changes a unit and tells everybody.
func (f *fake) set(name, active, result string, populated bool) {
	f.mu.Lock()
	u := f.units[name]
	u.active, u.result, u.populated = active, result, populated
	dir := filepath.Join(f.root, name)
	_ = os.MkdirAll(dir, 0o755)
	_ = os.WriteFile(filepath.Join(dir, "cgroup.events"), fmt.Appendf(nil, "populated %d\n", map[bool]int{true: 1}[populated]), 0o600)
	f.mu.Unlock()
	changed := map[string]dbus.Variant{"ActiveState": dbus.MakeVariant(active)}
	_ = f.conn.Emit(unitPath(name), "org.freedesktop.DBus.Properties.PropertiesChanged", "org.freedesktop.systemd1.Unit", changed, []string{})
}

func (f *fake) Subscribe() *dbus.Error { return nil }

// finish makes a job and ends it after do; a job of result "" never ends.
func (f *fake) finish(name, result string, do func()) (dbus.ObjectPath, *dbus.Error) {
	f.mu.Lock()
	f.jobs++
	id := f.jobs
	f.mu.Unlock()
	path := dbus.ObjectPath(fmt.Sprintf("%s/job/%d", managerPath, id))
	if result != "" {
		go func() {
			do()
			_ = f.conn.Emit(managerPath, managerIface+".JobRemoved", id, path, name, result)
		}()
	}
	return path, nil
}

func (f *fake) unit(name string) (*fakeUnit, *dbus.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.units[name]
	if u == nil || u.load == "not-found" {
		return nil, dbus.NewError("org.freedesktop.systemd1.NoSuchUnit", []any{"Unit " + name + " not found."})
	}
	return u, nil
}

func (f *fake) StartUnit(name, _ string) (dbus.ObjectPath, *dbus.Error) {
	u, err := f.unit(name)
	if err != nil {
		return "/", err
	}
	switch u.startTo {
	case "failed":
		return f.finish(name, "failed", func() { f.set(name, "failed", "exit-code", false) })
	case "inactive":
		return f.finish(name, "done", func() {})
	}
	return f.finish(name, "done", func() { f.set(name, "active", "success", true) })
}

func (f *fake) RestartUnit(name, mode string) (dbus.ObjectPath, *dbus.Error) {
	return f.StartUnit(name, mode)
}

func (f *fake) ReloadUnit(name, _ string) (dbus.ObjectPath, *dbus.Error) {
	return f.finish(name, "done", func() {})
}

func (f *fake) StopUnit(name, _ string) (dbus.ObjectPath, *dbus.Error) {
	u, err := f.unit(name)
	if err != nil {
		return "/", err
	}
	if u.hangs && u.populated {
		return f.finish(name, "", nil)
	}
	return f.finish(name, "done", func() { f.set(name, "inactive", "success", u.leaves && u.populated) })
}

func (f *fake) KillUnit(name, whom string, sig int32) *dbus.Error {
	if u, err := f.unit(name); err != nil {
		return err
	} else if sig == 9 && whom == "all" && !strings.HasPrefix(name, "dstate") && u.populated {
		f.set(name, "failed", "signal", false)
	}
	return nil
}
