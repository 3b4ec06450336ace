// Package cgroup keeps account of the processes of services in cgroups of
// version 2 (kernel: Documentation/admin-guide/cgroup-v2.rst). Only the core
// files are used, no controller, so the hybrid hierarchy does as well.
package cgroup

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Root is the directory under which all services of one daemon have their
// cgroups.
type Root struct {
	dir    string
	events *notifier
	ensure func() error // makes dir again if it has vanished
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
	dir := filepath.Join(mount, prefix)
	return open(dir, func() error { return os.MkdirAll(dir, 0o755) })
}

func open(dir string, ensure func() error) (*Root, error) {
	if err := ensure(); err != nil {
		return nil, fmt.Errorf("create cgroup %s: %w", dir, err)
	}
	n, err := newNotifier()
	if err != nil {
		return nil, fmt.Errorf("watch cgroups: %w", err)
	}
	return &Root{dir: dir, events: n, ensure: ensure}, nil
}

// Dir is the directory of the root.
func (r *Root) Dir() string { return r.dir }

// Close ends every wait. It leaves the cgroups and their processes alone.
func (r *Root) Close() error { return r.events.Close() }

// Remove removes the root's directory and what is empty below it.
func (r *Root) Remove() error { return (&Group{root: r, dir: r.dir}).Remove() }

// Group returns the cgroup of a service or of a part of it; it need not exist.
// Elements are path elements: names of services are checked by the
// configuration (no slash, no dot in front).
func (r *Root) Group(elements ...string) *Group {
	return &Group{root: r, dir: filepath.Join(append([]string{r.dir}, elements...)...)}
}

// Group is one cgroup and everything below it.
type Group struct {
	root *Root
	dir  string
}

// Dir is the directory of the cgroup.
func (g *Group) Dir() string { return g.dir }

// Create makes the cgroup if there is none and opens its directory, for
// syscall.SysProcAttr.CgroupFD.
func (g *Group) Create() (*os.File, error) {
	if err := g.root.ensure(); err != nil {
		return nil, fmt.Errorf("create cgroup %s: %w", g.dir, err)
	}
	if err := os.MkdirAll(g.dir, 0o755); err != nil {
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

// Adopt moves all processes of other into g, until none is left or a bound is
// reached (they may fork meanwhile); it reports whether other is empty.
func (g *Group) Adopt(other *Group) bool {
	dir, err := g.Create()
	if err != nil {
		return false
	}
	defer dir.Close()
	for range 100 {
		pids := other.Processes()
		if len(pids) == 0 {
			break
		}
		for _, pid := range pids {
			_ = os.WriteFile(filepath.Join(g.dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0)
		}
	}
	return other.Empty()
}

// Empty reports whether no process is in the cgroup at the directory, which
// may be anybody's.
func Empty(dir string) bool { return (&Group{dir: dir}).Empty() }
