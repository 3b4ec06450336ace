//go:build lab

package faults

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/lab"
)

var slow = flag.Bool("slow", true, "also run the scripts that take minutes")

func TestMain(m *testing.M) {
	lab.RunHelper()
	os.Exit(m.Run())
}

// TestFaults plays testdata/*.txt on one running cluster. After a script that
// failed, the next one gets a new cluster.
func TestFaults(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("this test makes network namespaces: run it as root, or by `make lab-faults`")
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var b *bed
	defer func() { b.down() }()
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			s, err := parse(file)
			if err != nil {
				t.Fatal(err)
			}
			if s.slow && !*slow {
				t.Skip("takes minutes")
			}
			ctx, cancel := context.WithTimeout(t.Context(), s.limit()+*insiderFor)
			defer cancel()
			if b != nil && b.topology != s.topology {
				b.down()
				b = nil
			}
			if b == nil {
				if b, err = newBed(ctx, s.topology); err != nil {
					t.Fatal(err)
				}
			}
			if !play(ctx, t, b, s) {
				b.save("../../build/failed-faults/" + name)
				b.down()
				b = nil
			}
		})
	}
}

// play runs one script and says in one line how it went.
func play(ctx context.Context, t *testing.T, b *bed, s *script) bool {
	r, err := newRun(ctx, b)
	if err != nil {
		t.Error(err)
		return false
	}
	began := time.Now()
	for _, c := range s.commands {
		if err := r.do(ctx, c); err != nil {
			t.Errorf("%s:%d: %s: %v", s.file, c.line, c.text, err)
			break
		}
	}
	if !t.Failed() {
		for _, err := range r.audit(ctx) {
			t.Errorf("%s: %v", s.file, err)
		}
	}
	gaps := r.end()
	result := "ok  "
	if t.Failed() {
		result = "FAIL"
	}
	fmt.Printf("%s %-58s %5.1f s  dark: %s\n", result, s.title, time.Since(began).Seconds(), gaps)
	return !t.Failed()
}
