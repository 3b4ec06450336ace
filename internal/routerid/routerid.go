// Package routerid holds the identity of a node: the 32-bit OSPF router ID,
// written like an IPv4 address (RFC 2328, section 1.2).
package routerid

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// ID is an OSPF router ID in host order, so that a numerically higher ID is
// the higher router ID of the tie-breaks. Zero is not a valid router ID.
type ID uint32

// Parse reads the dotted form. It refuses zero and anything but four octets.
func Parse(s string) (ID, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return 0, fmt.Errorf("parse router ID %q: want four octets such as 10.0.0.1", s)
	}
	id := FromAddr(a)
	if id == 0 {
		return 0, fmt.Errorf("parse router ID %q: 0.0.0.0 is reserved", s)
	}
	return id, nil
}

// FromAddr converts an IPv4 address; any other address gives zero.
func FromAddr(a netip.Addr) ID {
	if !a.Is4() {
		return 0
	}
	b := a.As4()
	return ID(binary.BigEndian.Uint32(b[:]))
}

// Addr returns the ID as an IPv4 address.
func (id ID) Addr() netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(id))
	return netip.AddrFrom4(b)
}

// String returns the dotted form.
func (id ID) String() string { return id.Addr().String() }

// MarshalText writes the dotted form.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the dotted form.
func (id *ID) UnmarshalText(b []byte) error {
	v, err := Parse(string(b))
	if err != nil {
		return err
	}
	*id = v
	return nil
}
