//go:build lab

package foreground

import (
	"os/exec"
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
	eventually(t, "the status does not show two", func() bool { // the shell has done its work
		mustCall(t, a, service.Status)
		for _, o := range a.Outputs() {
			if text := string(o.Stdout); o.Primitive == service.Status {
				return strings.Count(text, "sleep 1000") == 2 && !strings.Contains(text, "setsid")
			}
		}
		return false
	})
	syscall.Kill(a.main.PID, syscall.SIGKILL)
	if err := a.main.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found, _ := a.Probe(t.Context()); !found.Running {
		t.Error("what the dead service left is not seen")
	}
	mustCall(t, a, service.Restart)
	eventually(t, "there are not two after the restart", func() bool { return len(a.Group().Processes()) == 2 })
	if res := call(t, a, service.Stop); !res.Verified || !a.Group().Empty() {
		t.Errorf("%+v", res)
	}
}

// The service was run by a Makefile, say, when srrd died and was configured anew.
func TestEarlierCallOfAnotherAgentIsEnded(t *testing.T) {
	h := labHost(t)
	earlier := h.Groups.Group("web", "start.7")
	cmd := exec.Command("/usr/bin/env", "sleep", "1000")
	if err := earlier.Start(cmd); err != nil {
		t.Fatal(err)
	}
	go cmd.Wait()
	a := shell(t, h, `exec sleep 1000`, Options{})
	if res := call(t, a, service.Stop); !res.Verified || !earlier.Empty() {
		t.Errorf("%+v; left: %v", res, earlier.Processes())
	}
}

func TestOtherUser(t *testing.T) {
	a := shell(t, labHost(t), `id -u; exec sleep 1000`, Options{User: &syscall.Credential{Uid: 65534, Gid: 65534}})
	mustCall(t, a, service.Start)
	says(t, a, "65534\n")
}
