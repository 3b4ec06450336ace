package web

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestOneHostLocksOutNobodyElse: a host that opens more connections than it may
// have, and says nothing on them, is alone with that.
func TestOneHostLocksOutNobodyElse(t *testing.T) {
	s := newSite(t)
	address := strings.TrimPrefix(s.url, "https://")
	for range 3 * maxOfOne {
		c, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 66)}}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	began := time.Now()
	if got := s.get(s.as("viewer"), "/"); got.status != http.StatusOK {
		t.Errorf("somebody else gets %d", got.status)
	}
	t.Logf("somebody else was answered within %s", time.Since(began))
}

// TestDoorCounts: who goes leaves a place, and all of a /64 are one.
func TestDoorCounts(t *testing.T) {
	d := newDoor(nil)
	at := func(s string) net.Addr { return net.TCPAddrFromAddrPort(mustPort(s)) }
	for range maxOfOne {
		if !d.enter(origin(at("[2001:db8::1]:9"))) {
			t.Fatal("refused too early")
		}
	}
	if d.enter(origin(at("[2001:db8::2]:9"))) {
		t.Error("a neighbor in the same /64 counts as another")
	}
	if !d.enter(origin(at("[2001:db8:0:1::1]:9"))) || !d.enter(origin(at("10.0.0.1:9"))) || origin(at("[::ffff:10.0.0.1]:9")) != origin(at("10.0.0.1:9")) {
		t.Error("others are refused")
	}
	d.leave(origin(at("[2001:db8::1]:9")))
	if !d.enter(origin(at("[2001:db8::2]:9"))) {
		t.Error("a place that was left is not free")
	}
	for i := range maxConnections {
		d.enter(origin(&net.TCPAddr{IP: net.IPv4(10, 1, byte(i>>8), byte(i)), Port: 1}))
	}
	if d.all != maxConnections {
		t.Errorf("%d connections", d.all)
	}
}

// raw opens a TLS connection that speaks HTTP/1.1 by hand.
func (s *site) raw(role string) *tls.Conn {
	s.Helper()
	config := &tls.Config{RootCAs: s.ca.pool(), NextProtos: []string{"http/1.1"}, Certificates: []tls.Certificate{s.ca.issue(s.T, "anna", role)}}
	c, err := (&tls.Dialer{Config: config}).DialContext(s.Context(), "tcp", strings.TrimPrefix(s.url, "https://"))
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { c.Close() })
	return c.(*tls.Conn)
}

// TestTooMuch is refused before it is read: bodies, headers.
func TestTooMuch(t *testing.T) {
	s := newSite(t)
	for name, request := range map[string]string{
		"body of a form":    "POST /act HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1073741824\r\n\r\ntoken=" + strings.Repeat("x", maxBodyBytes+4096),
		"body of a command": "POST /v1/commands HTTP/1.1\r\nHost: x\r\nSrr-Request: 1\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n{\"verb\":\"" + strings.Repeat("x", maxBodyBytes+4096),
		"headers":           "GET / HTTP/1.1\r\nHost: x\r\nX-A: " + strings.Repeat("x", 2*maxHeaderBytes) + "\r\n\r\n",
	} {
		c := s.raw("operator")
		go func() { _, _ = c.Write([]byte(request)) }() // it may be cut off
		_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if resp.StatusCode < 400 || resp.StatusCode >= 500 || !resp.Close {
			t.Errorf("%s: %s, connection kept: %v", name, resp.Status, !resp.Close)
		}
	}
}

// TestOnlyTLS13.
func TestOnlyTLS13(t *testing.T) {
	s := newSite(t)
	config := &tls.Config{RootCAs: s.ca.pool(), MaxVersion: tls.VersionTLS12}
	if c, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "https://"), config); err == nil {
		c.Close()
		t.Error("TLS 1.2 was taken")
	}
}

// TestRevokedInTheMiddle: a user whose certificate was revoked is refused on a
// connection that is open already.
func TestRevokedInTheMiddle(t *testing.T) {
	s := newSite(t)
	c := s.as("viewer")
	if got := s.get(c, "/"); got.status != http.StatusOK {
		t.Fatal(got.status)
	}
	s.ca.mu.Lock()
	s.ca.revoked["anna"] = true
	s.ca.mu.Unlock()
	if got := s.get(c, "/"); got.status != http.StatusUnauthorized {
		t.Errorf("a revoked certificate: %d", got.status)
	}
}
