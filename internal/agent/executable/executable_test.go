package executable

import (
	"os"
	"path/filepath"
	"testing"

	"srr/internal/agent"
	"srr/internal/agent/agenttest"
	"srr/internal/agent/process"
	"srr/internal/service"
)

func program(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConformance(t *testing.T) {
	agenttest.Run(t, agenttest.Kind{Recall: true, New: func(t *testing.T, host *process.Host, script string) agent.Agent {
		a, err := New(host, "web", Options{Path: program(t, script)})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}})
}

func TestUnknownPrimitivesSucceed(t *testing.T) {
	path := program(t, "exit 1")
	a, err := New(&process.Host{RunDir: t.TempDir()}, "web", Options{
		Path: path, Answers: []service.Primitive{service.Start},
	})
	if err != nil {
		t.Fatal(err)
	}
	if res := a.Call(t.Context(), agenttest.Request(service.Join)); res.Outcome != service.OK {
		t.Errorf("join, which the program does not answer: %+v", res)
	}
	if res := a.Call(t.Context(), agenttest.Request(service.Start)); res.Outcome != service.Failure {
		t.Errorf("start, which it answers: %+v", res)
	}
	os.Chmod(path, 0o777)
	if res := a.Call(t.Context(), agenttest.Request(service.Start)); res.Outcome != service.CannotRun {
		t.Errorf("a program writable by everybody was run: %+v", res)
	}
}
