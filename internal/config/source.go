package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"srr/internal/agent/trust"
)

// maxFileSize bounds one configuration file; 1,000 services need about 0.5 MiB.
const maxFileSize = 4 << 20

// maxFiles bounds conf.d.
const maxFiles = 10_000

// confDir is the directory of further files beside the main file at path.
func confDir(path string) string { return filepath.Join(filepath.Dir(path), "conf.d") }

// overlay replaces files while they are read: what a file would hold, or nil
// where it would be gone.
type overlay map[string][]byte

// listFiles returns the main file and the files of conf.d, sorted by name.
// Names that begin with a dot and files that do not end in .yaml are left
// alone: editors and package managers leave such things behind.
func listFiles(path string, over overlay) ([]string, Problems) {
	dir := confDir(path)
	entries, err := readDir(dir)
	if err != nil {
		return []string{path}, Problems{{Position: Position{File: dir}, Message: err.Error()}}
	}
	var problems Problems
	var more []string
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		switch _, replaced := over[name]; {
		case strings.HasPrefix(e.Name(), ".") || replaced:
		case strings.HasSuffix(name, ".yml"):
			problems = append(problems, Problem{
				Position: Position{File: name},
				Message:  "the name of the file ends in .yml", Hint: "rename it to end in .yaml",
			})
		case strings.HasSuffix(name, ".yaml"):
			more = append(more, name)
		}
	}
	for name, text := range over {
		if text != nil && name != path {
			more = append(more, name)
		}
	}
	if len(more) > maxFiles {
		more = more[:maxFiles]
		problems = append(problems, Problem{
			Position: Position{File: dir},
			Message:  fmt.Sprintf("more than %d files", maxFiles),
		})
	}
	slices.Sort(more)
	return append([]string{path}, more...), problems
}

// readDir reads a directory that only root or the user of this process can put
// files into; there may be none.
func readDir(dir string) ([]fs.DirEntry, error) {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err := trusted(trust.Directory, dir); err != nil {
		return nil, err
	}
	return os.ReadDir(dir)
}

// trusted judges a path that need not be absolute.
func trusted(judge func(string) error, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	return judge(path)
}

// readFile reads a regular file that only root or the user of this process
// can have written, or have put there: it names programs that run as root.
func readFile(name string) ([]byte, *Problem) {
	bad := func(message, hint string) *Problem {
		return &Problem{Position: Position{File: name}, Message: message, Hint: hint}
	}
	// Without O_NONBLOCK a fifo would keep us waiting.
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch _, lerr := os.Lstat(name); {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) && lerr == nil:
		return nil, bad("is a link that leads nowhere", "remove it, or make what it leads to")
	case errors.Is(err, fs.ErrNotExist):
		return nil, bad("the file does not exist", "srrd init writes a first one")
	default:
		return nil, bad("cannot be opened: "+causeOf(err), "")
	}
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return nil, bad("cannot be examined: "+err.Error(), "")
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return nil, bad("is no regular file", "")
	case st.Uid != 0 && int(st.Uid) != os.Geteuid():
		return nil, bad(fmt.Sprintf("belongs to user %d", st.Uid), "chown root "+name)
	case st.Mode&0o022 != 0:
		return nil, bad("can be written by others", "chmod go-w "+name)
	}
	if err := trusted(trust.File, name); err != nil {
		return nil, bad(err.Error(), "")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, bad("cannot be read: "+causeOf(err), "")
	}
	if len(text) > maxFileSize {
		return nil, bad(fmt.Sprintf("is larger than %d MiB", maxFileSize>>20), "spread the services over files in conf.d")
	}
	return text, nil
}

// causeOf drops the operation and the path, which the position says already.
func causeOf(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
