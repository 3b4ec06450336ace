// Package echo is a service that starts at once: it echoes UDP datagrams and
// answers every HTTP request with the name of the host.
package echo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"
)

// Port of the UDP echo (RFC 862) and of HTTP.
const (
	UDPPort  = 7
	HTTPPort = 80
)

// Serve serves at an address until ctx ends. A port of 0 is left out.
func Serve(ctx context.Context, addr netip.Addr, udpPort, httpPort uint16) error {
	failed := make(chan error, 2)
	if udpPort != 0 {
		conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, udpPort)))
		if err != nil {
			return fmt.Errorf("listen for echo: %w", err)
		}
		defer func() { _ = conn.Close() }()
		go func() { failed <- echo(conn) }()
	}
	if httpPort != 0 {
		l, err := net.Listen("tcp4", netip.AddrPortFrom(addr, httpPort).String())
		if err != nil {
			return fmt.Errorf("listen for HTTP: %w", err)
		}
		name, _ := os.Hostname()
		srv := &http.Server{
			ReadHeaderTimeout: 5 * time.Second,
			Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, name) }),
		}
		defer func() { _ = srv.Close() }()
		go func() { failed <- srv.Serve(l) }()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// echo sends every datagram back from the address that it came to.
func echo(conn *net.UDPConn) error {
	buf := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err == nil {
			_, _ = conn.WriteToUDPAddrPort(buf[:n], from)
		}
	}
}
