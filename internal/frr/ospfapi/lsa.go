package ospfapi

import (
	"encoding/binary"
	"fmt"

	"srr/internal/routerid"
)

// HeaderSize is the size of an LSA's header in bytes (RFC 2328, A.4.1).
const HeaderSize = 20

// MaxPayload is the largest body of an opaque LSA, in bytes, that every API
// client of FRR 8.4.4 gets to see.
const MaxPayload = 1468

// MaxAge is the age of an LSA that is being flushed, in seconds (RFC 2328, B).
const MaxAge = 3600

// LSA is a link-state advertisement: the header's fields, and all of its bytes.
type LSA struct {
	Age      uint16 // seconds
	Type     uint8
	ID       uint32 // link-state ID; opaque: type << 24 | opaque ID
	AdvRtr   routerid.ID
	Seq      int32
	Checksum uint16
	Raw      []byte // header and payload, as long as the header says
}

// OpaqueType returns the opaque type of a type 9, 10 or 11 LSA.
func (l *LSA) OpaqueType() uint8 { return uint8(l.ID >> 24) }

// OpaqueID returns the opaque ID of a type 9, 10 or 11 LSA.
func (l *LSA) OpaqueID() uint32 { return l.ID & 0xffffff }

// Payload returns what follows the header.
func (l *LSA) Payload() []byte { return l.Raw[HeaderSize:] }

// String names the LSA for the operator.
func (l *LSA) String() string {
	id := routerid.ID(l.ID)
	return fmt.Sprintf("type %d, link-state ID %s, advertising router %s", l.Type, id, l.AdvRtr)
}

// parseLSA reads an LSA that fills b.
func parseLSA(b []byte) (LSA, error) {
	if len(b) < HeaderSize {
		return LSA{}, fmt.Errorf("LSA of %d bytes, want at least %d", len(b), HeaderSize)
	}
	n := int(binary.BigEndian.Uint16(b[18:]))
	if n < HeaderSize || n > len(b) {
		return LSA{}, fmt.Errorf("LSA says %d bytes, has %d", n, len(b))
	}
	return LSA{
		Age:      binary.BigEndian.Uint16(b),
		Type:     b[3],
		ID:       binary.BigEndian.Uint32(b[4:]),
		AdvRtr:   routerid.ID(binary.BigEndian.Uint32(b[8:])),
		Seq:      int32(binary.BigEndian.Uint32(b[12:])),
		Checksum: binary.BigEndian.Uint16(b[16:]),
		Raw:      b[:n:n],
	}, nil
}

// Opaque names an opaque LSA of one's own.
type Opaque struct {
	Type       uint8 // 9, 10 or 11
	OpaqueType uint8
	OpaqueID   uint32 // 24 bits
	Area       uint32 // of type 10
	IfAddr     uint32 // of type 9: the interface's IPv4 address
}

func (o *Opaque) check() error {
	if o.Type < OpaqueLinkLSA || o.Type > OpaqueASLSA {
		return fmt.Errorf("LSA type %d: not opaque", o.Type)
	}
	if o.OpaqueID > 0xffffff {
		return fmt.Errorf("opaque ID %#x: more than 24 bits", o.OpaqueID)
	}
	return nil
}

// originateBody lays out MSG_ORIGINATE_REQUEST. Of the LSA's header ospfd uses
// type, ID and length, and it believes the length.
func originateBody(o Opaque, payload []byte) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("payload of %d bytes, at most %d", len(payload), MaxPayload)
	}
	if len(payload)%4 != 0 {
		return nil, fmt.Errorf("payload of %d bytes: not a multiple of 4", len(payload))
	}
	b := make([]byte, 8+HeaderSize, 8+HeaderSize+len(payload))
	if o.Type == OpaqueLinkLSA {
		binary.BigEndian.PutUint32(b, o.IfAddr)
	}
	if o.Type == OpaqueAreaLSA {
		binary.BigEndian.PutUint32(b[4:], o.Area)
	}
	b[11] = o.Type
	binary.BigEndian.PutUint32(b[12:], uint32(o.OpaqueType)<<24|o.OpaqueID)
	binary.BigEndian.PutUint16(b[26:], uint16(HeaderSize+len(payload)))
	return append(b, payload...), nil
}

// deleteBody lays out MSG_DELETE_REQUEST.
func deleteBody(o Opaque) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	b := make([]byte, 12)
	switch o.Type {
	case OpaqueLinkLSA:
		binary.BigEndian.PutUint32(b, o.IfAddr)
	case OpaqueAreaLSA:
		binary.BigEndian.PutUint32(b, o.Area)
	}
	b[4], b[5] = o.Type, o.OpaqueType
	binary.BigEndian.PutUint32(b[8:], o.OpaqueID)
	return b, nil
}
