//go:build lab

package process

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"srr/internal/agent/cgroup"
	"srr/internal/service"
)

// successor is the service after the srrd of s has died.
func successor(t *testing.T, s *Service) *Service {
	t.Helper()
	next, err := New(&Host{RunDir: s.host.RunDir, Groups: s.host.Groups}, s.name, "")
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// dies lets a srrd begin a call, and kills it. When the call is told to go on, it
// makes a file.
func dies(t *testing.T, s *Service, p service.Primitive) (goOn, made string) {
	t.Helper()
	dir := t.TempDir()
	began := filepath.Join(dir, "began")
	goOn, made = filepath.Join(dir, "go"), filepath.Join(dir, "made")
	cmd := exec.Command(os.Args[0], "-test.run=^TestDaemonThatDies$")
	cmd.Env = append(os.Environ(), "DIES_IN="+p.String(), "DIES_SERVICE="+s.name, "DIES_RUN="+s.host.RunDir,
		"DIES_GROUPS="+filepath.Base(s.host.Groups.Group("").Dir()),
		`DIES_SCRIPT=timeout 1000 sh -c 'trap "" TERM; touch `+began+`; until [ -e `+goOn+` ]; do sleep 0.01; done; touch `+made+`'; exit 0`)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitFile(t, began)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return goOn, made
}

// TestDaemonThatDies is what dies kills.
func TestDaemonThatDies(t *testing.T) {
	if os.Getenv("DIES_IN") == "" {
		return
	}
	root, err := cgroup.Open(os.Getenv("DIES_GROUPS"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(&Host{RunDir: os.Getenv("DIES_RUN"), Groups: root}, os.Getenv("DIES_SERVICE"), "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := service.ParsePrimitive(os.Getenv("DIES_IN"))
	if err != nil {
		t.Fatal(err)
	}
	do(t, s, p, time.Hour, os.Getenv("DIES_SCRIPT"))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// A start that goes on would mount again what the successor's stop unmounts, and
// the stop would be verified.
func TestWhatADeadDaemonCalledIsEnded(t *testing.T) {
	host := labHost(t)
	for _, p := range []service.Primitive{service.Activate, service.Start, service.Restart, service.Reload, service.Stop, service.Join} {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			old, err := New(host, p.String(), "")
			if err != nil {
				t.Fatal(err)
			}
			goOn, made := dies(t, old, p)
			next := successor(t, old)
			res := do(t, next, service.Stop, 30*time.Second, `touch `+goOn+`; sleep 0.5`)
			if res.Outcome != service.OK || !res.Verified {
				t.Errorf("%+v", res)
			}
			if exists(made) {
				t.Error("both were at work")
			}
			if left := next.host.Groups.Group(next.name).Processes(); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func TestKillEndsWhatADeadDaemonCalled(t *testing.T) {
	old := labService(t, "")
	dies(t, old, service.Stop)
	if next := successor(t, old); !next.Kill(t.Context()) || len(next.host.Groups.Group(next.name).Processes()) > 0 {
		t.Error("it goes on")
	}
}

func TestChecksOfADeadDaemonAreEnded(t *testing.T) {
	old := labService(t, "")
	dies(t, old, service.Check)
	next := successor(t, old)
	if res := do(t, next, service.Status, 30*time.Second, `exit 0`); res.Outcome != service.OK {
		t.Errorf("%+v", res)
	}
	if left := next.host.Groups.Group(next.name).Processes(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// What a start that ended has left is the service, whatever its session.
func TestTheServiceOutlivesTheDaemon(t *testing.T) {
	old := labService(t, "")
	do(t, old, service.Start, 10*time.Second, daemon)
	goOn, made := dies(t, old, service.Reload)
	next := successor(t, old)
	do(t, next, service.Join, 30*time.Second, `touch `+goOn+`; sleep 0.5`)
	if n := len(next.Group().Processes()); n != 2 || exists(made) {
		t.Errorf("%d of 2 processes of the service live; the reload went on: %v", n, exists(made))
	}
}

// Of a call that left no word which process it is, none may go on.
func TestCallOfWhichOnlyItsBeginIsKnown(t *testing.T) {
	old := labService(t, "")
	dies(t, old, service.Start)
	notes, _ := filepath.Glob(filepath.Join(old.dir, "*"+noteEnd))
	if len(notes) != 1 {
		t.Fatalf("notes %v", notes)
	}
	if err := note(notes[0]).begin(); err != nil {
		t.Fatal(err)
	}
	next := successor(t, old)
	do(t, next, service.Stop, 30*time.Second, `exit 0`)
	if left := next.host.Groups.Group(next.name).Processes(); len(left) > 0 || exists(notes[0]) {
		t.Errorf("left: %v", left)
	}
}
