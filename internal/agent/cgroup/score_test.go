package cgroup

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestScore: what is started has the score that it should, however many start at
// once, and this process has its own again afterwards. To lower it takes a
// privilege, so the usual one is taken to be higher here.
func TestScore(t *testing.T) {
	before, err := os.ReadFile(scoreFile)
	if err != nil {
		t.Fatal(err)
	}
	own, err := strconv.Atoi(strings.TrimSpace(string(before)))
	if err != nil {
		t.Fatal(err)
	}
	for score, want := range map[int]int{own + 100: own + 100, own: own, own - 1: own} {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				var out strings.Builder
				cmd := exec.Command("/bin/cat", scoreFile)
				cmd.Stdout = &out
				if err := startWith(score, cmd); err != nil {
					t.Error(err)
					return
				}
				if err := cmd.Wait(); err != nil || strings.TrimSpace(out.String()) != strconv.Itoa(want) {
					t.Errorf("with %d it runs with %q, %v", score, out.String(), err)
				}
			})
		}
		all.Wait()
		if after, err := os.ReadFile(scoreFile); err != nil || string(after) != string(before) {
			t.Fatalf("afterwards this process has %q, %v", after, err)
		}
	}
}
