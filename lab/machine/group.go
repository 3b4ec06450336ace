package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"srr/internal/agent/cgroup"
)

// groupPrefix is what the control groups of all machines begin with.
const groupPrefix = "srr-machine-"

// group is the control group of a machine. Who holds the lock of its directory
// owns it: the kernel gives the lock back when the owner dies.
type group struct {
	dir  string
	lock *os.File
	in   *os.File // where commands run, made with the first
}

func newGroup() (*group, error) {
	mount, err := cgroup.Mount()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(mount, groupPrefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, err
	}
	g, err := lockGroup(dir)
	if err != nil {
		_ = os.Remove(dir)
	}
	return g, err
}

// lockGroup takes a control group that nobody owns.
func lockGroup(dir string) (*group, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return &group{dir: dir, lock: f}, nil
}

// exec is the control group of commands that are run from outside.
func (g *group) exec() (*os.File, error) {
	if g.in != nil {
		return g.in, nil
	}
	dir := filepath.Join(g.dir, "exec")
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	var err error
	g.in, err = os.Open(dir)
	return g.in, err
}

// remove kills everything in the group and removes it.
func (g *group) remove() error {
	defer g.lock.Close()
	if g.in != nil {
		defer g.in.Close()
	}
	if err := os.WriteFile(filepath.Join(g.dir, "cgroup.kill"), []byte("1"), 0); err != nil {
		return fmt.Errorf("end machine: %w", err)
	}
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err = removeTree(g.dir); err == nil {
			return nil
		}
	}
	return fmt.Errorf("end machine: %w", err)
}

// removeTree removes a directory and those below it; files of a control group
// go by themselves.
func removeTree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			err = errors.Join(err, removeTree(filepath.Join(dir, e.Name())))
		}
	}
	if err != nil {
		return err
	}
	return os.Remove(dir)
}

// sweep removes what machines have left whose owners were killed.
func sweep() error {
	mount, err := cgroup.Mount()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(mount)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), groupPrefix) {
			continue
		}
		if g, err := lockGroup(filepath.Join(mount, e.Name())); err == nil {
			errs = append(errs, g.remove())
		}
	}
	return errors.Join(errs...)
}
