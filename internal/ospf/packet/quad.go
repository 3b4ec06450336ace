package packet

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"

	"srr/internal/routerid"
)

// Quad is four octets in host order that the RFC writes with dots: an address,
// a mask, a link-state ID. Which of them it is depends on the LSA, and a mask
// off the wire need not be contiguous, so netip types cannot hold it without
// loss.
type Quad uint32

// QuadFrom converts an IPv4 address; any other address gives zero.
func QuadFrom(a netip.Addr) Quad { return Quad(routerid.FromAddr(a)) }

// Addr returns q as an IPv4 address.
func (q Quad) Addr() netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(q))
	return netip.AddrFrom4(b)
}

// String returns the dotted form.
func (q Quad) String() string { return q.Addr().String() }

// MarshalText writes the dotted form.
func (q Quad) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText reads the dotted form.
func (q *Quad) UnmarshalText(b []byte) error {
	a, err := netip.ParseAddr(string(b))
	if err != nil || !a.Is4() {
		return fmt.Errorf("parse %q: want four octets such as 10.0.0.1", b)
	}
	*q = QuadFrom(a)
	return nil
}

// MaskBits returns the length of the prefix if q is a contiguous mask.
func (q Quad) MaskBits() (int, bool) {
	n := bits.LeadingZeros32(^uint32(q))
	return n, uint64(q) == (1<<32-1)&^(1<<(32-n)-1)
}

// Mask returns the mask of a prefix of the given length, 0–32.
func Mask(length int) Quad { return Quad(^uint32(0) << (32 - length)) }

// Prefix joins an address and a mask. It is false if the mask is not
// contiguous; host bits of the address are cleared (RFC 2328, appendix E).
func Prefix(addr, mask Quad) (netip.Prefix, bool) {
	n, ok := mask.MaskBits()
	if !ok {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom((addr & mask).Addr(), n), true
}

// prefixString is the prefix, or address and mask if they are not one.
func prefixString(addr, mask Quad) string {
	if p, ok := Prefix(addr, mask); ok {
		return p.String()
	}
	return addr.String() + " mask " + mask.String()
}

// AreaID is the number of an area (RFC 2328, section 3).
type AreaID uint32

// Backbone is area 0.0.0.0 (RFC 2328, section 3.1).
const Backbone AreaID = 0

// String returns the dotted form.
func (a AreaID) String() string { return Quad(a).String() }

// MarshalText writes the dotted form.
func (a AreaID) MarshalText() ([]byte, error) { return Quad(a).MarshalText() }

// UnmarshalText reads the dotted form.
func (a *AreaID) UnmarshalText(b []byte) error { return (*Quad)(a).UnmarshalText(b) }
