//go:build lab

package cgroup

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

func testRoot(t *testing.T) *Root {
	t.Helper()
	r, err := Open(fmt.Sprintf("shc-%d-%s", os.Getpid(), t.Name()))
	if err != nil {
		t.Fatalf("this test needs root and cgroup2: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		r.Group("").Kill(ctx)
		if err := r.Remove(); err != nil {
			t.Error(err)
		}
		r.Close()
	})
	return r
}

// run starts a process in g and reaps it.
func run(t *testing.T, g *Group, argv ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := g.Start(cmd); err != nil {
		t.Fatal(err)
	}
	go cmd.Wait()
	return cmd
}

func bound(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestDeathIsSeenInMilliseconds(t *testing.T) {
	g := testRoot(t).Group("web", "service")
	for try := 1; ; try++ { // one of a few: the machine does other things, too
		cmd := run(t, g, "sleep", "60")
		if g.Empty() || !g.Contains(cmd.Process.Pid) {
			t.Fatal("the process is not in its cgroup")
		}
		done := make(chan error, 1)
		go func() { done <- g.WaitEmpty(bound(t)) }()
		at := time.Now()
		cmd.Process.Kill()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		took := time.Since(at)
		t.Logf("death was seen after %v", took)
		if took < 200*time.Millisecond {
			return
		}
		if try == 5 {
			t.Fatal("never within 200 ms")
		}
	}
}

func TestTerminateTakesEverybody(t *testing.T) {
	g := testRoot(t).Group("web", "service")
	// One that ignores TERM, one that left the session, one that is stopped.
	run(t, g, "sh", "-c", `trap "" TERM; setsid sleep 60 & sleep 60 & kill -STOP $!; sleep 60; sleep 60`)
	for ctx := bound(t); len(g.Processes()) < 4 && ctx.Err() == nil; {
	}
	if !g.Terminate(bound(t), 50*time.Millisecond) {
		t.Errorf("left over: %v", g.Processes())
	}
}

func TestKillBeatsForks(t *testing.T) {
	g := testRoot(t).Group("bomb")
	run(t, g, "sh", "-c", `while :; do sleep 60 & sleep 0.01; done`)
	for ctx := bound(t); len(g.Processes()) < 10 && ctx.Err() == nil; {
	}
	if !g.Kill(bound(t)) {
		t.Errorf("left over: %v", g.Processes())
	}
}

func TestAdoptMoves(t *testing.T) {
	r := testRoot(t)
	from, to := r.Group("web", "call"), r.Group("web", "base")
	cmd := run(t, from, "sleep", "60")
	if !to.Adopt(from, All) || !to.Contains(cmd.Process.Pid) {
		t.Error("the process was not moved")
	}
}

func TestWaitEndsWithContextAndClose(t *testing.T) {
	r := testRoot(t)
	g := r.Group("web")
	run(t, g, "sleep", "60")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if g.WaitEmpty(ctx) == nil {
		t.Error("a populated cgroup was called empty")
	}
	done := make(chan error, 1)
	go func() { done <- g.WaitEmpty(bound(t)) }()
	r.Close()
	if err := <-done; err == nil {
		t.Error("a populated cgroup was called empty")
	}
}

// A cgroup that was killed must take new processes; see Kill.
func TestKilledGroupIsUsedAgain(t *testing.T) {
	g := testRoot(t).Group("web", "service")
	run(t, g, "sleep", "60")
	if !g.Kill(bound(t)) {
		t.Fatal("not killed")
	}
	cmd := run(t, g, "sleep", "60")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if g.WaitEmpty(ctx) == nil {
		t.Errorf("process %d was killed at birth", cmd.Process.Pid)
	}
}

// A change within 10 ms of another one is lost with the cgroup; see subscribe.
func TestGroupThatIsRemovedAtOnceIsEmpty(t *testing.T) {
	r := testRoot(t)
	for i := range 20 {
		g := r.Group("web", fmt.Sprintf("service%d", i))
		cmd := run(t, g, "sleep", "60")
		done := make(chan error, 1)
		go func() { done <- g.WaitEmpty(bound(t)) }()
		ctx := bound(t)
		for waiting := 0; waiting == 0 && ctx.Err() == nil; {
			r.events.mu.Lock()
			waiting = len(r.events.waiters)
			r.events.mu.Unlock()
		}
		cmd.Process.Kill()
		for os.Remove(g.Dir()) != nil && ctx.Err() == nil {
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}
