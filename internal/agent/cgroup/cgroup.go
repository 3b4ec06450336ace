// Package cgroup keeps account of the processes of services in cgroups of
// version 2 (kernel: Documentation/admin-guide/cgroup-v2.rst). Only the core
// files are used, no controller, so the hybrid hierarchy does as well.
package cgroup

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// Root is the tree of one daemon's services: a cgroup for each of them.
type Root struct {
	Log *slog.Logger // nil: nothing is logged; set before the first use

	keeper Keeper
	events *notifier
	polls  sync.Once // the log knows that inotify cannot be used
}

// Keeper makes the cgroups of services, in the way of whoever owns the tree.
type Keeper interface {
	// Dir is the directory of a service's cgroup; of "", that of all. It need
	// not exist.
	Dir(service string) string
	// Hold sees that the cgroup is there, and stays while it is empty.
	Hold(service string) error
	// Keep tells all services: those that are not named are held no longer, the
	// others may be made ahead. It does not wait.
	Keep(services []string)
	Close() error
}

// Mount returns where cgroup2 is mounted, from /proc/self/mountinfo.
func Mount() (string, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return "", fmt.Errorf("find cgroup2 mount: %w", err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		before, after, ok := strings.Cut(s.Text(), " - ")
		if fields := strings.Fields(before); ok && strings.HasPrefix(after, "cgroup2 ") && len(fields) > 4 {
			return unescape(fields[4]), nil
		}
	}
	return "", errors.New("find cgroup2 mount: none in /proc/self/mountinfo (mount -t cgroup2 none /sys/fs/cgroup)")
}

// unescape undoes the octal escapes of mountinfo (proc(5)).
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// Open returns the root <mount>/<prefix>, for hosts whose process 1 is not
// systemd, and creates it. Prefix is "srr", but where several daemons share
// a host.
func Open(prefix string) (*Root, error) {
	mount, err := Mount()
	if err != nil {
		return nil, err
	}
	t := tree(filepath.Join(mount, prefix))
	if err := t.Hold(""); err != nil {
		return nil, err
	}
	return New(t), nil
}

// New returns the root of what the keeper keeps, which it closes in the end.
func New(k Keeper) *Root { return &Root{keeper: k, events: newNotifier()} }

// tree is a directory that nobody else takes care of.
type tree string

func (t tree) Dir(service string) string { return filepath.Join(string(t), service) }
func (t tree) Keep([]string)             {}
func (t tree) Close() error              { return nil }

func (t tree) Hold(service string) error {
	if err := os.MkdirAll(t.Dir(service), 0o755); err != nil {
		return fmt.Errorf("create cgroup %s: %w", t.Dir(service), err)
	}
	return nil
}

// Keep tells all services. What is needed for their first calls is made ahead.
func (r *Root) Keep(services []string) { r.keeper.Keep(services) }

// Close ends every wait. It leaves processes and their cgroups alone.
func (r *Root) Close() error { return errors.Join(r.events.Close(), r.keeper.Close()) }

// Remove removes the root's directory and what is empty below it.
func (r *Root) Remove() error { return r.Group("").Remove() }

// Group returns the cgroup of a service or of a part of it; it need not exist.
// Names of services are checked by the configuration (no slash, no dot in
// front). The service "" is all of them.
func (r *Root) Group(service string, part ...string) *Group {
	return &Group{root: r, service: service, dir: filepath.Join(append([]string{r.keeper.Dir(service)}, part...)...)}
}

// Group is one cgroup and everything below it.
type Group struct {
	root    *Root
	service string
	dir     string
}

// Dir is the directory of the cgroup.
func (g *Group) Dir() string { return g.dir }

// Start starts a command that is in the cgroup, which is made if there is none,
// from its first instruction (clone3(2), CLONE_INTO_CGROUP).
func (g *Group) Start(cmd *exec.Cmd) error {
	dir, err := g.create()
	if err != nil {
		return err
	}
	defer dir.Close()
	return StartIn(dir, cmd)
}

