// Package trust refuses programs that somebody else could change: what srrd
// runs, it runs as root.
package trust

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const maxLinks = 20

// File returns nil if the file at the absolute path can be changed by nobody
// but root (and the daemon's own user): it and every directory and symbolic
// link on the way to it belong to root, and none is writable by group or
// others. A directory with the sticky bit may be: nobody can rename or remove
// what belongs to root in there.
func File(path string) error {
	if !filepath.IsAbs(path) {
		return fmt.Errorf("trust %s: not an absolute path", path)
	}
	info, err := walk("/", strings.Split(filepath.Clean(path), "/"), maxLinks)
	if err != nil {
		return refusal(path, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("trust %s: not a file", path)
	}
	return nil
}

// Directory is File for a directory that only root, and the daemon's own user, may
// put files into. A sticky bit is not enough there: what does not exist yet could be
// put there by somebody else, as a link to anywhere.
func Directory(path string) error {
	if !filepath.IsAbs(path) {
		return fmt.Errorf("trust %s: not an absolute path", path)
	}
	info, err := walk("/", strings.Split(filepath.Clean(path), "/"), maxLinks)
	switch {
	case err != nil:
		return refusal(path, err)
	case !info.IsDir():
		return fmt.Errorf("trust %s: not a directory", path)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("trust %s: it is writable by others than root (chmod go-w %s)", path, path)
	}
	return nil
}

// Program is File for something to be executed.
func Program(path string) error {
	if err := File(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("trust %s: %w", path, err)
	}
	if info.Mode()&0o111 == 0 {
		return fmt.Errorf("trust %s: not executable (chmod 755 %s)", path, path)
	}
	return readable(path)
}

// readable reads what the kernel is about to: a disk that hangs shall have whoever looks
// wait. In a fork, the whole process would.
func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("trust %s: %w", path, err)
	}
	defer f.Close()
	if _, err := f.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("trust %s: %w", path, err)
	}
	return nil
}

// refusal says why a path is not trusted.
func refusal(path string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("trust %s: %w", path, err)
	}
	if _, err := os.Lstat(path); err == nil {
		return missing(path + " is a link that leads nowhere")
	}
	return missing("there is no " + path)
}

// missing is an fs.ErrNotExist in plain words.
type missing string

func (m missing) Error() string      { return string(m) }
func (missing) Is(target error) bool { return target == fs.ErrNotExist }

// walk checks each element below dir, which is checked, and returns the last.
func walk(dir string, elements []string, links int) (fs.FileInfo, error) {
	info, err := step(dir)
	if err != nil {
		return nil, err
	}
	for i, e := range elements {
		if e == "" || e == "." {
			continue
		}
		dir = filepath.Join(dir, e)
		if info, err = step(dir); err != nil {
			return nil, err
		}
		if info.Mode().Type() != fs.ModeSymlink {
			continue
		}
		if links == 0 {
			return nil, fmt.Errorf("%s: too many symbolic links", dir)
		}
		target, err := os.Readlink(dir)
		if err != nil {
			return nil, err
		}
		from := filepath.Dir(dir)
		if filepath.IsAbs(target) {
			from = "/"
		}
		rest := append(strings.Split(target, "/"), elements[i+1:]...)
		return walk(from, rest, links-1)
	}
	return info, nil
}

func step(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	return info, judge(path, info, os.Geteuid())
}

func judge(path string, info fs.FileInfo, self int) error {
	mode := info.Mode()
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok || stat.Uid != 0 && int(stat.Uid) != self:
		return fmt.Errorf("%s belongs to another user than root (chown root %s)", path, path)
	case mode.Type() == fs.ModeSymlink: // its mode means nothing
	case mode.Perm()&0o022 != 0 && !(mode.IsDir() && mode&fs.ModeSticky != 0):
		return fmt.Errorf("%s is writable by others than root (chmod go-w %s)", path, path)
	}
	return nil
}
