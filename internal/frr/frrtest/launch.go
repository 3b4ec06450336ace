//go:build lab

package frrtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Launch runs a command that leaves a daemon behind. What both say goes to a
// file: a daemon of FRR 10 keeps its outputs open, and a pipe would never end.
func Launch(t testing.TB, args ...string) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, said)
	}
}
