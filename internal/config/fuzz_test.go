package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"srr/internal/discovery"
)

// FuzzLoad: no text makes the loader panic, hang, or accept something without
// a name, and every problem has a place in the file.
func FuzzLoad(f *testing.F) {
	archives, _ := filepath.Glob("testdata/load/*.txtar")
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(archive.Files[0].Data))
	}
	f.Add(base)
	f.Add(strings.Repeat("[", 5000))
	f.Add(strings.Repeat("- ", 2000))
	f.Add(strings.Repeat("? ", 2000))
	f.Add("a: &a [*a]\nb: *a\n")
	f.Add("# the parser counts a return as a line\r\r: x")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := load("/nowhere/srr.yaml", nil, overlay{"/nowhere/srr.yaml": []byte(text)})
		if err == nil {
			checkConfig(t, c)
			return
		}
		problems, ok := errors.AsType[Problems](err)
		if c != nil || !ok || len(problems) == 0 {
			t.Fatalf("config %v, error %v", c, err)
		}
		for _, p := range problems {
			if p.File == "" || p.Message == "" || p.Line > strings.Count(text, "\n")+1 {
				t.Errorf("problem without a place: %+v", p)
			}
		}
		if s := err.Error(); strings.ContainsRune(s, 0) {
			t.Errorf("NUL in %q", s)
		}
	})
}

func checkConfig(t *testing.T, c *Config) {
	if !validName.MatchString(c.Cluster) || !validName.MatchString(c.Name) || c.RouterID == 0 {
		t.Errorf("accepted %+v", c)
	}
	for _, s := range c.Services {
		if !validName.MatchString(s.Name) || len(s.Addresses) > discovery.MaxAddresses || len(s.DependsOn) > discovery.MaxDepends {
			t.Errorf("accepted %+v", s)
		}
		for p, set := range s.Primitives {
			if set && s.Timeout[p] <= 0 {
				t.Errorf("accepted %+v: time-out of %d", s, p)
			}
		}
	}
}

// TestDeepNesting: the parser recurses, and a stack that overflows cannot be
// recovered from.
func TestDeepNesting(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("[", maxFileSize-1), strings.Repeat("[\n", maxFileSize/3), strings.Repeat("{a: ", 1000),
		strings.Repeat("- ", 2000) + "x", strings.Repeat("? ", 2000), ladder(2000),
	} {
		inDir(t, text)
		_, err := Load("srr.yaml", nil)
		if err == nil || !strings.Contains(err.Error(), "nested more than") && !strings.Contains(err.Error(), "longer than") {
			t.Errorf("%.20q…: %v", text, err)
		}
	}
	inDir(t, "")
	if err := os.WriteFile("srr.yaml", make([]byte, maxFileSize+1), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load("srr.yaml", nil); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Error(err)
	}
}

// ladder is a mapping in a mapping in a mapping…
func ladder(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
