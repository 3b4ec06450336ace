package packet

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"time"

	"srr/internal/routerid"
)

// HeaderLen is the size of the LSA header in bytes (RFC 2328, section A.4.1).
const HeaderLen = 20

// Architectural constants (RFC 2328, appendix B).
const (
	MaxAge         = 3600 * time.Second // an LSA of this age is being flushed
	MaxAgeDiff     = 900 * time.Second  // above it, two ages are two instances
	LSRefreshTime  = 1800 * time.Second // the originator floods a new instance
	MinLSInterval  = 5 * time.Second    // between two instances of one originator
	MinLSArrival   = 1 * time.Second    // between two instances that are accepted
	MaxAgeSeconds  = 3600               // MaxAge as Header.Age has it
	LSInfinity     = 0xffffff           // a summary or external destination is unreachable
	MaxLinkMetric  = 0xffff             // of a router link: last resort (RFC 6987, section 2)
	InitialSeq     = -0x7fffffff        // 0x80000001 (RFC 2328, section 12.1.6)
	MaxSeq         = 0x7fffffff         // flush before the next instance
	doNotAge       = 0x8000             // RFC 1793, section 2.2
	maxMetric24    = 0xffffff
	maxLSASize     = 0xffff
	maxRouterLinks = 0xffff
)

// Header is the header of an LSA (RFC 2328, section A.4.1).
type Header struct {
	Age       uint16 // seconds since origination, with the DoNotAge bit; see AgeDuration
	Options   Options
	Type      Type
	ID        Quad // link-state ID: its meaning depends on Type
	AdvRouter routerid.ID
	Seq       int32  // signed, from InitialSeq to MaxSeq
	Checksum  uint16 // Fletcher, see Checksum
	Length    uint16 // of the LSA with this header, in bytes
}

// ParseHeader reads the header at the start of b. What follows is not looked at.
func ParseHeader(b []byte) (Header, error) {
	r := reader{b: b}
	h := Header{
		Age:       r.u16("age"),
		Options:   Options(r.u8("options")),
		Type:      Type(r.u8("type")),
		ID:        r.quad("link-state ID"),
		AdvRouter: routerid.ID(r.u32("advertising router")),
		Seq:       int32(r.u32("sequence number")),
		Checksum:  r.u16("checksum"),
		Length:    r.u16("length"),
	}
	if r.err != nil {
		return Header{}, fmt.Errorf("parse LSA header: %w", r.err)
	}
	if h.Length < HeaderLen {
		return Header{}, fmt.Errorf("parse LSA header: length: %d, want at least %d", h.Length, HeaderLen)
	}
	return h, nil
}

// Append writes the header as it is.
func (h Header) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, h.Age)
	b = append(b, byte(h.Options), byte(h.Type))
	b = binary.BigEndian.AppendUint32(b, uint32(h.ID))
	b = binary.BigEndian.AppendUint32(b, uint32(h.AdvRouter))
	b = binary.BigEndian.AppendUint32(b, uint32(h.Seq))
	b = binary.BigEndian.AppendUint16(b, h.Checksum)
	return binary.BigEndian.AppendUint16(b, h.Length)
}

// AgeDuration returns the age, at most MaxAge, without the DoNotAge bit.
func (h Header) AgeDuration() time.Duration {
	return min(time.Duration(h.Age&^doNotAge)*time.Second, MaxAge)
}

// DoNotAge reports whether the age stands still (RFC 1793, section 2.2).
func (h Header) DoNotAge() bool { return h.Age&doNotAge != 0 }

// IsMaxAge reports whether the LSA is being flushed.
func (h Header) IsMaxAge() bool { return h.AgeDuration() == MaxAge }

// OpaqueType is the first octet of the link-state ID of an opaque LSA (RFC 5250, section 3).
func (h Header) OpaqueType() uint8 { return uint8(h.ID >> 24) }

// OpaqueID is the other three octets, 0–0xffffff.
func (h Header) OpaqueID() uint32 { return uint32(h.ID) & 0xffffff }

// OpaqueLinkStateID composes the link-state ID of an opaque LSA. Bits of id
// above the 24th are dropped.
func OpaqueLinkStateID(opaqueType uint8, id uint32) Quad {
	return Quad(opaqueType)<<24 | Quad(id&0xffffff)
}

// Compare tells which of two instances of one LSA is newer (RFC 2328, section
// 13.1): positive if a, negative if b, zero if they are the same. Ages count,
// so they must be those of now.
func Compare(a, b Header) int {
	if c := cmp.Compare(a.Seq, b.Seq); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Checksum, b.Checksum); c != 0 {
		return c
	}
	switch am, bm := a.IsMaxAge(), b.IsMaxAge(); {
	case am && !bm:
		return 1
	case bm && !am:
		return -1
	}
	if d := a.AgeDuration() - b.AgeDuration(); d > MaxAgeDiff || d < -MaxAgeDiff {
		return -cmp.Compare(d, 0)
	}
	return 0
}

// String names the instance: type, link-state ID, advertising router, sequence number.
func (h Header) String() string {
	return fmt.Sprintf("%s %s from %s seq 0x%08x", h.Type, h.ID, h.AdvRouter, uint32(h.Seq))
}

// describe returns the lines that every LSA starts with.
func (h Header) describe() []string {
	age := fmt.Sprintf("%d s", h.Age&^doNotAge)
	if h.DoNotAge() {
		age += " (do not age)"
	}
	if h.IsMaxAge() {
		age += " (MaxAge)"
	}
	return []string{
		fmt.Sprintf("%s LSA (type %d)", h.Type, uint8(h.Type)),
		"link-state ID: " + h.describeID(),
		"advertising router: " + h.AdvRouter.String(),
		"age: " + age,
		fmt.Sprintf("sequence number: 0x%08x", uint32(h.Seq)),
		fmt.Sprintf("checksum: 0x%04x", h.Checksum),
		fmt.Sprintf("length: %d", h.Length),
		"options: " + h.Options.String(),
	}
}

func (h Header) describeID() string {
	switch h.Type {
	case TypeRouter:
		return h.ID.String() + " (router)"
	case TypeNetwork:
		return h.ID.String() + " (address of the designated router)"
	case TypeSummaryASBR:
		return h.ID.String() + " (AS boundary router)"
	case TypeOpaqueLink, TypeOpaqueArea, TypeOpaqueAS:
		return fmt.Sprintf("%s (opaque type %s, opaque ID %d)", h.ID, opaqueTypeName(h.OpaqueType()), h.OpaqueID())
	}
	return h.ID.String()
}
