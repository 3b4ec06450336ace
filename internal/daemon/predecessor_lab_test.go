//go:build lab

package daemon

import (
	"log/slog"
	"testing"
	"time"
)

// TestLabEndFrozen: one that is stopped for good is ended, after its own timer would
// have done so.
func TestLabEndFrozen(t *testing.T) {
	cmd, pidFile := predecessor(t)
	stop(t, cmd)
	began := time.Now()
	if err := endFrozen(t.Context(), pidFile, slog.New(slog.NewTextHandler(t.Output(), nil))); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < guardAfter {
		t.Errorf("after %v", took)
	}
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Error(err)
	}
}
