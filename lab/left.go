package lab

import (
	"os"
	"path/filepath"
	"strings"
)

// Left lists everything on the machine that carries the prefix: for tests that
// nothing is left.
func Left(prefix string) []string {
	var left []string
	for _, dir := range []string{"/run/netns", StateRoot} {
		found, _ := filepath.Glob(filepath.Join(dir, prefix+"*"))
		left = append(left, found...)
	}
	if root, err := cgroupRoot(); err == nil {
		found, _ := filepath.Glob(filepath.Join(root, "srr-lab", prefix+"*"))
		left = append(left, found...)
	}
	procs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, p := range procs {
		cmdline, _ := os.ReadFile(p)
		if strings.Contains(string(cmdline), prefix) {
			left = append(left, p+" "+strings.ReplaceAll(string(cmdline), "\x00", " "))
		}
	}
	mounts, _ := os.ReadFile("/proc/self/mounts")
	if strings.Contains(string(mounts), prefix) {
		left = append(left, "a mount")
	}
	return left
}
