package trust

import (
	"errors"
	"io/fs"
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
	os.Symlink("none", dir+"/dangling")

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
		dir + "/none/run":                    "there is no " + dir + "/none/run",
		dir + "/dangling":                    dir + "/dangling is a link that leads nowhere",
		"relative":                           "not an absolute path",
	} {
		err := File(path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("File(%s) = %v, want %q", path, err, want)
		}
		if gone := strings.HasPrefix(want, "there is no") || strings.HasSuffix(want, "nowhere"); errors.Is(err, fs.ErrNotExist) != gone {
			t.Errorf("File(%s) = %v: does not exist: %t", path, err, !gone)
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

// TestMatrix gives each component of the way to a program away in each way: to
// another owner, or to be written by the group or by others. Each is refused, and
// the error names it.
func TestMatrix(t *testing.T) {
	root := os.Geteuid() == 0 // who else cannot give files away
	top := t.TempDir()
	program := write(t, top+"/srv/web/bin/run", 0o755)
	if err := os.Symlink("web", top+"/srv/current"); err != nil {
		t.Fatal(err)
	}
	through := top + "/srv/current/bin/run"
	judges := map[string]func() error{
		"file": func() error { return File(program) }, "program": func() error { return Program(program) },
		"through a link": func() error { return Program(through) },
	}
	refused := func(part string) {
		t.Helper()
		for name, judge := range judges {
			if err := judge(); err == nil || !strings.Contains(err.Error(), part+" ") {
				t.Errorf("%s, %s given away: %v", name, part, err)
			}
		}
	}
	trusted := func() {
		t.Helper()
		for name, judge := range judges {
			if err := judge(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	trusted()
	for _, part := range []string{top, top + "/srv", top + "/srv/web", top + "/srv/web/bin", program} {
		info, err := os.Lstat(part)
		if err != nil {
			t.Fatal(err)
		}
		for _, mode := range []os.FileMode{0o020, 0o002, 0o022} {
			if err := os.Chmod(part, info.Mode().Perm()|mode); err != nil {
				t.Fatal(err)
			}
			refused(part)
		}
		if err := os.Chmod(part, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
		if !root {
			continue
		}
		if err := os.Chown(part, 65534, 0); err != nil {
			t.Fatal(err)
		}
		refused(part)
		if err := os.Chown(part, 0, 65534); err != nil { // a group that may not write is none
			t.Fatal(err)
		}
		trusted()
	}
	if !root {
		return
	}
	if err := os.Lchown(top+"/srv/current", 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if err := Program(through); err == nil || !strings.Contains(err.Error(), "current belongs to another user") {
		t.Errorf("somebody else's link: %v", err)
	}
}

// TestDirectory: nobody else may put anything into one, sticky or not.
func TestDirectory(t *testing.T) {
	top := t.TempDir()
	for name, mode := range map[string]os.FileMode{"closed": 0o700, "seen": 0o755, "group": 0o775, "open": 0o777, "sticky": 0o777 | os.ModeSticky} {
		if err := os.Mkdir(top+"/"+name, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(top+"/"+name, mode); err != nil {
			t.Fatal(err)
		}
	}
	write(t, top+"/file", 0o600)
	for path, want := range map[string]string{
		top + "/closed": "", top + "/seen": "", top + "/group": "writable", top + "/open": "writable", top + "/sticky": "writable",
		top + "/file": "not a directory", "run/srr": "not an absolute path", top + "/none": "there is no ",
	} {
		err := Directory(path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Directory(%s) = %v, want %q", path, err, want)
		}
	}
}
