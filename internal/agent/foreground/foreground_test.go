package foreground

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/agenttest"
	"srr/internal/agent/process"
	"srr/internal/service"
)

// shell makes an agent whose service is a shell script.
func shell(t *testing.T, host *process.Host, script string, o Options) *Agent {
	t.Helper()
	o.Run = []string{"/usr/bin/env", "sh", "-c", script}
	a, err := New(host, "web", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		a.Kill(ctx)
	})
	return a
}

func host(t *testing.T) *process.Host { return &process.Host{RunDir: t.TempDir()} }

func call(t *testing.T, a *Agent, p service.Primitive) service.Result {
	t.Helper()
	return a.Call(t.Context(), agenttest.Request(p))
}

func mustCall(t *testing.T, a *Agent, p service.Primitive) {
	t.Helper()
	if res := call(t, a, p); res.Outcome != service.OK {
		t.Fatalf("%s: %+v", p, res)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

// says waits for the first words of the service, which it has when it has set its traps.
func says(t *testing.T, a *Agent, text string) {
	t.Helper()
	eventually(t, "the service does not say "+text, func() bool {
		out := a.Outputs()
		return len(out) > 0 && string(out[0].Stdout) == text
	})
}

func TestLife(t *testing.T) {
	// As srrd does. What nohup ignores, its children ignore, and a shell among them
	// cannot trap it.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	mark := filepath.Join(t.TempDir(), "reloaded")
	a := shell(t, host(t), `trap "touch `+mark+`" HUP; trap "exit 0" TERM; echo up $SRR_SERVICE $SRR_PRIMITIVE; while :; do sleep 0.02; done`, Options{})
	if res := call(t, a, service.Check); res.Outcome != service.Failure {
		t.Errorf("check before start: %+v", res)
	}
	mustCall(t, a, service.Start)
	mustCall(t, a, service.Start) // twice is once
	mustCall(t, a, service.Check)
	mustCall(t, a, service.Join)
	says(t, a, "up web start\n")
	mustCall(t, a, service.Reload)
	eventually(t, "HUP did not arrive", func() bool {
		_, err := os.Stat(mark)
		return err == nil
	})
	pid := a.main.PID
	mustCall(t, a, service.Restart)
	if a.main.PID == pid {
		t.Error("restart left the same process")
	}
	if found, _ := a.Probe(t.Context()); !found.Running {
		t.Errorf("%+v", found)
	}
	if res := call(t, a, service.Stop); res.Outcome != service.OK || !res.Verified || res.Text != "" {
		t.Errorf("%+v", res)
	}
	if found, _ := a.Probe(t.Context()); found.Running {
		t.Errorf("%+v", found)
	}
	mustCall(t, a, service.Stop)
}

func TestDeathAtStartTellsWhy(t *testing.T) {
	a := shell(t, host(t), `echo "bind: address in use" >&2; exit 3`, Options{})
	res := call(t, a, service.Start)
	if res.Outcome != service.Failure || !strings.Contains(res.Text, "exit status 3: bind: address in use") {
		t.Errorf("%+v", res)
	}
}

func TestReadyIsAwaited(t *testing.T) {
	asked := 0
	a := shell(t, host(t), `exec sleep 60`, Options{Settle: time.Millisecond, Ready: func(context.Context) error {
		if asked++; asked < 3 {
			return errors.New("refused")
		}
		return nil
	}})
	mustCall(t, a, service.Start)
	if asked != 3 {
		t.Errorf("asked %d times", asked)
	}
}

func TestNeverReadyIsTimedOutAndEnded(t *testing.T) {
	a := shell(t, host(t), `exec sleep 60`, Options{Settle: time.Millisecond, Ready: func(context.Context) error { return errors.New("refused") }})
	req := agenttest.Request(service.Start)
	req.Timeout = time.Second
	if res := a.Call(t.Context(), req); res.Outcome != service.TimedOut || !strings.Contains(res.Text, "refused") {
		t.Errorf("%+v", res)
	}
	if a.living() != nil {
		t.Error("the process lives on")
	}
}

func TestStopKillsAfterTheTimeOut(t *testing.T) {
	a := shell(t, host(t), `trap "" TERM; echo up; while :; do sleep 60; done`, Options{})
	mustCall(t, a, service.Start)
	says(t, a, "up\n")
	req := agenttest.Request(service.Stop)
	req.Timeout = 100 * time.Millisecond
	if res := a.Call(t.Context(), req); res.Outcome != service.OK || !strings.Contains(res.Text, "killed") {
		t.Errorf("%+v", res)
	}
}

func TestRestartOfWhatIgnoresTERM(t *testing.T) {
	a := shell(t, host(t), `trap "" TERM; echo up; while :; do sleep 60; done`, Options{})
	mustCall(t, a, service.Start)
	says(t, a, "up\n")
	pid := a.main.PID
	req := agenttest.Request(service.Restart)
	req.Timeout = 4 * time.Second
	if res := a.Call(t.Context(), req); res.Outcome != service.OK || a.living() == nil || a.main.PID == pid {
		t.Errorf("%+v", res)
	}
}

func TestCancelledStopKillsNobody(t *testing.T) {
	a := shell(t, host(t), `trap "" TERM; echo up; while :; do sleep 60; done`, Options{})
	mustCall(t, a, service.Start)
	says(t, a, "up\n")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	res := a.Call(ctx, agenttest.Request(service.Stop))
	if res.Outcome != service.CannotRun || res.Verified || a.living() == nil {
		t.Errorf("%+v", res)
	}
}

func TestWatchAndReadopt(t *testing.T) {
	h := host(t)
	first := shell(t, h, `exec sleep 60`, Options{})
	mustCall(t, first, service.Start)
	again := shell(t, h, `exec sleep 60`, Options{}) // as after a restart of srrd
	if found, _ := again.Probe(t.Context()); !found.Running {
		t.Fatal("the process was not found again")
	}
	how := make(chan string, 2)
	for _, a := range []agent.Agent{first, again} {
		go func() { how <- a.Watch(t.Context()) }()
	}
	at := time.Now()
	syscall.Kill(first.main.PID, syscall.SIGKILL)
	texts := <-how + "; " + <-how
	if took := time.Since(at); took > 10*time.Second {
		t.Errorf("death was seen after %v", took)
	} else {
		t.Logf("%q after %v", texts, took)
	}
	if !strings.Contains(texts, "signal: killed") {
		t.Errorf("%q", texts)
	}
	late := shell(t, h, `exec sleep 60`, Options{})
	if text := late.Watch(t.Context()); text == "" {
		t.Error("a death between two lives of srrd was not seen")
	}
}

func TestForeignProcessOfThatIDIsNotAdopted(t *testing.T) {
	h := host(t)
	os.MkdirAll(h.RunDir+"/web", 0o700)
	os.WriteFile(h.RunDir+"/web/main", []byte(strconv.Itoa(os.Getpid())+" 1\n"), 0o600)
	if a := shell(t, h, `exec sleep 60`, Options{}); a.living() != nil {
		t.Error("adopted a process that we never started")
	}
}

func TestWatchEndsWithContext(t *testing.T) {
	a := shell(t, host(t), `exec sleep 60`, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if text := a.Watch(ctx); text != "" {
		t.Error(text)
	}
	mustCall(t, a, service.Start)
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if text := a.Watch(ctx); text != "" {
		t.Error(text)
	}
}

// TestOutputIsBounded: what a service prints is in memory, and it prints for months.
func TestOutputIsBounded(t *testing.T) {
	h := host(t)
	a := shell(t, h, `head -c 8000000 /dev/zero; head -c 8000000 /dev/zero >&2; exec sleep 60`, Options{})
	mustCall(t, a, service.Start)
	size := func(stream string) int64 {
		info, err := os.Stat(filepath.Join(h.RunDir, "web", "start."+stream))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	eventually(t, "the service does not print", func() bool { return size("err") == 8000000 })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go a.Watch(ctx)
	eventually(t, "its output is not cut", func() bool { return size("out") < 1<<20 && size("err") < 1<<20 })
}
