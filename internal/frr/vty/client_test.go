package vty

import (
	"bufio"
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// daemon plays FRR: it answers every command by script and records it.
type daemon struct {
	dir    string
	heard  chan string
	answer func(command string) (chunks []string)
}

func play(t *testing.T, answer func(string) []string) *daemon {
	t.Helper()
	d := &daemon{dir: t.TempDir(), heard: make(chan string, 100), answer: answer}
	l, err := net.Listen("unix", filepath.Join(d.dir, "ospfd.vty"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go d.serve(c)
		}
	}()
	return d
}

func (d *daemon) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString(0)
		if err != nil {
			return
		}
		line = strings.TrimSuffix(line, "\x00")
		d.heard <- line
		for _, part := range d.answer(line) {
			if _, err := c.Write([]byte(part)); err != nil {
				return
			}
		}
	}
}

func (d *daemon) commands() string {
	var all []string
	for {
		select {
		case c := <-d.heard:
			all = append(all, c)
		default:
			return strings.Join(all, "; ")
		}
	}
}

func ok(string) []string { return []string{"\x00\x00\x00\x00"} }

func TestShowJoinsPieces(t *testing.T) {
	d := play(t, func(c string) []string {
		if c == "enable" {
			return ok(c)
		}
		return []string{"{\"a\":", "1}\n\x00", "\x00", "\x00", "\x00"}
	})
	var v struct{ A int }
	if err := New(Options{RunDir: d.dir}).ShowJSON(t.Context(), OSPFd, "show x json", &v); err != nil || v.A != 1 {
		t.Fatalf("got %+v, %v", v, err)
	}
	if got := d.commands(); got != "enable; show x json" {
		t.Errorf("sent %s", got)
	}
}

func TestConfigureStopsAtFirstRefusalAndEnds(t *testing.T) {
	d := play(t, func(c string) []string {
		if c == "bad" {
			return []string{"% [OSPF] Unknown command: bad\n\x00\x00\x00\x02"}
		}
		return ok(c)
	})
	err := New(Options{RunDir: d.dir}).Configure(t.Context(), OSPFd, "router ospf", "bad", "never")
	var refused *CommandError
	if !errors.As(err, &refused) || refused.Status != 2 || !strings.Contains(err.Error(), "Unknown command: bad") {
		t.Fatalf("error %v", err)
	}
	if got := d.commands(); got != "enable; configure terminal; router ospf; bad; end" {
		t.Errorf("sent %s", got)
	}
}

func TestRefusesMoreThanOneCommand(t *testing.T) {
	d := play(t, ok)
	c := New(Options{RunDir: d.dir})
	for _, bad := range []string{"a\nb", "a\x00b", "a\rb", "", " ", "a\x1bb", strings.Repeat("x", 3000)} {
		if _, err := c.Show(t.Context(), OSPFd, bad); err == nil {
			t.Errorf("Show(%q) was sent", bad)
		}
		if err := c.Configure(t.Context(), OSPFd, "good", bad); err == nil {
			t.Errorf("Configure(%q) was sent", bad)
		}
	}
	if got := d.commands(); strings.Contains(got, "configure") || strings.Contains(got, "good") {
		t.Errorf("sent %s", got)
	}
	for _, bad := range []string{"../x", "", "a/b", "."} {
		if _, err := c.Path(bad); err == nil {
			t.Errorf("Path(%q) accepted", bad)
		}
		if bad == "" {
			continue
		}
		if _, err := New(Options{PathSpace: bad}).Path(OSPFd); err == nil {
			t.Errorf("path space %q accepted", bad)
		}
	}
}

func TestBounds(t *testing.T) {
	big := strings.Repeat("x", 5000)
	d := play(t, func(c string) []string {
		switch c {
		case "flood":
			return []string{big, big}
		case "silence":
			return nil
		}
		return ok(c)
	})
	c := New(Options{RunDir: d.dir, MaxOutput: 6000})
	if _, err := c.Show(t.Context(), OSPFd, "flood"); !errors.Is(err, ErrTooLong) {
		t.Errorf("flood: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Show(ctx, OSPFd, "silence"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("silence: %v", err)
	}
	if _, err := New(Options{RunDir: d.dir, Timeout: 50 * time.Millisecond}).Show(t.Context(), OSPFd, "silence"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("silence without a deadline: %v", err)
	}
	if _, err := c.Show(t.Context(), Zebra, "x"); err == nil {
		t.Error("no socket, no error")
	}
}
