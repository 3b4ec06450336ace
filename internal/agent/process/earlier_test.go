package process

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/cgroup"
	"srr/internal/service"
)

// files is a tree of cgroups that is made of files, so that nothing in it can be
// killed.
type files string

func (f files) Dir(service string) string { return filepath.Join(string(f), service) }
func (files) Hold(string) error           { return nil }
func (files) Keep([]string)               {}
func (files) Close() error                { return nil }

func TestCallThatCannotBeEnded(t *testing.T) {
	for name, want := range map[string]bool{
		"stop.7": true, "start.8": true, "deactivate.9": true, "call.3": true,
		"join.1": false, "leave.2": false, "failed.3": false, // they change nothing
		"check.4": false, "status.5": false, "service": false, "base": false, "hold": false,
	} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "web", name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "web", name, "cgroup.events"), []byte("populated 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		root := cgroup.New(files(dir))
		defer root.Close()
		s, err := New(&Host{RunDir: t.TempDir(), Groups: root}, "web", "")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := s.endEarlier(ctx, time.Millisecond); (err != nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Without cgroups, what is known of a call is its process.
func TestCallOfADeadDaemonWithoutGroups(t *testing.T) {
	dir, run := t.TempDir(), t.TempDir()
	began := filepath.Join(dir, "began")
	script := func(host *Host, p service.Primitive, text string) service.Result {
		s, err := New(host, "web", "")
		if err != nil {
			t.Error(err)
			return service.Result{}
		}
		return s.Call(t.Context(), Command{Argv: []string{"/bin/sh", "-c", text}, Dir: "/"}, agent.Request{Primitive: p, Timeout: 30 * time.Second})
	}
	ended := make(chan service.Result, 1)
	go func() { ended <- script(&Host{RunDir: run}, service.Stop, `touch `+began+`; sleep 1000`) }()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(began); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not begin")
		}
	}
	if res := script(&Host{RunDir: run}, service.Stop, `exit 0`); res.Outcome != service.OK {
		t.Errorf("%+v", res)
	}
	if res := <-ended; res.Outcome != service.Failure {
		t.Errorf("the earlier one: %+v", res)
	}
	if notes, _ := filepath.Glob(filepath.Join(run, "web", "*"+noteEnd)); len(notes) > 0 {
		t.Errorf("notes %v", notes)
	}
}
