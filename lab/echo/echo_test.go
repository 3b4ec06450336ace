package echo

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// freePort finds a port of the loopback that nobody uses now.
func freePort(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

func TestServe(t *testing.T) {
	var port uint16
	var target string
	done := make(chan error, 1)
	begin := func() {
		port = freePort(t)
		target = "127.0.0.1:" + strconv.Itoa(int(port))
		go func() { done <- Serve(t.Context(), netip.MustParseAddr("127.0.0.1"), port, port) }()
	}
	begin()
	deadline := time.Now().Add(time.Minute)
	for {
		select {
		case err := <-done:
			if !errors.Is(err, syscall.EADDRINUSE) {
				t.Fatal(err)
			}
			begin() // somebody else was faster
		default:
		}
		resp, err := http.Get("http://" + target + "/")
		if err == nil {
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != 200 || len(body) < 2 {
				t.Errorf("got %d %q", resp.StatusCode, body)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	conn, err := net.Dial("udp4", target)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := conn.Write([]byte("probe")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 16)
	if n, err := conn.Read(buf); err != nil || !bytes.Equal(buf[:n], []byte("probe")) {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	if err := Serve(t.Context(), netip.MustParseAddr("127.0.0.1"), port, 0); err == nil {
		t.Error("two services share a port")
	}
}
