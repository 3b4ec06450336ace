package durable

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteFile(t *testing.T) {
	path := t.TempDir()
	dir, err := os.OpenRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	// What a crash left, a link to elsewhere among it, is no obstacle.
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Symlink(elsewhere, filepath.Join(path, ".key.new")); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two"} {
		if err := WriteFile(dir, "key", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := dir.ReadFile("key")
		info, _ := dir.Stat("key")
		if err != nil || string(got) != text || info.Mode().Perm() != 0o600 {
			t.Errorf("%q %v %v", got, info.Mode(), err)
		}
	}
	entries, _ := os.ReadDir(path)
	if _, err := os.Lstat(elsewhere); err == nil || len(entries) != 1 {
		t.Errorf("left %v, and %v", entries, err)
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	held := errors.New("held")
	first, err := Lock(path, held)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path, held); err != held {
		t.Errorf("while it is held: %v", err)
	}
	first.Close()
	again, err := Lock(path, held)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}