// StartIn starts a command in the cgroup of an open directory, but not in one that is
// frozen (`systemctl freeze`): who forks waits for the child to run its program, and
// the whole of a Go process with it.
func StartIn(dir *os.File, cmd *exec.Cmd) error {
	if by := frozenBy(dir.Name()); by != "" {
		return fmt.Errorf("control group %s is frozen: systemctl thaw %s", by, filepath.Base(by))
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(dir.Fd())
	return Start(cmd)
}

// frozenBy returns which cgroup, this one or one above it, somebody has frozen; "": none.
func frozenBy(dir string) string {
	for ; ; dir = filepath.Dir(dir) {
		b, err := os.ReadFile(filepath.Join(dir, "cgroup.freeze"))
		if err != nil {
			return "" // the root has no such file
		}
		if strings.TrimSpace(string(b)) != "0" {
			return dir
		}
	}
}

func (g *Group) create() (*os.File, error) {
	if err := g.root.keeper.Hold(g.service); err != nil {
		return nil, err
	}
	// Not MkdirAll: what is above is its owner's to make.
	if err := os.Mkdir(g.dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create cgroup %s: %w", g.dir, err)
	}
	return os.Open(g.dir)
}

// Remove removes the cgroup and those below it, if no process is left in them.
func (g *Group) Remove() error {
	var dirs []string
	g.walk(func(dir string) { dirs = append(dirs, dir) })
	var errs []error
	for i := len(dirs) - 1; i >= 0; i-- {
		if err := os.Remove(dirs[i]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Empty reports whether no process is in the cgroup or below it. A cgroup that
// does not exist is empty; one that cannot be read is not.
func (g *Group) Empty() bool {
	b, err := os.ReadFile(filepath.Join(g.dir, "cgroup.events"))
	if gone(err) {
		return true
	}
	return err == nil && strings.Contains("\n"+string(b), "\npopulated 0\n")
}

// gone reports whether an operation failed because the cgroup was removed.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV)
}

// Processes lists the processes in the cgroup and below it. The list may be
// out of date when it is read.
func (g *Group) Processes() []int {
	var pids []int
	g.walk(func(dir string) {
		b, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		for _, f := range strings.Fields(string(b)) {
			// 0 is a process of another PID namespace: kill(0) would hit us.
			if pid, err := strconv.Atoi(f); err == nil && pid > 0 {
				pids = append(pids, pid)
			}
		}
	})
	return pids
}

// Contains reports whether the process is in the cgroup or below it.
func (g *Group) Contains(pid int) bool {
	for _, p := range g.Processes() {
		if p == pid {
			return true
		}
	}
	return false
}

func (g *Group) walk(visit func(dir string)) {
	_ = filepath.WalkDir(g.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			visit(path)
		}
		return nil // what vanished meanwhile is empty
	})
}

// Adopt moves the processes of other for which the function holds into g, until
// none is left or a bound is reached (they may fork meanwhile); it reports whether
// none is left.
func (g *Group) Adopt(other *Group, which func(pid int) bool) bool {
	dir, err := g.create()
	if err != nil {
		return false
	}
	defer dir.Close()
	for range 100 {
		moved := false
		for _, pid := range other.Processes() {
			if which(pid) {
				moved = true
				_ = os.WriteFile(filepath.Join(g.dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0)
			}
		}
		if !moved {
			return true
		}
	}
	return false
}

// All is every process, for Adopt.
func All(int) bool { return true }

// Children lists the cgroups right below; of one that does not exist, none.
func (g *Group) Children() (groups []*Group, err error) {
	entries, err := os.ReadDir(g.dir)
	if gone(err) {
		return nil, nil
	}
	for _, e := range entries {
		if e.IsDir() {
			groups = append(groups, &Group{root: g.root, service: g.service, dir: filepath.Join(g.dir, e.Name())})
		}
	}
	return groups, err
}

// Empty reports whether no process is in the cgroup at the directory, which
// may be anybody's.
func Empty(dir string) bool { return (&Group{dir: dir}).Empty() }
