package ospfapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"
)

// dialTries bounds the search for a free pair of ports.
const dialTries = 32

// ErrNoInstance: ospfd runs, but has nothing to speak OSPF with.
var ErrNoInstance = errors.New("ospfd has no OSPF instance, configure one with \"router ospf\"")

// HasInstance reports whether some process in this thread's network namespace
// has an OSPF socket, or true if that cannot be found out. An ospfd without an
// instance crashes when an API client asks anything of it (measured on 8.4.4).
func HasInstance() bool {
	b, err := os.ReadFile("/proc/thread-self/net/raw")
	if err != nil {
		return true
	}
	// The "port" of a raw socket is its protocol; 0x59 is OSPF's 89.
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && strings.HasSuffix(f[1], ":0059") {
			return true
		}
	}
	return false
}

// connect opens the two connections. It listens before it connects: ospfd
// connects back while it accepts.
func connect(ctx context.Context, server netip.AddrPort) (sync, async *net.TCPConn, err error) {
	if server.Port() == Port && server.Addr().IsLoopback() && !HasInstance() {
		return nil, nil, fmt.Errorf("connect to ospfd at %s: %w", server, ErrNoInstance)
	}
	for range dialTries {
		sync, async, err = connectOnce(ctx, server)
		if err == nil || !errors.Is(err, syscall.EADDRINUSE) && !errors.Is(err, errPorts) {
			return sync, async, err
		}
	}
	return nil, nil, fmt.Errorf("find two free ports in a row: %w", err)
}

var errPorts = errors.New("unusable pair of ports")

func connectOnce(ctx context.Context, server netip.AddrPort) (sync, async *net.TCPConn, err error) {
	local := localAddr(server)
	lc := net.ListenConfig{}
	l, err := lc.Listen(ctx, "tcp4", netip.AddrPortFrom(local, 0).String())
	if err != nil {
		return nil, nil, fmt.Errorf("listen for ospfd: %w", err)
	}
	defer l.Close()
	listener := l.(*net.TCPListener)
	back := listener.Addr().(*net.TCPAddr).AddrPort()
	if back.Port() <= 1024 || back.Port() == Port {
		return nil, nil, errPorts // the kernel's choice; ask again
	}
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(local, back.Port()-1))}
	c, err := d.DialContext(ctx, "tcp4", server.String())
	if err != nil {
		return nil, nil, fmt.Errorf("connect to ospfd at %s (is it started with -a?): %w", server, err)
	}
	sync = leaveNothing(c.(*net.TCPConn))
	async, err = accept(ctx, listener, server.Addr())
	if err != nil {
		sync.Close()
		return nil, nil, err
	}
	return sync, leaveNothing(async), nil
}

// leaveNothing has the kernel forget the connection with its end. Otherwise both
// ports stay in TIME_WAIT for a minute, and a client that has to try for long
// finds no two free ports in a row any more. What is lost with that is what
// ospfd would throw away in any case.
func leaveNothing(c *net.TCPConn) *net.TCPConn {
	_ = c.SetLinger(0) // fails on a connection that has ended already
	return c
}

// localAddr keeps the listening socket off the network where ospfd is local.
func localAddr(server netip.AddrPort) netip.Addr {
	if server.Addr().IsLoopback() {
		return server.Addr()
	}
	return netip.IPv4Unspecified()
}

// accept waits for ospfd to connect back. Strangers are turned away; a local
// process that is quicker than ospfd fails the first fence (see SyncRouterID).
func accept(ctx context.Context, l *net.TCPListener, from netip.Addr) (*net.TCPConn, error) {
	stop := context.AfterFunc(ctx, func() { l.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		c, err := l.AcceptTCP()
		if err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return nil, fmt.Errorf("wait for ospfd to connect back: %w", err)
		}
		if c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap() == from {
			return c, nil
		}
		c.Close()
	}
}
