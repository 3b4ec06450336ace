package packet

import "fmt"

// Opaque is the body of an opaque LSA (RFC 5250, section A.2): data that OSPF
// floods for an application. Opaque type and opaque ID are in the link-state
// ID, see Header.OpaqueType. The data should be a multiple of four bytes long;
// others are kept as they are.
type Opaque struct {
	Data []byte
}

func parseOpaque(b []byte) (Body, error) {
	r := reader{b: b}
	return &Opaque{Data: r.rest()}, nil
}

func (o *Opaque) size() int                       { return len(o.Data) }
func (o *Opaque) append(b []byte) ([]byte, error) { return append(b, o.Data...), nil }
func (o *Opaque) describe(Header) []string        { return describeBytes("data", o.Data) }

// opaqueTypeName names a type that IANA assigned (registry "OSPF opaque LSA
// option types").
func opaqueTypeName(t uint8) string {
	names := map[uint8]string{
		1: "traffic engineering", 3: "grace", 4: "router information", 5: "L1VPN",
		6: "inter-AS TE", 7: "extended prefix", 8: "extended link",
	}
	if n, ok := names[t]; ok {
		return fmt.Sprintf("%d %s", t, n)
	}
	return fmt.Sprint(t)
}
