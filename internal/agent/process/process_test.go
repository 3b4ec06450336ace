package process

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"srr/internal/agent"
	"srr/internal/service"
)

func TestNamesAreChecked(t *testing.T) { // T12
	host := &Host{RunDir: t.TempDir()}
	for _, name := range []string{"", "../x", "-f", "a/b", "a$(id)", "%n", "a\x00", ".", "A", strings.Repeat("a", 33)} {
		if _, err := New(host, name, ""); err == nil {
			t.Errorf("the name %q was taken", name)
		}
	}
	if _, err := New(host, "web", "run/web.pid"); err == nil {
		t.Error("a relative pid file was taken")
	}
}

func FuzzParseResult(f *testing.F) {
	for _, s := range []string{"ok", "failed 7 no disk", "recall 2", "recall 1e999", "failed", "", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := parseResult(s)
		if len(r.Text) > maxText || strings.ContainsAny(r.Text, "\n\x1b") {
			t.Errorf("text %q", r.Text)
		}
		if r.Outcome == service.NotFinished && (r.Recall <= 0 || r.Recall > maxRecall) {
			t.Errorf("recall %v", r.Recall)
		}
		if r.Outcome == service.Failure && (r.Code < 1 || r.Code > 255) {
			t.Errorf("code %d", r.Code)
		}
	})
}

func TestCannotRun(t *testing.T) {
	s, err := New(&Host{RunDir: t.TempDir()}, "web", "")
	if err != nil {
		t.Fatal(err)
	}
	req := agent.Request{Primitive: service.Check, Timeout: time.Second}
	res := s.Call(t.Context(), Command{Argv: []string{"/no/such/program"}, Dir: "/"}, req)
	if res.Outcome != service.CannotRun || !strings.Contains(res.Text, "no such file") {
		t.Errorf("%+v", res)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if res := s.Call(ctx, Command{Argv: []string{"/bin/true"}, Dir: "/"}, req); res.Outcome != service.CannotRun {
		t.Errorf("%+v", res)
	}
}

func TestWaitExit(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	start, err := StartTime(pid)
	if err != nil || start == 0 {
		t.Errorf("start time %d, %v", start, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := WaitExit(ctx, pid, start); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a living process: %v", err)
	}
	cmd.Process.Kill()
	ctx, cancel = context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := WaitExit(ctx, pid, start); err != nil {
		t.Errorf("a killed process: %v", err)
	}
	own, err := StartTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := WaitExit(ctx, os.Getpid(), own+1); err != nil {
		t.Errorf("another process of the same ID: %v", err)
	}
	if _, err := StartTime(pid); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("start time of a zombie: %v", err)
	}
	cmd.Wait()
	if err := WaitExit(ctx, pid, start); err != nil {
		t.Errorf("a reaped process: %v", err)
	}
}
