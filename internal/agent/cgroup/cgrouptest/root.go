// Package cgrouptest gives tests control groups of their own.
package cgrouptest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"srr/internal/agent/cgroup"
)

// Root is a place for groups, and ends what is left in it.
func Root(t testing.TB) *cgroup.Root {
	t.Helper()
	root, err := cgroup.Open(fmt.Sprintf("shc-%d-%s", os.Getpid(), t.Name()))
	if err != nil {
		t.Fatalf("this test needs root and cgroup2: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		root.Group("").Kill(ctx)
		if err := root.Remove(); err != nil {
			t.Error(err)
		}
		root.Close()
	})
	return root
}
