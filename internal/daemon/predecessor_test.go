package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnDirectories: srrd makes what is not there for itself alone, and does not
// write where somebody else could have put a link.
func TestOwnDirectories(t *testing.T) {
	top := t.TempDir()
	fresh := filepath.Join(top, "lib", "srr")
	if err := ownDirectories(fresh, fresh); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(fresh); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	open := filepath.Join(top, "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(open, filepath.Join(top, "link")); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{open, filepath.Join(open, "below"), filepath.Join(top, "link")} {
		if err := ownDirectories(fresh, dir); err == nil || !strings.Contains(err.Error(), "open is writable by others") && !strings.Contains(err.Error(), "it is writable") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}
