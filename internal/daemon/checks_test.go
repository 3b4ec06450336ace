package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"srr/internal/agent/process"
	"srr/internal/config"
	"srr/internal/service"
)

// TestCommandIsLookedAt: a check by a program runs as root, and more often than anything else.
func TestCommandIsLookedAt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "look")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	d := &Daemon{cfg: &config.Config{}, agents: newAgents(&process.Host{RunDir: t.TempDir()}, nil)}
	c, err := d.makeChecker(&config.Service{
		Spec: service.Spec{Name: "web"}, Check: config.CheckSpec{Kind: config.CheckCommand, Command: []string{path}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Check(t.Context()); r.Health != service.Up {
		t.Errorf("%+v", r)
	}
	if err := os.Chmod(path, 0o777); err != nil {
		t.Fatal(err)
	}
	if r := c.Check(t.Context()); r.Health != service.Unknown || !strings.Contains(r.Text, "writable by others") {
		t.Errorf("a program writable by everybody was run: %+v", r)
	}
}
