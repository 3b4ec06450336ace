//go:build lab

package process

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/cgroup/cgrouptest"
	"srr/internal/service"
)

func labHost(t *testing.T) *Host {
	t.Helper()
	return &Host{RunDir: t.TempDir(), Groups: cgrouptest.Root(t)}
}

func labService(t *testing.T, pidFile string) *Service {
	t.Helper()
	s, err := New(labHost(t), "web", pidFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// do calls a primitive that runs the shell script.
func do(t *testing.T, s *Service, p service.Primitive, timeout time.Duration, script string) service.Result {
	t.Helper()
	return s.Call(t.Context(), Command{Argv: []string{"/bin/sh", "-c", script}, Dir: "/"}, request(p, timeout))
}

func request(p service.Primitive, timeout time.Duration) agent.Request {
	return agent.Request{
		Service: "web", Primitive: p, Timeout: timeout,
		Env: agent.Env{Addresses: []netip.Addr{netip.MustParseAddr("10.9.0.1")}},
	}
}

const daemon = `setsid sleep 1000 & sleep 1000 & exit 0`

func TestStopThatLiesIsCaught(t *testing.T) { // faults F56, F57
	s := labService(t, "")
	if res := do(t, s, service.Start, 10*time.Second, daemon); res.Outcome != service.OK {
		t.Fatal(res)
	}
	if running, text := s.Running(); !running || len(s.Group().Processes()) != 2 {
		t.Fatal(text)
	}
	res := do(t, s, service.Stop, 10*time.Second, `exit 0`)
	if res.Outcome != service.OK || !res.Verified || !strings.Contains(res.Text, "ended 2") {
		t.Errorf("%+v", res)
	}
	if running, text := s.Running(); running {
		t.Error(text)
	}
}

func TestStopThatHangsIsVerified(t *testing.T) { // F54
	s := labService(t, "")
	do(t, s, service.Start, 10*time.Second, `(trap "" TERM; while :; do sleep 1000; done) & exit 0`)
	res := do(t, s, service.Stop, 200*time.Millisecond, `trap "" TERM; while :; do sleep 1000; done`)
	if res.Outcome != service.TimedOut || !res.Verified {
		t.Errorf("%+v", res)
	}
}

func TestSlowEndAfterStopHasTheTimeOut(t *testing.T) {
	s := labService(t, "")
	mark := filepath.Join(t.TempDir(), "clean")
	do(t, s, service.Start, 10*time.Second, `(trap "sleep 2.5; touch `+mark+`; exit" TERM; touch `+mark+`.ready; while :; do sleep 0.05; done) &
		until [ -e `+mark+`.ready ]; do sleep 0.01; done`)
	if res := do(t, s, service.Stop, 20*time.Second, `exit 0`); !res.Verified {
		t.Errorf("%+v", res)
	}
	if _, err := os.Stat(mark); err != nil {
		t.Error("a service that ends slowly was killed within its time-out")
	}
}

func TestResourceNeedsItsStopToSucceed(t *testing.T) {
	s := labService(t, "")
	req := request(service.Stop, 10*time.Second)
	req.Env.Addresses = nil
	fail := Command{Argv: []string{"/bin/false"}, Dir: "/"}
	if res := s.Call(t.Context(), fail, req); res.Verified {
		t.Error("a resource whose stop failed is called verified: the disk may still be mounted")
	}
	if res := do(t, s, service.Stop, 10*time.Second, "exit 1"); !res.Verified {
		t.Error("a network service without processes is verified, though stop failed")
	}
}

func TestHungCheckDiesAloneAndWholly(t *testing.T) { // F58
	s := labService(t, "")
	do(t, s, service.Start, 10*time.Second, daemon)
	res := do(t, s, service.Check, 100*time.Millisecond, `trap "" TERM; setsid sleep 1000 & sleep 1000; sleep 1000`)
	if res.Outcome != service.TimedOut {
		t.Errorf("%+v", res)
	}
	if n := len(s.Group().Processes()); n != 2 {
		t.Errorf("%d of 2 processes of the service live", n)
	}
	all := s.host.Groups.Group("web").Processes()
	if len(all) != 2 {
		t.Errorf("the check has left processes behind: %v", all)
	}
}

// A command as check has a Service of its own; neither ends what the other runs.
func TestCheckBesideACall(t *testing.T) {
	own := labService(t, "")
	check, err := New(own.host, "web", "")
	if err != nil {
		t.Fatal(err)
	}
	both := func(slow, quick *Service, p, q service.Primitive) {
		mark := filepath.Join(t.TempDir(), "runs")
		done := make(chan service.Result, 1)
		go func() {
			done <- do(t, slow, p, 30*time.Second, `touch `+mark+`; until [ -e `+mark+`.end ]; do sleep 0.01; done`)
		}()
		awaitFile(t, mark)
		do(t, quick, q, 30*time.Second, `exit 0`)
		if err := os.WriteFile(mark+".end", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if res := <-done; res.Outcome != service.OK {
			t.Errorf("%s beside %s: %+v", p, q, res)
		}
	}
	both(own, check, service.Stop, service.Check)
	both(check, own, service.Check, service.Status)
}

func awaitFile(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %s", path)
		}
	}
}

func TestActivateMayKeepProcessesUntilDeactivate(t *testing.T) {
	s := labService(t, "")
	do(t, s, service.Activate, 10*time.Second, daemon)
	do(t, s, service.Start, 10*time.Second, `exit 0`)
	if running, text := s.Running(); running {
		t.Errorf("what activate started counts as the service: %s", text)
	}
	if res := do(t, s, service.Stop, 10*time.Second, `exit 0`); !res.Verified {
		t.Errorf("%+v", res)
	}
	if n := len(s.group("base").Processes()); n != 2 {
		t.Errorf("%d of 2 processes live after stop", n)
	}
	do(t, s, service.Deactivate, 10*time.Second, `exit 0`)
	if all := s.host.Groups.Group("web").Processes(); len(all) != 0 {
		t.Errorf("left after deactivate: %v", all)
	}
}

func watch(t *testing.T, s *Service) chan string {
	how := make(chan string, 1)
	go func() { how <- s.Watch(t.Context()) }()
	return how
}

func awaitText(t *testing.T, how chan string, at time.Time) string {
	t.Helper()
	select {
	case text := <-how:
		t.Logf("%q after %v", text, time.Since(at))
		return text
	case <-time.After(30 * time.Second):
		t.Fatal("death was not seen")
	}
	return ""
}

func TestWatchSeesADaemonDie(t *testing.T) { // F51
	s := labService(t, "")
	do(t, s, service.Start, 10*time.Second, `sleep 1000 & exit 0`)
	// As after a restart of srrd: another object, same directory and cgroup.
	again, err := New(s.host, "web", "")
	if err != nil {
		t.Fatal(err)
	}
	how := watch(t, again)
	at := time.Now()
	s.Group().Signal(syscall.SIGKILL)
	awaitText(t, how, at)
}

func TestWatchSeesTheMainProcessDie(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	s := labService(t, pidFile)
	do(t, s, service.Start, 10*time.Second, `sleep 1000 & echo $! > `+pidFile+`; sleep 1000 & exit 0`)
	b, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	how := watch(t, s)
	for start := time.Now(); !holdsPidfd(); {
		if time.Since(start) > 30*time.Second {
			t.Fatal("the main process is not watched")
		}
		runtime.Gosched()
	}
	at := time.Now()
	syscall.Kill(pid, syscall.SIGKILL)
	if text := awaitText(t, how, at); !strings.Contains(text, strconv.Itoa(pid)) {
		t.Error(text)
	}
}

// holdsPidfd reports whether this process watches another one.
func holdsPidfd() bool {
	fds, _ := filepath.Glob("/proc/self/fd/*")
	return slices.ContainsFunc(fds, func(fd string) bool {
		to, _ := os.Readlink(fd)
		return strings.Contains(to, "pidfd")
	})
}

func TestWatchIgnoresAForeignPid(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	if err := os.WriteFile(pidFile, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := labService(t, pidFile)
	do(t, s, service.Start, 10*time.Second, daemon)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if pid := s.mainProcess(ctx); pid != 0 {
		t.Errorf("believed that process %d is the service", pid)
	}
}

func TestServiceWithoutProcessesIsNotDead(t *testing.T) {
	s := labService(t, "")
	do(t, s, service.Start, 10*time.Second, `exit 0`)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if text := s.Watch(ctx); text != "" {
		t.Error(text)
	}
}

func TestEndlessOutputIsCut(t *testing.T) {
	s := labService(t, "")
	do(t, s, service.Check, 500*time.Millisecond, `yes`)
	info, err := os.Stat(s.outPath(service.Check, "out"))
	if err != nil {
		t.Fatal(err)
	}
	out := s.Outputs()
	if len(out) != 1 || len(out[0].Stdout) != keepOutput {
		t.Errorf("%d outputs", len(out))
	}
	t.Logf("file of %d KiB", info.Size()>>10)
	if info.Size() > 1<<30 {
		t.Errorf("output grew to %d bytes", info.Size())
	}
}
