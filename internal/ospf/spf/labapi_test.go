//go:build lab

package spf

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
)

// Messages of FRR's OSPF API that the lab needs.
const (
	msgRegister  = 1
	msgEvents    = 3
	msgSync      = 4
	msgOriginate = 5
	msgUpdate    = 12
	msgDelete    = 13
)

// api is a minimal client of FRR's OSPF API: port 2607 for requests, and one
// port above the own one for what ospfd has to say.
type api struct {
	requests, notes net.Conn
	seq             uint32
	db              *lsdb.DB // what drain has heard
}

// dialAPI connects to the ospfd of a router.
func (l *lab) dialAPI(router string) *api {
	l.Helper()
	a := &api{db: lsdb.New(lsdb.Limits{})}
	err := inNamespace(prefix+router, func() error {
		addr := func(port int) *net.TCPAddr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port} }
		var err error
		for port := 41000; port < 41100; port += 2 {
			if err = a.dial(addr(port), addr(port+1), addr(2607)); err == nil {
				return nil
			}
		}
		return err
	})
	if err != nil {
		l.Fatalf("connect to the OSPF API of %s: %v", router, err)
	}
	l.Cleanup(a.close)
	return a
}

func (a *api) dial(from, back, to *net.TCPAddr) error {
	ln, err := net.ListenTCP("tcp4", back)
	if err != nil {
		return err
	}
	defer ln.Close()
	c, err := net.DialTCP("tcp4", from, to)
	if err != nil {
		return err
	}
	_ = ln.SetDeadline(time.Now().Add(30 * time.Second))
	n, err := ln.Accept()
	if err != nil {
		c.Close()
		return err
	}
	a.requests, a.notes = c, n
	return nil
}

func (a *api) close() {
	a.requests.Close()
	a.notes.Close()
}

// inNamespace runs f on a thread of the namespace. The thread is given up.
func inNamespace(name string, f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		fd, err := unix.Open("/run/netns/"+name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Setns(fd, unix.CLONE_NEWNET)
			unix.Close(fd)
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// request sends a request and returns the code of its reply.
func (a *api) request(kind byte, body []byte) (int8, error) {
	a.seq++
	m := binary.BigEndian.AppendUint16([]byte{1, kind}, uint16(len(body)))
	m = binary.BigEndian.AppendUint32(m, a.seq)
	if _, err := a.requests.Write(append(m, body...)); err != nil {
		return 0, err
	}
	_, reply, err := readMessage(a.requests)
	if err != nil || len(reply) == 0 {
		return 0, fmt.Errorf("read reply: %v", err)
	}
	return int8(reply[0]), nil
}

func readMessage(r io.Reader) (byte, []byte, error) {
	var h [8]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return 0, nil, err
	}
	body := make([]byte, binary.BigEndian.Uint16(h[2:]))
	_, err := io.ReadFull(r, body)
	return h[1], body, err
}

// originate registers opaque type 222 for the LSA type and floods one LSA.
func (l *lab) originate(a *api, w lsdb.Where, t packet.Type, id uint32, data string) {
	l.Helper()
	lsa := packet.LSA{
		Header: packet.Header{Type: t, ID: packet.OpaqueLinkStateID(222, id)},
		Body:   &packet.Opaque{Data: []byte(data)},
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(w.Link))
	b = binary.BigEndian.AppendUint32(b, uint32(w.Area))
	b, err := lsa.AppendBinary(b)
	if err != nil {
		l.Fatal(err)
	}
	for _, r := range []struct {
		kind byte
		body []byte
	}{{msgRegister, []byte{byte(t), 222, 0, 0}}, {msgOriginate, b}} {
		if code, err := a.request(r.kind, r.body); err != nil || code != 0 {
			l.Fatalf("OSPF API request %d for %s: code %d, %v", r.kind, t, code, err)
		}
	}
}

// listen asks for every notification from now on, and for what there is. The
// answer to the second has no type 7 LSAs, so destinations of an NSSA have to
// come later.
func (l *lab) listen(a *api) {
	l.Helper()
	for _, kind := range []byte{msgEvents, msgSync} {
		if code, err := a.request(kind, []byte{0xff, 0xff, 2, 0}); err != nil || code != 0 {
			l.Fatalf("OSPF API request %d: code %d, %v", kind, code, err)
		}
	}
}

// drain feeds the database with what ospfd has reported, until nothing comes
// for half a second.
func (l *lab) drain(a *api) *lsdb.DB {
	l.Helper()
	for {
		_ = a.notes.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		kind, body, err := readMessage(a.notes)
		if err != nil {
			return a.db
		}
		if kind != msgUpdate && kind != msgDelete || len(body) < 12 {
			continue
		}
		w := lsdb.Where{
			Link: packet.Quad(binary.BigEndian.Uint32(body)),
			Area: packet.AreaID(binary.BigEndian.Uint32(body[4:])),
		}
		lsa, _, err := packet.ParseLSA(body[12:])
		if err == nil && kind == msgUpdate {
			// Not of deletions: ospfd changes its own summary LSAs in place
			// before it reports the old one.
			err = packet.VerifyChecksum(body[12:])
		}
		if err == nil && kind == msgUpdate {
			_, err = a.db.Install(0, w, lsa)
		}
		if err != nil {
			l.Fatalf("notification %d: %v: %x", kind, err, body)
		}
		if kind == msgDelete {
			a.db.Remove(w, lsa.Header)
		}
	}
}
