package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	sigkill = syscall.SIGKILL
	sigterm = syscall.SIGTERM
)

// helperEnv selects what the executable does instead of its own work.
const helperEnv = "SRR_LAB_HELPER"

// RunHelper does the work of the processes that a lab starts from its own
// executable: the relays of links with a delay and the supervisors of srrd.
// Every main function and TestMain that builds labs calls it first; it returns
// only if the process is none of these.
func RunHelper() {
	var err error
	if filepath.Base(os.Args[0]) == echoName {
		exit(serveEcho(os.Args[1:]))
	}
	switch os.Getenv(helperEnv) {
	case "":
		return
	case "relay":
		err = runRelay(os.Args[1:])
	case "supervise":
		err = supervise(os.Args[1:])
	default:
		err = fmt.Errorf("run helper: unknown %s", os.Getenv(helperEnv))
	}
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// supervise runs srrd again and again. Arguments: file for its PID, a Daemon
// as JSON.
func supervise(args []string) error {
	var d Daemon
	if len(args) != 2 {
		return fmt.Errorf("supervise: want a file and a daemon")
	}
	if err := json.Unmarshal([]byte(args[1]), &d); err != nil {
		return fmt.Errorf("supervise: %w", err)
	}
	_ = os.Unsetenv(helperEnv)
	for {
		cmd := exec.Command(d.Argv[0], d.Argv[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("supervise: %w", err)
		}
		if err := writePID(args[0], cmd.Process.Pid); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "supervisor: %v\n", cmd.Wait())
		if len(d.StopPost) > 0 {
			post := exec.Command(d.StopPost[0], d.StopPost[1:]...)
			post.Stdout, post.Stderr = os.Stdout, os.Stderr
			if err := post.Run(); err != nil {
				fmt.Fprintf(os.Stderr, "supervisor: %v\n", err)
			}
		}
		time.Sleep(d.Restart)
	}
}

func writePID(file string, pid int) error {
	if err := os.WriteFile(file+".new", []byte(strconv.Itoa(pid)), 0o600); err != nil {
		return fmt.Errorf("supervise: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("supervise: %w", err)
	}
	return nil
}
