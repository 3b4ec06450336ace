//go:build lab

package faults

import (
	"os"
	"path/filepath"
	"testing"
)

// TestScripts finds mistakes in scripts before a cluster is built for them.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		if _, err := parse(file); err != nil {
			t.Error(err)
		}
	}
	for text, want := range map[string]bool{
		"# a title\nkill n1 srrd\nsettled\n": true,
		"kill n1 srrd\n":                     false, // no title
		"# a title\n":                        false, // no command
		"# a title\nkill n1\n":               false, // an argument is missing
		"# a title\nkil n1 srrd\n":           false,
	} {
		file := filepath.Join(t.TempDir(), "script.txt")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := parse(file); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}
