package packet

import (
	"fmt"
	"strings"
)

// Type is the type of an LSA.
type Type uint8

// The types of RFC 2328 (1–5), RFC 1584 (6), RFC 3101 (7), the external
// attributes LSA that was never standardised (8), and RFC 5250 (9–11).
const (
	TypeRouter Type = iota + 1
	TypeNetwork
	TypeSummary     // network summary: an inter-area route
	TypeSummaryASBR // where an AS boundary router of another area is
	TypeExternal
	TypeGroup
	TypeNSSA
	TypeExternalAttributes
	TypeOpaqueLink
	TypeOpaqueArea
	TypeOpaqueAS
)

var typeNames = [...]string{
	"", "router", "network", "summary", "ASBR summary", "AS external", "group membership",
	"NSSA external", "external attributes", "opaque link", "opaque area", "opaque AS",
}

// String names the type as the RFCs do.
func (t Type) String() string {
	if t == 0 || int(t) >= len(typeNames) {
		return fmt.Sprintf("unknown(%d)", uint8(t))
	}
	return typeNames[t]
}

// MarshalText writes String.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Opaque reports whether t is one of the three opaque types.
func (t Type) Opaque() bool { return t >= TypeOpaqueLink && t <= TypeOpaqueAS }

// Scope is how far an LSA is flooded.
type Scope uint8

// The flooding scopes (RFC 2328, section 13.3; RFC 5250, section 3).
const (
	ScopeArea Scope = iota
	ScopeLink
	ScopeAS
)

func (s Scope) String() string { return [...]string{"area", "link", "AS"}[s%3] }

// Scope returns the flooding scope of the type. An unknown type has area
// scope, the one in between.
func (t Type) Scope() Scope {
	switch t {
	case TypeOpaqueLink:
		return ScopeLink
	case TypeExternal, TypeExternalAttributes, TypeOpaqueAS:
		return ScopeAS
	}
	return ScopeArea
}

// Options are the optional capabilities (RFC 2328, section A.2).
type Options uint8

// The bits. OptionNP means "NSSA" in a hello and "propagate" in a type 7 LSA
// (RFC 3101, section 2.5).
const (
	OptionMT Options = 1 << iota // RFC 4915
	OptionE                      // takes AS external LSAs: the area is no stub
	OptionMC                     // RFC 1584
	OptionNP                     // RFC 3101
	OptionL                      // a link-local signalling block follows (RFC 5613)
	OptionDC                     // demand circuits (RFC 1793)
	OptionO                      // opaque LSAs (RFC 5250)
	OptionDN                     // do not use, came down from a VPN (RFC 4576)
)

var optionNames = [...]string{"MT", "E", "MC", "N/P", "L", "DC", "O", "DN"}

// Has reports whether all bits of p are set.
func (o Options) Has(p Options) bool { return o&p == p }

// String lists the bits that are set, "none" if there are none.
func (o Options) String() string { return bitNames(uint8(o), optionNames[:]) }

// bitNames lists the names of the set bits, lowest first.
func bitNames(v uint8, names []string) string {
	var s []string
	for i, n := range names {
		if v&(1<<i) != 0 {
			s = append(s, n)
		}
	}
	if len(s) == 0 {
		return "none"
	}
	return strings.Join(s, " ")
}
