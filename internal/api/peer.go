package api

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/user"
	"strconv"
	"sync"
	"syscall"
)

// maxConnections is how many connections are served at once; what comes
// beyond is closed.
const maxConnections = 128

// guard lets in root and the daemon's own user, at most maxConnections at once.
type guard struct {
	net.Listener
	log   *slog.Logger
	slots chan struct{}
	allow func(uid uint32) bool
}

func newGuard(l net.Listener, log *slog.Logger) *guard {
	return &guard{Listener: l, log: log, slots: make(chan struct{}, maxConnections), allow: ownerOnly}
}

func ownerOnly(uid uint32) bool { return uid == 0 || int(uid) == os.Geteuid() }

func (g *guard) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if conn := g.admit(c); conn != nil {
			return conn, nil
		}
		c.Close()
	}
}

// admit returns nil for a connection that is not wanted.
func (g *guard) admit(c net.Conn) net.Conn {
	uid, err := peerUID(c)
	if err != nil || !g.allow(uid) {
		g.log.Warn("refused a connection to the socket", "from", uid, "err", err)
		return nil
	}
	select {
	case g.slots <- struct{}{}:
		return &peerConn{Conn: c, uid: uid, release: sync.OnceFunc(func() { <-g.slots })}
	default:
		return nil
	}
}

// peerUID asks the kernel who opened the connection (SO_PEERCRED, unix(7)).
func peerUID(c net.Conn) (uint32, error) {
	uc, ok := c.(*net.UnixConn)
	if !ok {
		return 0, fmt.Errorf("read peer credentials: %T is not a unix socket", c)
	}
	raw, err := uc.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("read peer credentials: %w", err)
	}
	var cred *syscall.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil {
		return 0, fmt.Errorf("read peer credentials: %w", err)
	}
	if credErr != nil {
		return 0, fmt.Errorf("read peer credentials: %w", credErr)
	}
	return cred.Uid, nil
}

// peerConn remembers who is at the other end, and gives its slot back.
type peerConn struct {
	net.Conn
	uid     uint32
	release func()
}

func (c *peerConn) Close() error {
	c.release()
	return c.Conn.Close()
}

func withPeer(ctx context.Context, c net.Conn) context.Context {
	p, ok := c.(*peerConn)
	if !ok {
		return ctx
	}
	name := "uid " + strconv.Itoa(int(p.uid))
	if u, err := user.LookupId(strconv.Itoa(int(p.uid))); err == nil && Printable(u.Username) {
		name = u.Username
	}
	return WithCaller(ctx, Caller{Name: name, From: fromSocket, Via: "socket"})
}

// cut shortens s to at most n bytes at the start of a rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := 0
	for i := range s {
		if i > n {
			break
		}
		end = i
	}
	return s[:end]
}
