//go:build lab

package demo

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"srr/lab"
)

// terminal is a pseudo-terminal whose foreground process group runs the
// demonstration.
type terminal struct {
	master *os.File

	mu     sync.Mutex
	screen bytes.Buffer
}

// openTerminal returns it with its other end.
func openTerminal(t *testing.T) (*terminal, *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{master: master}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			term.mu.Lock()
			term.screen.Write(buf[:n])
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return term, slave
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.screen.String()
}

// TestInterrupt types Ctrl-C at several moments, or ends the demonstration with
// TERM, and looks for anything that it has left.
func TestInterrupt(t *testing.T) {
	program, err := filepath.Abs("../../build/srr-lab")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		after string // what the screen shows
		end   func(term *terminal, p *os.Process) error
	}{
		{"building", "Each box", ctrlC},
		{"booting", "Starting routers", ctrlC},
		{"starting", "Starting srrd", terminate},
		{"moving", "1/8", ctrlC},
	} {
		t.Run(c.name, func(t *testing.T) {
			prefix := "srli" + c.name[:4]
			term, slave := openTerminal(t)
			cmd := exec.Command(program, "demo", "--prefix", prefix, "--srrd", filepath.Join(filepath.Dir(program), "srrd"), "--logs", "")
			cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := cmd.Start(); err != nil {
				t.Fatalf("%v (make lab-build comes first)", err)
			}
			slave.Close()
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			for !strings.Contains(term.text(), c.after) {
				select {
				case err := <-ended:
					t.Fatalf("it ended by itself: %v\n%s", err, term.text())
				case <-time.After(5 * time.Millisecond):
				}
			}
			if err := c.end(term, cmd.Process); err != nil {
				t.Fatal(err)
			}
			at := time.Now()
			err := <-ended
			t.Logf("ended after %v: %v", time.Since(at).Round(time.Millisecond), err)
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
				t.Errorf("a demonstration that was interrupted ended with %v", err)
			}
			if !strings.Contains(term.text(), "interrupted") {
				t.Errorf("it does not say why it ended:\n%s", term.text())
			}
			for _, left := range lab.Left(prefix) {
				t.Errorf("left: %s", left)
			}
		})
	}
}

func ctrlC(term *terminal, _ *os.Process) error {
	_, err := term.master.Write([]byte{3})
	return err
}

func terminate(_ *terminal, p *os.Process) error { return p.Signal(syscall.SIGTERM) }
