package echo

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
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
	port := freePort(t)
	done := make(chan error, 1)
	go func() { done <- Serve(t.Context(), netip.MustParseAddr("127.0.0.1"), port, port) }()
	target := "127.0.0.1:" + strconv.Itoa(int(port))
	deadline := time.Now().Add(5 * time.Second)
	for {
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
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
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
