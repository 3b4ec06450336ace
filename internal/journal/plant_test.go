package journal

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestPlantedLinks: whatever somebody has put in the way of what is written, nothing
// is written through it to elsewhere.
func TestPlantedLinks(t *testing.T) {
	const precious = "precious\n"
	elsewhere := filepath.Join(t.TempDir(), "shadow")
	check := func(what string) {
		t.Helper()
		if b, err := os.ReadFile(elsewhere); err != nil || string(b) != precious {
			t.Errorf("%s: elsewhere holds %q, %v", what, b, err)
		}
	}
	plant := func(path string) {
		t.Helper()
		if err := os.WriteFile(elsewhere, []byte(precious), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(elsewhere, path); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{fileName, fileName + ".new", fileName + ".damaged", "lock"} {
		dir := t.TempDir()
		plant(filepath.Join(dir, name))
		s, _, err := Open(dir, slog.New(slog.DiscardHandler))
		if err == nil {
			select { // it is kept, or it is told that it is not
			case <-s.Put(batch("a", "1")):
			case <-s.Notify():
			case <-time.After(30 * time.Second):
				t.Errorf("%s: no word about what was put", name)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			_ = s.Close(ctx) // it may have failed all the time
			cancel()
		}
		check(name)
	}
	dir := t.TempDir()
	plant(segmentPath(dir, 1))
	l, err := OpenLog(dir, LogOptions{})
	if err == nil {
		l.Append(event(1))
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		_ = l.Close(ctx) // the same
		cancel()
	}
	check("a segment of the journal")
}
