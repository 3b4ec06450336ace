package ospfapitest

import (
	"encoding/binary"

	"srr/internal/routerid"
)

func words(w ...uint32) []byte {
	var b []byte
	for _, v := range w {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// handle carries out one request and returns the code of the reply.
func (s *Server) handle(c *client, kind uint8, seq uint32, b []byte) int8 {
	switch kind {
	case 1:
		k := [2]uint8{b[0], b[1]}
		if s.owners[k] != nil {
			return -5
		}
		s.owners[k] = c
		send(c.async, 11, 0, []byte{b[0], b[1], 0, 0, 0, 0, 0, 0})
	case 2:
		delete(s.owners, [2]uint8{b[0], b[1]})
	case 3:
		c.mask = binary.BigEndian.Uint16(b)
	case 4:
		mask := binary.BigEndian.Uint16(b)
		for k, e := range s.db {
			if mask&(1<<(k.Type-1)) != 0 {
				send(c.async, 12, seq, s.lsaBody(k, e))
			}
		}
	case 5:
		return s.originate(c, b)
	case 6:
		return s.delete(c, b)
	case 7:
		send(c.async, 18, seq, s.reachBody())
	case 8:
		for k, state := range s.isms {
			send(c.async, 16, seq, append(words(k[0], k[1]), state, 0, 0, 0))
		}
	case 9:
		for id, state := range s.nsms {
			send(c.async, 17, seq, append(words(0x0a480101, uint32(id), uint32(id)), state, 0, 0, 0))
		}
	case 19:
		send(c.async, 20, seq, words(uint32(s.routerID)))
	}
	return 0
}

func (s *Server) originate(c *client, b []byte) int8 {
	h := b[8:]
	k := Key{Type: h[3], ID: binary.BigEndian.Uint32(h[4:]), AdvRtr: s.routerID}
	if k.Type == 10 {
		k.Area = binary.BigEndian.Uint32(b[4:])
	}
	n := int(binary.BigEndian.Uint16(h[18:]))
	if n != len(h) || n%4 != 0 || n > 1488 {
		s.t.Errorf("LSA says %d bytes, has %d: ospfd could not bear it", n, len(h))
		return -9
	}
	if s.owners[[2]uint8{k.Type, uint8(k.ID >> 24)}] != c {
		return -6
	}
	if _, there := s.db[k]; there {
		s.t.Errorf("LSA %+v updated in place: takes up to 5 s", k)
	}
	s.install(k, entry{payload: h[20:]})
	return 0
}

func (s *Server) delete(c *client, b []byte) int8 {
	k := Key{Type: b[4], ID: uint32(b[5])<<24 | binary.BigEndian.Uint32(b[8:]), AdvRtr: s.routerID}
	if k.Type == 10 {
		k.Area = binary.BigEndian.Uint32(b)
	}
	if s.owners[[2]uint8{k.Type, b[5]}] != c {
		return -6
	}
	if _, there := s.db[k]; !there {
		return -3
	}
	s.remove(k)
	return 0
}

func (s *Server) install(k Key, e entry) {
	if old, ok := s.db[k]; ok {
		s.notify(13, k, old)
	}
	s.db[k] = e
	s.notify(12, k, e)
}

func (s *Server) remove(k Key) {
	e := s.db[k]
	delete(s.db, k)
	s.notify(13, k, e)
}

func (s *Server) notify(kind uint8, k Key, e entry) {
	for c := range s.clients {
		if c.mask&(1<<(k.Type-1)) != 0 {
			send(c.async, kind, 0, s.lsaBody(k, e))
		}
	}
}

func (s *Server) lsaBody(k Key, e entry) []byte {
	b := words(0, k.Area)
	self := byte(0)
	if k.AdvRtr == s.routerID {
		self = 1
	}
	b = append(b, self, 0, 0, 0)
	b = append(b, byte(e.age>>8), byte(e.age), 2, k.Type)
	b = append(b, words(k.ID, uint32(k.AdvRtr), 0x80000001)...)
	b = append(b, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(e.payload)))
	return append(b, e.payload...)
}

func (s *Server) reachBody() []byte {
	b := []byte{byte(len(s.reachable) >> 8), byte(len(s.reachable)), 0, 0}
	for id := range s.reachable {
		b = append(b, words(uint32(id))...)
	}
	return b
}

// all sends a notification to every client.
func (s *Server) all(kind uint8, body []byte) {
	for c := range s.clients {
		send(c.async, kind, 0, body)
	}
}

// Install puts an LSA into the database, as if it had been flooded to here.
func (s *Server) Install(k Key, age uint16, payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.install(k, entry{age, payload})
}

// Remove takes an LSA out of the database, as if it had been flushed.
func (s *Server) Remove(k Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(k)
}

// Keys returns what is in the database.
func (s *Server) Keys() []Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Key
	for k := range s.db {
		out = append(out, k)
	}
	return out
}

// Reach adds and removes a reachable router.
func (s *Server) Reach(id routerid.ID, up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := uint32(1 << 16)
	if !up {
		counts = 1
		delete(s.reachable, id)
	} else {
		s.reachable[id] = true
	}
	s.all(18, words(counts, uint32(id)))
}

// Interface sets the state of an interface.
func (s *Server) Interface(addr, area uint32, state uint8) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isms[[2]uint32{addr, area}] = state
	s.all(16, append(words(addr, area), state, 0, 0, 0))
}

// Neighbor sets the state of a neighbor on the first interface.
func (s *Server) Neighbor(id routerid.ID, state uint8) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nsms[id] = state
	s.all(17, append(words(0x0a480101, uint32(id), uint32(id)), state, 0, 0, 0))
}

// SetRouterID changes the router ID.
func (s *Server) SetRouterID(id routerid.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.routerID = id
	s.all(20, words(uint32(id)))
}

// Silence makes the server read requests without answering any, as if stopped.
func (s *Server) Silence(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = on
}

// Answer makes the server answer a type of request with a code; 0 ends that.
func (s *Server) Answer(kind uint8, code int8) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code == 0 {
		delete(s.answer, kind)
		return
	}
	s.answer[kind] = code
}

// Send sends raw bytes on the asynchronous connection of every client.
func (s *Server) Send(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		c.async.Write(b)
	}
}

// Disconnect closes all connections.
func (s *Server) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		c.sync.Close()
		c.async.Close()
	}
}

// CloseAsync closes the asynchronous connections only.
func (s *Server) CloseAsync() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		c.async.Close()
	}
}

// Clients returns the number of connections.
func (s *Server) Clients() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.clients)
}

// Close stops listening and closes all connections.
func (s *Server) Close() {
	s.listener.Close()
	s.Disconnect()
}

// InstallQuietly puts an LSA into the database, and the notification is lost.
func (s *Server) InstallQuietly(k Key, payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db[k] = entry{payload: payload}
}
