//go:build lab

package systemd

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/cgroup"
	"srr/internal/agent/process"
	"srr/internal/service"
)

// hostBus is a connection to the systemd of the machine.
func hostBus(t testing.TB) *Bus {
	t.Helper()
	bus, err := Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	return bus
}

// openScopes opens a slice of the test's own, and ends what is in it.
func openScopes(t testing.TB, slice string) *cgroup.Root {
	t.Helper()
	root, err := OpenScopes(hostBus(t), slice)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		root.Close()
		end(slice + ".slice")
	})
	return root
}

func systemctl(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("systemctl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("systemctl %q: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// end ends a unit, if there is such a unit.
func end(unit string) {
	_ = exec.Command("systemctl", "kill", "-s", "KILL", unit).Run()
	_ = exec.Command("systemctl", "stop", unit).Run()
}

// run starts a process in g and reaps it.
func run(t testing.TB, g *cgroup.Group, argv ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := g.Start(cmd); err != nil {
		t.Fatal(err)
	}
	go cmd.Wait()
	return cmd
}

func bound(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// eventually polls until the condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for ctx := bound(t); !holds(); {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal(what)
		}
	}
}

func active(t testing.TB, unit string) string {
	t.Helper()
	return systemctl(t, "show", "--value", "-P", "ActiveState", unit)
}

