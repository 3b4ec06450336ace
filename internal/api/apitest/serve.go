package apitest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"srr/internal/api"
)

// Serve serves b on a real unix socket until the test ends, and returns the
// server and the socket's path.
func Serve(t testing.TB, b api.Backend, i api.Inspector) (*api.Server, string) {
	t.Helper()
	base, err := os.MkdirTemp("", "srr") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(base, "run", "srrd.sock")
	l, err := api.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	s := api.New(b, i, slog.New(slog.DiscardHandler))
	if sim, ok := b.(api.Simulator); ok {
		s.Simulate(sim)
	}
	if m, ok := b.(api.Meter); ok {
		s.Measure(m)
	}
	if h, ok := b.(api.Host); ok {
		s.Describe(h)
	}
	t.Cleanup(func() { // after the server has ended
		if err := os.RemoveAll(base); err != nil {
			t.Error(err)
		}
	})
	Until(t, func(ctx context.Context) error { return s.Serve(ctx, l) })
	return s, path
}

// Until runs a server until the test ends, which it must do without an error.
func Until(t testing.TB, serve func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
