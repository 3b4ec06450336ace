package trust

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	good := write(t, dir+"/good/run", 0o755)
	write(t, dir+"/open/run", 0o755)
	os.Chmod(dir+"/open", 0o777)
	write(t, dir+"/group/run", 0o755)
	os.Chmod(dir+"/group", 0o775)
	write(t, dir+"/sticky/run", 0o755)
	os.Chmod(dir+"/sticky", 0o777|os.ModeSticky)
	os.Symlink(good, dir+"/link")
	os.Symlink("good/../open", dir+"/through")
	os.Symlink(dir+"/loop", dir+"/loop")

	for path, want := range map[string]string{
		good:                                 "",
		dir + "/link":                        "",
		dir + "/sticky/run":                  "",
		dir + "/good/../good/run":            "",
		dir + "/open/run":                    "writable",
		dir + "/group/run":                   "writable",
		dir + "/through/run":                 "writable",
		write(t, dir+"/good/w-other", 0o757): "writable",
		write(t, dir+"/good/w-group", 0o775): "writable",
		dir + "/loop":                        "too many",
		dir + "/good":                        "not a file",
		dir + "/none":                        "no such file",
		"relative":                           "not an absolute path",
	} {
		err := File(path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("File(%s) = %v, want %q", path, err, want)
		}
	}
	if err := Program(write(t, dir+"/good/plain", 0o644)); err == nil {
		t.Error("a file without x was called a program")
	}
	if os.Geteuid() == 0 {
		os.Lchown(good, 65534, 0)
		if err := File(good); err == nil || !strings.Contains(err.Error(), "another user") {
			t.Errorf("foreign owner: %v", err)
		}
	}
}
