package api

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// A stranger is turned away before a byte of his is read.
func TestGuardTurnsStrangersAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "s")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	g := newGuard(l, slog.New(slog.DiscardHandler))
	strangers := true
	g.allow = func(uid uint32) bool {
		defer func() { strangers = false }()
		return !strangers && ownerOnly(uid)
	}
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := g.Accept()
		accepted <- c
	}()
	first, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_ = first.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := first.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the stranger's connection: %v", err)
	}
	second, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if c := <-accepted; c == nil {
		t.Error("the owner is not let in")
	} else {
		c.Close()
	}
}
