package lab

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestSignalSparesOthers: a number that was reused belongs to somebody else.
func TestSignalSparesOthers(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	p, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	stale := Process{PID: p.PID, Start: p.Start - 1}
	if stale.Alive() {
		t.Error("a process with another start time counts as the same")
	}
	if err := stale.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	select {
	case <-ended:
		t.Fatal("a process that is not ours was killed")
	case <-time.After(50 * time.Millisecond):
	}
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	<-ended
	if p.Alive() {
		t.Error("a dead process counts as alive")
	}
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Errorf("signal to a dead process: %v", err)
	}
}

func TestSignalRefusesInit(t *testing.T) {
	for _, pid := range []int{-1, 0, 1} {
		if err := (Process{PID: pid}).Signal(syscall.Signal(0)); err == nil {
			t.Errorf("signal to %d was sent", pid)
		}
	}
}

func TestDownRefusesForeignNames(t *testing.T) {
	for _, prefix := range []string{"", "..", "../x", "A", "a-b", "averyverylongprefix"} {
		if err := Down(prefix); err == nil {
			t.Errorf("took down %q", prefix)
		}
	}
}

func TestIdentifySelf(t *testing.T) {
	p, err := identify(os.Getpid())
	if err != nil || !p.Alive() {
		t.Errorf("identify self: %+v, %v", p, err)
	}
}

func TestServiceAddr(t *testing.T) {
	seen := map[string]bool{}
	for i := range 1000 {
		a := ServiceAddr(i)
		if !Service.Contains(a) || seen[a.String()] {
			t.Fatalf("service address %d is %s", i, a)
		}
		seen[a.String()] = true
	}
}
