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
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(base); err != nil {
			t.Error(err)
		}
	})
	return s, path
}
