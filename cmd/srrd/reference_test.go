package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"srr/internal/cli/manual"
)

var update = flag.Bool("update", false, "write the reference anew")

// TestReferenceIsCurrent writes it, too: whatever else did it would be a part of srrd.
//
//go:generate go test . -run TestReferenceIsCurrent -update
func TestReferenceIsCurrent(t *testing.T) {
	const name = "../../docs/srrd.md"
	var b bytes.Buffer
	manual.Write(&b, command(), "go generate ./cmd/srrd")
	if *update {
		if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(have, b.Bytes()) {
		t.Errorf("docs/srrd.md is not current: go generate ./cmd/srrd (%v)", err)
	}
	for _, c := range []string{"init", "check-config", "cleanup", "notify-test", "sim"} {
		if !strings.Contains(string(have), "\n### srrd "+c+"\n") {
			t.Errorf("%s is not in it", c)
		}
	}
}

func TestNoCommand(t *testing.T) {
	const meant = "\n\nDid you mean this?\n\tcheck-config\n"
	for line, want := range map[string]string{
		"bogus": `unknown command "bogus" for "srrd"`, "-- bogus": `unknown command "bogus" for "srrd"`,
		"help bogus":            `unknown command "bogus" for "srrd"`,
		"chek-config":           `unknown command "chek-config" for "srrd"` + meant,
		"help chek-config":      `unknown command "chek-config" for "srrd"` + meant,
		"--debug chek-config x": `unknown command "chek-config" for "srrd"` + meant,
	} {
		root := command()
		root.SetArgs(strings.Fields(line))
		if err := root.Execute(); err == nil || err.Error() != want {
			t.Errorf("%s: error %v", line, err)
		}
	}
}
