//go:build lab

package foreground

import (
	"strings"
	"syscall"
	"testing"

	"srr/internal/agent/cgroup/cgrouptest"
	"srr/internal/agent/process"
	"srr/internal/service"
)

func labHost(t *testing.T) *process.Host {
	t.Helper()
	return &process.Host{RunDir: t.TempDir(), Groups: cgrouptest.Root(t)}
}

func TestStopAndRestartTakeChildrenToo(t *testing.T) {
	a := shell(t, labHost(t), `setsid sleep 1000 & exec sleep 1000`, Options{})
	mustCall(t, a, service.Start)
	mustCall(t, a, service.Status)
	for _, o := range a.Outputs() {
		if o.Primitive == service.Status && strings.Count(string(o.Stdout), "sleep 1000") != 2 {
			t.Errorf("status:\n%s", o.Stdout)
		}
	}
	syscall.Kill(a.main.PID, syscall.SIGKILL)
	if err := a.main.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found, _ := a.Probe(t.Context()); !found.Running {
		t.Error("what the dead service left is not seen")
	}
	mustCall(t, a, service.Restart)
	if n := len(a.Group().Processes()); n != 2 {
		t.Errorf("%d processes after restart", n)
	}
	if res := call(t, a, service.Stop); !res.Verified || !a.Group().Empty() {
		t.Errorf("%+v", res)
	}
}

func TestOtherUser(t *testing.T) {
	a := shell(t, labHost(t), `id -u; exec sleep 1000`, Options{User: &syscall.Credential{Uid: 65534, Gid: 65534}})
	mustCall(t, a, service.Start)
	if out := a.Outputs(); string(out[0].Stdout) != "65534\n" {
		t.Errorf("%q", out[0].Stdout)
	}
}
