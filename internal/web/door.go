package web

import (
	"net"
	"net/netip"
	"sync"
)

const (
	// maxConnections is how many connections are served at once; what comes
	// beyond is closed.
	maxConnections = 512
	// maxOfOne is how many of them one address may have, so that one host that
	// opens them all locks out nobody else. Of IPv6 a /64 counts as one.
	maxOfOne = 128
)

// door counts connections.
type door struct {
	net.Listener
	mu  sync.Mutex
	all int
	of  map[netip.Prefix]int
}

func newDoor(l net.Listener) *door {
	return &door{Listener: l, of: map[netip.Prefix]int{}}
}

func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		who := origin(c.RemoteAddr())
		if d.enter(who) {
			return &counted{Conn: c, leave: sync.OnceFunc(func() { d.leave(who) })}, nil
		}
		c.Close()
	}
}

func (d *door) enter(who netip.Prefix) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all >= maxConnections || d.of[who] >= maxOfOne {
		return false
	}
	d.all++
	d.of[who]++
	return true
}

func (d *door) leave(who netip.Prefix) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all--
	if d.of[who]--; d.of[who] == 0 {
		delete(d.of, who)
	}
}

// origin is what counts as one.
func origin(a net.Addr) netip.Prefix {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	return originOfAddr(t.AddrPort().Addr())
}

// originOfAddress is the same of the text of an address and port.
func originOfAddress(text string) netip.Prefix {
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.Prefix{}
	}
	return originOfAddr(a.Addr())
}

func originOfAddr(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // an invalid one counts as one, too
	return p
}

// counted gives its place back.
type counted struct {
	net.Conn
	leave func()
}

func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}
