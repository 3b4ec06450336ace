package config

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestLoad reads the files of each archive in testdata/load and compares what
// check-config prints with the archive's file "want".
func TestLoad(t *testing.T) {
	archives, err := filepath.Glob("testdata/load/*.txtar")
	if err != nil || len(archives) < 20 {
		t.Fatalf("%d archives, %v", len(archives), err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Abs(name)
			if err != nil {
				t.Fatal(err)
			}
			freshDir(t)
			want := unpack(t, archive)
			var got strings.Builder
			if err := Check("srr.yaml", nil, &got); err != nil {
				fmt.Fprintln(&got, "error:", err)
			}
			if *update {
				want.Data = []byte(got.String())
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(want.Data), got.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// unpack writes the files into the current directory and returns the file want.
func unpack(t *testing.T, archive *txtar.Archive) (want *txtar.File) {
	t.Helper()
	for i := range archive.Files {
		f := &archive.Files[i]
		if f.Name == "want" {
			want = f
			continue
		}
		write(t, f.Name, string(f.Data))
	}
	return want
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o644); err != nil { // whatever the umask is
		t.Fatal(err)
	}
}

// head is the beginning of a valid main file.
const head = "cluster: shop\nnode: {name: n1, router-id: 10.0.0.1}\nmedium: {}\n"

// freshDir makes a new directory, whatever the umask is, and makes that the current one.
func freshDir(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
}

// inDir writes a main file into a new directory and makes that the current one.
func inDir(t *testing.T, main string) {
	t.Helper()
	freshDir(t)
	write(t, "srr.yaml", main)
}

func mustLoad(t *testing.T) *Config {
	t.Helper()
	c, err := Load("srr.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestExampleIsValid(t *testing.T) {
	c, err := Load("../../docs/examples/srr.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Services) < 3 || len(c.Files) < 2 {
		t.Errorf("%d services in %d files", len(c.Services), len(c.Files))
	}
}

func TestProberErrorsHavePositions(t *testing.T) {
	inDir(t, head+"services:\n  web:\n    addresses: [10.1.0.1]\n    make: /etc/srr/web/Makefile\n"+
		"  dns: {addresses: [10.1.0.2], check: {command: [/bin/nothing]}}\n"+
		"notify:\n  - command: [/bin/tell]\n  - webhook: {url: https://h, token-file: /t}\n  - mail: {server: \"h:25\", from: a@b.c, to: [a@b.c], user: u, password-file: /p}\n")
	_, err := Load("srr.yaml", prober(func(_ context.Context, a AgentSpec) error {
		if a.Kind == AgentMake {
			return errors.Join(errors.New("no target join"), errors.New("no target leave"))
		}
		return fmt.Errorf("no program %s", a.Args)
	}))
	want := []string{
		"srr.yaml:7:11: no target join", "srr.yaml:7:11: no target leave", "srr.yaml:8:40: no program [/bin/nothing]",
		"srr.yaml:10:5: no program [/bin/tell]", "srr.yaml:11:43: no secret in /t", "srr.yaml:12:78: no secret in /p",
	}
	problems, _ := errors.AsType[Problems](err)
	var got []string
	for _, p := range problems {
		got = append(got, p.Error())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestProbesWhatIsSound: everything is said at once, but of what is wrong by itself
// nothing more than that.
func TestProbesWhatIsSound(t *testing.T) {
	inDir(t, `cluster: shop
node: {name: n1, router-id: 10.0.0.1, parallel-starts: 0}
medium: {}
services:
  good: {addresses: [10.1.0.1], exec: /good}
  path: {addresses: [10.1.0.2], exec: path}
  key: {addresses: [10.1.0.3], exec: /key, colour: red}
  list: {addresses: [10.1.0.4], run: 7}
  taken: {addresses: [10.1.0.1], exec: /taken}
  check: {addresses: [10.1.0.5], exec: /check, check: {command: [check]}}
  lonely: {addresses: [10.1.0.6], exec: /lonely, depends-on: [nobody]}
notify:
  - {command: [/tell], webhook: {url: https://h}}
  - {command: [tell]}
  - {command: [/tell/good]}
`)
	var mu sync.Mutex
	var got []string
	_, err := Load("srr.yaml", prober(func(_ context.Context, a AgentSpec) error {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, a.Path+strings.Join(a.Args, " "))
		return nil
	}))
	slices.Sort(got)
	if want := []string{"/good", "/lonely", "/tell/good"}; err == nil || !slices.Equal(got, want) {
		t.Errorf("looked at %q, want %q; %v", got, want, err)
	}
}

type prober func(context.Context, AgentSpec) error

func (p prober) CheckAgent(ctx context.Context, a AgentSpec) error { return p(ctx, a) }
func (p prober) CheckSecret(path string) error                     { return fmt.Errorf("no secret in %s", path) }
