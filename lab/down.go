package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Down takes down a lab by its prefix, whoever built it. It may be repeated.
func Down(prefix string) error {
	if !prefixSyntax.MatchString(prefix) {
		return fmt.Errorf("take down lab %q: malformed prefix", prefix)
	}
	s := store{dir: filepath.Join(StateRoot, prefix)}
	st, err := s.load()
	switch {
	case errors.Is(err, os.ErrNotExist):
		// Killed before the first state was written: there is nothing else.
		return removeDir(s.dir)
	case err != nil:
		return err
	}
	errs := []error{endProcesses(st)}
	for _, name := range st.Namespaces {
		if strings.HasPrefix(name, prefix+"-") {
			errs = append(errs, deleteNamespace(name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("take down lab %s: %w", prefix, err)
	}
	return removeDir(s.dir)
}

// CleanUp takes down every lab whose owner has died.
func CleanUp() error {
	labs, err := Labs()
	if err != nil {
		return err
	}
	var errs []error
	for _, st := range labs {
		kept := st.Owner.PID == 0 && st.Cgroup != ""
		fresh := st.Cgroup == "" && recent(filepath.Join(StateRoot, st.Prefix))
		if !kept && !fresh && !st.Owner.Alive() {
			errs = append(errs, Down(st.Prefix))
		}
	}
	return errors.Join(errs...)
}

// recent reports whether a directory is so young that its owner may be about
// to write the first state.
func recent(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && time.Since(info.ModTime()) < 10*time.Second
}

func endProcesses(st State) error {
	var errs []error
	for _, p := range st.Processes {
		errs = append(errs, p.Signal(syscall.SIGKILL))
	}
	if strings.HasSuffix(st.Cgroup, "/srr-lab/"+st.Prefix) {
		if err := killGroup(st.Cgroup); err != nil {
			return err
		}
		errs = append(errs, removeGroup(st.Cgroup))
		_ = os.Remove(filepath.Dir(st.Cgroup)) // if this was the last lab
	}
	return errors.Join(errs...)
}

func removeDir(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove %s: %w", dir, err)
	}
	_ = os.Remove(StateRoot) // if this was the last lab
	return nil
}

// Requirements tells what the machine lacks for a lab, with the command that
// would help.
func Requirements() error {
	if os.Geteuid() != 0 {
		return errors.New("build lab: network namespaces need root; run it with sudo")
	}
	var missing []string
	for file, pkg := range map[string]string{
		"/usr/lib/frr/ospfd": "frr", "ip": "iproute2", "nsenter": "util-linux", "unshare": "util-linux",
	} {
		if _, err := exec.LookPath(file); err != nil {
			missing = append(missing, pkg)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("build lab: missing packages; apt-get install %s", strings.Join(missing, " "))
	}
	if _, err := cgroupRoot(); err != nil {
		return err
	}
	return notChrooted()
}

// notChrooted: whoever enters the mount namespace of a node leaves a chroot
// (setns(2)), and would run what is outside of it.
func notChrooted() error {
	here, err := os.Stat("/")
	if err != nil {
		return fmt.Errorf("build lab: %w", err)
	}
	st := here.Sys().(*syscall.Stat_t)
	cmd := exec.Command("nsenter", "-t", strconv.Itoa(os.Getpid()), "-m", "stat", "-c", "%d:%i", "/")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is not meant for it
	there, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("build lab: look at / from outside: %w", err)
	}
	if strings.TrimSpace(string(there)) != fmt.Sprintf("%d:%d", st.Dev, st.Ino) {
		return errors.New("build lab: this is a chroot; run it on the machine itself, or in a container")
	}
	return nil
}
