package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// cgroupRoot finds where the control groups, version 2, are mounted.
func cgroupRoot() (string, error) {
	data, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return "", fmt.Errorf("find control groups: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 2 && f[2] == "cgroup2" {
			return f[1], nil
		}
	}
	return "", errors.New("find control groups: no cgroup2 mounted; mount -t cgroup2 none /sys/fs/cgroup/unified")
}

// killGroup ends every process below a control group at once and waits until
// all are gone. A group that does not exist is empty. It freezes the group
// first, so that nothing acts on the death of something else and nothing forks.
// (cgroup.kill would do, but after it Linux 6.14 and later also kill what
// clone3 puts into the group.)
func killGroup(dir string) error {
	freezer := filepath.Join(dir, "cgroup.freeze")
	if _, err := os.Stat(dir); err != nil {
		return nil
	}
	_ = os.WriteFile(freezer, []byte("1"), 0)
	empty := func() bool {
		pids := groupPIDs(dir)
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL) // pinned by the group it is in
		}
		return len(pids) == 0
	}
	err := waitFor(10*time.Second, "the end of the processes in "+dir, empty)
	return errors.Join(err, os.WriteFile(freezer, []byte("0"), 0))
}

// groupPIDs lists the processes below a control group, without zombies.
func groupPIDs(dir string) []int {
	var pids []int
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		data, _ := os.ReadFile(filepath.Join(path, "cgroup.procs"))
		for _, f := range strings.Fields(string(data)) {
			pid, err := strconv.Atoi(f)
			if err != nil || pid <= 1 {
				continue
			}
			if _, zombie, err := procStat(pid); err == nil && !zombie {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids
}

// removeGroup removes a control group and those below it. They must be empty.
func removeGroup(dir string) error {
	var dirs []string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	remove := func() bool {
		for i := len(dirs) - 1; i >= 0; i-- {
			if err := unix.Rmdir(dirs[i]); err != nil && !errors.Is(err, unix.ENOENT) {
				return false
			}
		}
		return true
	}
	// Zombies count until they are reaped.
	return waitFor(5*time.Second, "removal of control group "+dir, remove)
}
