package packet

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// LSA is a link-state advertisement. A parsed LSA is not modified any more, so
// that it can be shared.
type LSA struct {
	Header Header
	// Body is a *Router, *Network, *Summary, *External or *Opaque, or Raw for
	// types that are not known.
	Body Body
}

// Body is what follows the header. It is implemented in this package only.
type Body interface {
	size() int
	append(b []byte) ([]byte, error)
	describe(h Header) []string
}

// ParseLSA reads the first LSA in b and returns what follows it. A body that
// does not fit its type is an error; ParseRaw still reads such an LSA. The
// checksum is VerifyChecksum's business.
func ParseLSA(b []byte) (LSA, []byte, error) {
	l, rest, err := ParseRaw(b)
	if err != nil {
		return LSA{}, nil, err
	}
	parse := bodyParser(l.Header.Type)
	if parse == nil {
		return l, rest, nil
	}
	body, err := parse(l.Body.(Raw))
	if err != nil {
		return LSA{}, nil, fmt.Errorf("parse %s: %w", l.Header, err)
	}
	return LSA{Header: l.Header, Body: body}, rest, nil
}

// ParseRaw is ParseLSA without a look at the body, which is Raw.
func ParseRaw(b []byte) (LSA, []byte, error) {
	h, err := ParseHeader(b)
	if err != nil {
		return LSA{}, nil, err
	}
	if int(h.Length) > len(b) {
		return LSA{}, nil, fmt.Errorf("parse %s: length: %d, but only %d bytes", h, h.Length, len(b))
	}
	return LSA{Header: h, Body: Raw(bytes.Clone(b[HeaderLen:h.Length]))}, b[h.Length:], nil
}

// bodyParser returns the parser of a type, nil if the type is not known.
func bodyParser(t Type) func(b []byte) (Body, error) {
	switch t {
	case TypeRouter:
		return parseRouter
	case TypeNetwork:
		return parseNetwork
	case TypeSummary, TypeSummaryASBR:
		return parseSummary
	case TypeExternal, TypeNSSA:
		return parseExternal
	case TypeOpaqueLink, TypeOpaqueArea, TypeOpaqueAS:
		return parseOpaque
	}
	return nil
}

// Size is the length of the encoded LSA in bytes.
func (l *LSA) Size() int { return HeaderLen + l.Body.size() }

// AppendBinary writes the LSA. Its length is that of the body; the checksum is
// the header's, see Seal. The error names a value that its field cannot hold.
func (l *LSA) AppendBinary(b []byte) ([]byte, error) {
	n := l.Size()
	if n > maxLSASize {
		return nil, fmt.Errorf("encode %s: length: %d, at most %d", l.Header, n, maxLSASize)
	}
	h := l.Header
	h.Length = uint16(n)
	out, err := l.Body.append(h.Append(b))
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", l.Header, err)
	}
	return out, nil
}

// Seal computes length and checksum of an LSA that this router originates,
// stores them in its header and returns the encoded LSA.
func (l *LSA) Seal() ([]byte, error) {
	b, err := l.AppendBinary(nil)
	if err != nil {
		return nil, err
	}
	putLengthAndChecksum(b)
	l.Header, err = ParseHeader(b)
	return b, err
}

// SameContent reports whether two instances say the same, so that no route can
// have changed (RFC 2328, section 13.2). The ages must be those of now.
func SameContent(a, b *LSA) bool {
	if a.Header.Options != b.Header.Options || a.Header.IsMaxAge() != b.Header.IsMaxAge() ||
		a.Body.size() != b.Body.size() {
		return false
	}
	x, errX := a.Body.append(nil)
	y, errY := b.Body.append(nil)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// Describe returns the LSA decoded for a person, one fact per line; lines of
// the body that belong to the one before are indented by two spaces.
func (l *LSA) Describe() []string {
	return append(l.Header.describe(), l.Body.describe(l.Header)...)
}

// String names the instance.
func (l *LSA) String() string { return l.Header.String() }

// Raw is the body of a type that is not known, or was not looked at.
type Raw []byte

func (r Raw) size() int                       { return len(r) }
func (r Raw) append(b []byte) ([]byte, error) { return append(b, r...), nil }
func (r Raw) describe(Header) []string        { return describeBytes("body", r) }

// describeBytes is a hex dump of 16 bytes per line.
func describeBytes(what string, b []byte) []string {
	lines := []string{fmt.Sprintf("%s: %d bytes", what, len(b))}
	for off := 0; off < len(b); off += 16 {
		part := b[off:min(off+16, len(b))]
		lines = append(lines, fmt.Sprintf("  %04x  %-32s  %s", off, hex.EncodeToString(part), printable(part)))
	}
	return lines
}

// printable keeps ASCII, so that no body can send control characters to a terminal.
func printable(b []byte) string {
	out := make([]byte, len(b))
	for i, c := range b {
		if c < ' ' || c > '~' {
			c = '.'
		}
		out[i] = c
	}
	return string(out)
}
