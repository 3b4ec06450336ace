package cgroup

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Signal sends a signal to every process in the cgroup and below it.
func (g *Group) Signal(sig syscall.Signal) {
	for _, pid := range g.Processes() {
		_ = syscall.Kill(pid, sig)
	}
}

// Terminate ends every process: TERM, after the grace KILL. It reports whether
// the cgroup is empty before ctx ends. What the kernel cannot kill (state D)
// stays, and the answer is false.
func (g *Group) Terminate(ctx context.Context, grace time.Duration) bool {
	if g.Empty() {
		return true
	}
	g.Signal(syscall.SIGTERM)
	g.Signal(syscall.SIGCONT) // a stopped process acts on TERM only when it runs
	soft, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if g.WaitEmpty(soft) == nil {
		return true
	}
	return g.Kill(ctx)
}

// Kill ends every process by force and reports whether the cgroup is empty
// before ctx ends; the signals are sent even if it has ended. The empty cgroup
// is removed: Linux 6.18 kills at birth every process that clone3(2) puts into
// a cgroup whose cgroup.kill was once written (measured: it compares the
// target's kill sequence with that of the parent's cgroup).
func (g *Group) Kill(ctx context.Context) bool {
	for !g.Empty() {
		// cgroup.kill (Linux 5.14) leaves a fork bomb no way out; without it,
		// the loop wins by repetition.
		if os.WriteFile(filepath.Join(g.dir, "cgroup.kill"), []byte("1"), 0) != nil {
			g.Signal(syscall.SIGKILL)
		}
		again, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		err := g.WaitEmpty(again)
		cancel()
		if err != nil && ctx.Err() != nil {
			break
		}
	}
	if !g.Empty() {
		return false
	}
	_ = g.Remove()
	return true
}