func TestScopeIsForPeople(t *testing.T) {
	g := openScopes(t, "people").Group("web", "service")
	run(t, g, "sleep", "1000")
	for property, want := range map[string]string{
		"Description": "web, a service of SRR (srrctl show web)", "Slice": "people.slice", "Delegate": "yes",
		"KillMode": "control-group", "CollectMode": "inactive-or-failed", "ActiveState": "active",
		"ControlGroup": "/people.slice/people-web.scope",
	} {
		if got := systemctl(t, "show", "--value", "-P", property, "people-web.scope"); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	if text := systemctl(t, "status", "--no-pager", "people-web.scope"); !strings.Contains(text, "sleep 1000") || !strings.Contains(text, holderCommand) {
		t.Errorf("systemctl status:\n%s", text)
	}
}

func TestProcessesAreInTheirScopeFromTheBeginning(t *testing.T) {
	g := openScopes(t, "born").Group("web", "service")
	out := t.TempDir() + "/cgroup"
	// cat has no more time to be moved than any other program.
	cmd := run(t, g, "sh", "-c", "cat /proc/self/cgroup >"+out+"; exec sleep 1000")
	eventually(t, "the process did not say where it is", func() bool { b, _ := os.ReadFile(out); return len(b) > 0 })
	b, _ := os.ReadFile(out)
	if !strings.Contains(string(b), "0::/born.slice/born-web.scope/service\n") {
		t.Errorf("it was born in %s", b)
	}
	if !g.Contains(cmd.Process.Pid) {
		t.Error("it is not in its cgroup")
	}
}

func TestScopesOutliveTheDaemonAndAreFoundAgain(t *testing.T) {
	first := openScopes(t, "again")
	cmd := run(t, first.Group("web", "service"), "sleep", "1000")
	first.Keep([]string{"web", "idle"})
	eventually(t, "no scope was made ahead", func() bool { return active(t, "again-idle.scope") == "active" })
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an empty scope outlived its daemon", func() bool { return active(t, "again-idle.scope") == "inactive" })

	second := openScopes(t, "again")
	g := second.Group("web", "service")
	if !g.Contains(cmd.Process.Pid) {
		t.Fatal("the process was not found again")
	}
	second.Keep([]string{"web"})
	done := make(chan error, 1)
	go func() { done <- g.WaitEmpty(bound(t)) }()
	if !g.Kill(bound(t)) || <-done != nil {
		t.Error("the process was not ended")
	}
	run(t, g, "sleep", "1000")
	if active(t, "again-web.scope") != "active" {
		t.Error("the scope has no use any more")
	}
}

func TestWhatIsNotKeptGoes(t *testing.T) {
	root := openScopes(t, "keep")
	root.Keep([]string{"web", "mail"})
	eventually(t, "no scopes were made", func() bool {
		return active(t, "keep-web.scope") == "active" && active(t, "keep-mail.scope") == "active"
	})
	root.Keep([]string{"mail"})
	eventually(t, "the scope is still there", func() bool { return active(t, "keep-web.scope") == "inactive" })
	if active(t, "keep-mail.scope") != "active" {
		t.Error("the other went, too")
	}
}

// A scope or the slice that is stopped by hand is the death of the services.
func TestStopByHandIsDeath(t *testing.T) {
	root := openScopes(t, "hand")
	for _, unit := range []string{"hand-web.scope", "hand.slice"} {
		g := root.Group("web", "service")
		run(t, g, "sleep", "1000")
		done := make(chan error, 1)
		go func() { done <- g.WaitEmpty(bound(t)) }()
		systemctl(t, "stop", unit)
		if err := <-done; err != nil {
			t.Errorf("stop of %s was not noticed: %v", unit, err)
		}
	}
	run(t, root.Group("web", "service"), "sleep", "1000")
}

func TestScopeThatIsBeingStoppedIsWaitedFor(t *testing.T) {
	g := openScopes(t, "wait").Group("web", "service")
	ready := t.TempDir() + "/ready"
	stubborn := run(t, g, "sh", "-c", `trap "" TERM; touch `+ready+`; while :; do sleep 1000; done`)
	eventually(t, "it does not run", func() bool { _, err := os.Stat(ready); return err == nil })
	systemctl(t, "stop", "--no-block", "wait-web.scope")
	eventually(t, "it is not stopped", func() bool { return active(t, "wait-web.scope") == "deactivating" })
	made := make(chan error, 1)
	go func() { made <- g.Start(exec.Command("true")) }()
	select {
	case err := <-made:
		t.Fatalf("a scope that is being stopped was used: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	stubborn.Process.Kill()
	g.Signal(syscall.SIGKILL)
	if err := <-made; err != nil {
		t.Error(err)
	}
}

func TestScopesSurviveANewSystemd(t *testing.T) {
	root := openScopes(t, "reexec")
	g := root.Group("web", "service")
	cmd := run(t, g, "sleep", "1000")
	done := make(chan error, 1)
	go func() { done <- g.WaitEmpty(bound(t)) }()
	systemctl(t, "daemon-reexec")
	systemctl(t, "daemon-reload")
	if !g.Contains(cmd.Process.Pid) || active(t, "reexec-web.scope") != "active" {
		t.Error("the scope is lost")
	}
	run(t, root.Group("mail", "service"), "sleep", "1000")
	cmd.Process.Kill()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The agents' own tests of verification run in plain cgroups; these are the
// same questions to scopes.
func TestPrimitivesInScopes(t *testing.T) {
	host := &process.Host{RunDir: t.TempDir(), Groups: openScopes(t, "calls")}
	s, err := process.New(host, "web", "")
	if err != nil {
		t.Fatal(err)
	}
	do := func(p service.Primitive, timeout time.Duration, script string) service.Result {
		req := agent.Request{Service: "web", Primitive: p, Timeout: timeout}
		req.Env.Addresses = []netip.Addr{netip.MustParseAddr("10.9.0.1")}
		return s.Call(t.Context(), process.Command{Argv: []string{"/bin/sh", "-c", script}, Dir: "/"}, req)
	}
	const daemon = `setsid sleep 1000 & sleep 1000 & exit 0`
	do(service.Activate, 10*time.Second, daemon)
	if res := do(service.Start, 10*time.Second, daemon); res.Outcome != service.OK {
		t.Fatalf("%+v", res)
	}
	if res := do(service.Check, 100*time.Millisecond, `trap "" TERM; setsid sleep 1000 & sleep 1000; sleep 1000`); res.Outcome != service.TimedOut {
		t.Errorf("%+v", res)
	}
	if n := len(s.Group().Processes()); n != 2 {
		t.Errorf("%d of 2 processes of the service live", n)
	}
	if res := do(service.Stop, 10*time.Second, `exit 0`); !res.Verified || !strings.Contains(res.Text, "ended 2") {
		t.Errorf("%+v", res)
	}
	if n := len(host.Groups.Group("web", "base").Processes()); n != 2 {
		t.Errorf("%d of 2 processes of activate live", n)
	}
	do(service.Deactivate, 10*time.Second, `exit 0`)
	if left := host.Groups.Group("web").Processes(); len(left) != 1 {
		t.Errorf("left but for the holder: %v", left)
	}
}

// BenchmarkStart measures what a start costs in a plain cgroup, in a scope that
// is made with it, and in one that was made ahead: one after the other, and a
// hundred at once.
func BenchmarkStart(b *testing.B) {
	const n = 100
	plain, err := cgroup.Open("plain")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		plain.Group("").Kill(context.Background())
		plain.Remove()
		plain.Close()
	})
	scopes := openScopes(b, "cost")
	once := func(root *cgroup.Root, i int) time.Duration {
		at := time.Now()
		run(b, root.Group(fmt.Sprintf("s%d", i), "service"), "sleep", "1000")
		return time.Since(at)
	}
	for _, c := range []struct {
		name string
		root *cgroup.Root
	}{{"cgroup", plain}, {"new-scope", scopes}, {"scope", scopes}} { // the third meets what the second has made
		all := make([]time.Duration, n)
		for i := range all {
			all[i] = once(c.root, i)
		}
		slices.Sort(all)
		var wg sync.WaitGroup
		at := time.Now()
		for i := range n {
			wg.Go(func() { once(c.root, n+i) })
		}
		wg.Wait()
		b.ReportMetric(float64(all[n/2].Microseconds())/1000, c.name+"-ms")
		b.ReportMetric(float64(time.Since(at).Milliseconds()), c.name+"-100-ms")
	}
}
