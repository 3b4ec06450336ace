// Package ospfapitest is an ospfd for tests: it speaks the OSPF API on a
// loopback port and keeps a database of opaque LSAs, without any routing.
package ospfapitest

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"

	"srr/internal/routerid"
)

// Key identifies an LSA in the database.
type Key struct {
	Type   uint8
	ID     uint32 // link-state ID
	AdvRtr routerid.ID
	Area   uint32
}

type entry struct {
	age     uint16
	payload []byte
}

// Server is a fake ospfd.
type Server struct {
	t        testing.TB
	listener *net.TCPListener

	mu        sync.Mutex
	routerID  routerid.ID
	clients   map[*client]bool
	owners    map[[2]uint8]*client
	db        map[Key]entry
	isms      map[[2]uint32]uint8 // interface address, area
	nsms      map[routerid.ID]uint8
	reachable map[routerid.ID]bool
	silent    bool
	answer    map[uint8]int8 // error codes by message type
	pause     *pause
}

// New starts a server with one interface, 10.72.1.1 in area 0.
func New(t testing.TB, id routerid.ID) *Server {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		t: t, listener: l, routerID: id, clients: map[*client]bool{}, owners: map[[2]uint8]*client{},
		db: map[Key]entry{}, isms: map[[2]uint32]uint8{{0x0a480101, 0}: 7}, nsms: map[routerid.ID]uint8{},
		reachable: map[routerid.ID]bool{}, answer: map[uint8]int8{},
	}
	go s.serve()
	t.Cleanup(func() {
		l.Close()
		s.Disconnect()
	})
	return s
}

// Addr is where the server listens.
func (s *Server) Addr() netip.AddrPort { return s.listener.Addr().(*net.TCPAddr).AddrPort() }

func (s *Server) serve() {
	for {
		c, err := s.listener.AcceptTCP()
		if err != nil {
			return
		}
		if k := s.connectBack(c); k != nil {
			go s.read(k)
		}
	}
}

// connectBack holds the mutex throughout: a test that has connected may rely on
// being a client.
func (s *Server) connectBack(c *net.TCPConn) *client {
	s.mu.Lock()
	defer s.mu.Unlock()
	peer := *c.RemoteAddr().(*net.TCPAddr)
	peer.Port++
	back, err := net.DialTCP("tcp4", nil, &peer)
	if err != nil { // the client has gone already, or never listened
		c.Close()
		return nil
	}
	k := &client{sync: c, async: back}
	s.clients[k] = true
	return k
}

// client is one connection; the server's mutex owns it.
type client struct {
	sync, async *net.TCPConn
	mask        uint16
}

func (s *Server) read(c *client) {
	defer s.drop(c)
	for {
		var h [8]byte
		if _, err := io.ReadFull(c.sync, h[:]); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint16(h[2:]))
		if h[0] != 1 || len(body) == 0 {
			s.t.Errorf("request %x would abort ospfd", h)
			return
		}
		if _, err := io.ReadFull(c.sync, body); err != nil {
			return
		}
		s.admit(h[1])
		s.mu.Lock()
		if !s.silent {
			seq := binary.BigEndian.Uint32(h[4:])
			code, forced := s.answer[h[1]]
			if !forced {
				code = s.handle(c, h[1], seq, body)
			}
			send(c.sync, 10, seq, []byte{byte(code), 0, 0, 0})
		}
		s.mu.Unlock()
	}
}

// pause keeps originations waiting, and what the client asks after them.
type pause struct {
	left   int // so many go through
	resume chan struct{}
}

// PauseAfter carries out n more originations; then the client has to wait
// until resume is called.
func (s *Server) PauseAfter(n int) (resume func()) {
	p := &pause{n, make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pause = p
	return func() { close(p.resume) }
}

func (s *Server) admit(kind uint8) {
	s.mu.Lock()
	p := s.pause
	if p == nil || kind != 5 {
		s.mu.Unlock()
		return
	}
	p.left--
	wait := p.left < 0
	s.mu.Unlock()
	if wait {
		<-p.resume
	}
}

// drop does what ospfd does when a client goes: flush what it owned.
func (s *Server) drop(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.sync.Close()
	c.async.Close()
	delete(s.clients, c)
	for k, owner := range s.owners {
		if owner == c {
			delete(s.owners, k)
			for key := range s.db {
				if key.AdvRtr == s.routerID && key.Type == k[0] && uint8(key.ID>>24) == k[1] {
					s.remove(key)
				}
			}
		}
	}
}

func send(c *net.TCPConn, kind uint8, seq uint32, body []byte) {
	b := []byte{1, kind}
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	b = binary.BigEndian.AppendUint32(b, seq)
	c.Write(append(b, body...))
}
