package opaque

import (
	"cmp"
	"fmt"

	"srr/internal/routerid"
)

// The LSA types that matter here (RFC 2328, A.4.5; RFC 5250, section 3).
const (
	ASBRSummary uint8 = 4
	OfLink      uint8 = 9
	OfArea      uint8 = 10
	OfAS        uint8 = 11
)

// maxAge is the age of an LSA that is being flushed, in seconds (RFC 2328, B).
const maxAge = 3600

// doNotAge is the bit in the age of an LSA that does not age on its way (RFC 1793, 2.2):
// behind a demand circuit, or with flood reduction (RFC 4136).
const doNotAge = 0x8000

// Name identifies an LSA in the database of one router.
type Name struct {
	Type   uint8
	Area   uint32 // of types 4 and 10
	IfAddr uint32 // of type 9: the interface's IPv4 address
	ID     uint32 // link-state ID; opaque: type << 24 | opaque ID
	Author routerid.ID
}

// String names the LSA for the operator.
func (n Name) String() string {
	return fmt.Sprintf("type %d, link-state ID %s, advertising router %s", n.Type, routerid.ID(n.ID), n.Author)
}

// compare is an order, so that equal facts have equal consequences.
func (n Name) compare(o Name) int {
	return cmp.Or(
		cmp.Compare(n.Author, o.Author), cmp.Compare(n.ID, o.ID), cmp.Compare(n.Type, o.Type),
		cmp.Compare(n.Area, o.Area), cmp.Compare(n.IfAddr, o.IfAddr))
}

func (n Name) opaqueType() uint8 { return uint8(n.ID >> 24) }

func (n Name) isOpaque() bool { return n.Type >= OfLink && n.Type <= OfAS }

// LSA is one as ospfd tells of it.
type LSA struct {
	Name
	Age     uint16 // seconds, and perhaps doNotAge
	Payload []byte // what follows the header; kept, and never written to
}

// seconds is the age without doNotAge.
func (l *LSA) seconds() uint16 { return l.Age &^ doNotAge }

// ends reports whether the LSA is being flushed.
func (l *LSA) ends() bool { return l.seconds() >= maxAge }
