package machine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// inside tells a process that it runs in a machine already.
const inside = "SRR_LAB_INSIDE_MACHINE"

// Main is for TestMain: it boots a machine, runs this very test program in it,
// with the same arguments and in the same directory, and returns its exit code.
// In the machine, it runs the tests.
func Main(tests func() int) int {
	if os.Getenv(inside) != "" {
		return tests()
	}
	code, err := again()
	if err != nil {
		fmt.Fprintf(os.Stderr, "run tests in a machine: %v (this needs root, systemd and cgroup2)\n", err)
		return 1
	}
	return code
}

func again() (code int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	here, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	directories := []string{filepath.Dir(self), here}
	for _, arg := range os.Args {
		// Where go test wants its files.
		if _, file, ok := strings.Cut(arg, "="); ok && filepath.IsAbs(file) {
			directories = append(directories, filepath.Dir(file))
		}
	}
	ctx := context.Background()
	m, err := Boot(ctx, directories...)
	if err != nil {
		return 0, err
	}
	defer func() {
		if code != 0 {
			fmt.Fprintf(os.Stderr, "what the machine said:\n%s", m.Journal())
		}
		if cerr := m.Close(); err == nil {
			err = cerr
		}
	}()
	cmd, err := m.Command(ctx, append([]string{"sh", "-c", `cd "$1"; shift; exec "$@"`, "sh", here, self}, os.Args[1:]...)...)
	if err != nil {
		return 0, err
	}
	cmd.Env = append(os.Environ(), inside+"=1", "TMPDIR=/tmp")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.WaitDelay = 0
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		return 0, err
	}
	if code = cmd.ProcessState.ExitCode(); code < 0 {
		code = 1
	}
	return code, nil
}
