// Command mutant plants bugs in the core, one at a time, and asks the simulator
// to find each: a checker that finds nothing may be one that checks nothing. It
// prints the table of docs/testing.md and fails if a bug was not found.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	seeds = flag.Int("seeds", 2000, "how many seeds may be needed to find a bug")
	only  = flag.String("only", "", "only bugs whose name contains this")
)

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "mutant:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	missed := 0
	fmt.Printf("| planted bug | found with seed | by |\n|---|---|---|\n")
	for _, m := range mutants {
		if !strings.Contains(m.name, *only) {
			continue
		}
		found, err := m.hunt(ctx, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if found == "" {
			missed++
			found = fmt.Sprintf("not within %d | –", *seeds)
		}
		fmt.Printf("| %s | %s |\n", m.name, found)
	}
	if missed > 0 {
		return fmt.Errorf("%d bugs were not found", missed)
	}
	return nil
}

// hunt builds the simulator with the bug in it and runs seeds until one fails:
// "SEED | PROPERTY", or "" if none does.
func (m mutant) hunt(ctx context.Context, dir string) (string, error) {
	overlay, err := m.overlay(dir)
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "hunt")
	if out, err := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", bin, "./sim/mutant/hunt").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	out, err := exec.CommandContext(ctx, bin, "-seeds", fmt.Sprint(*seeds)).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return "", err
	}
	if f := failure.FindSubmatch(out); f != nil {
		return fmt.Sprintf("%s | %s", f[1], f[2]), nil
	}
	return "", nil
}

// failure is how a batch prints the first violation of a seed.
var failure = regexp.MustCompile(`(?m)^seed (\d+): (\S+)`)

// overlay writes the files with the bug, and what tells the compiler to use them.
func (m mutant) overlay(dir string) (string, error) {
	root, err := filepath.Abs("internal")
	if err != nil {
		return "", err
	}
	texts, err := m.plant(root)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for file, text := range texts {
		replaced := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(replaced, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(root, file)] = replaced
	}
	b, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, b, 0o600)
}

// plant returns the texts of the files below root with the bug in them.
func (m mutant) plant(root string) (map[string]string, error) {
	texts := map[string]string{}
	for _, e := range m.edits {
		if _, read := texts[e.file]; !read {
			b, err := os.ReadFile(filepath.Join(root, e.file))
			if err != nil {
				return nil, err
			}
			texts[e.file] = string(b)
		}
		if n := strings.Count(texts[e.file], e.old); n != 1 {
			return nil, fmt.Errorf("%s: %q is there %d times, want once", e.file, e.old, n)
		}
		texts[e.file] = strings.Replace(texts[e.file], e.old, e.new, 1)
	}
	return texts, nil
}
