package packet

import (
	"encoding/binary"
	"fmt"
)

// Router is the body of a router LSA: the router's links into one area
// (RFC 2328, section A.4.2).
type Router struct {
	Flags    RouterFlags
	Reserved uint8 // zero
	Links    []RouterLink
}

// RouterFlags say what kind of router it is.
type RouterFlags uint8

// The flags. Those without a comment are of RFC 2328.
const (
	RouterB  RouterFlags = 1 << iota // area border router
	RouterE                          // AS boundary router
	RouterV                          // endpoint of a virtual link
	RouterW                          // wild-card multicast receiver (RFC 1584)
	RouterNt                         // translates type 7 LSAs unconditionally (RFC 3101)
	_
	_
	RouterH // does not forward (RFC 8770)
)

var routerFlagNames = [...]string{"B", "E", "V", "W", "Nt", "0x20", "0x40", "H"}

// Has reports whether all flags of g are set.
func (f RouterFlags) Has(g RouterFlags) bool { return f&g == g }

// String lists the flags that are set, "none" if there are none.
func (f RouterFlags) String() string { return bitNames(uint8(f), routerFlagNames[:]) }

// LinkType is the type of a router link.
type LinkType uint8

// The link types (RFC 2328, section 12.4.1).
const (
	LinkPointToPoint LinkType = iota + 1
	LinkTransit
	LinkStub
	LinkVirtual
)

func (t LinkType) String() string {
	if t == 0 || t > LinkVirtual {
		return fmt.Sprintf("unknown(%d)", uint8(t))
	}
	return [...]string{"point-to-point", "transit", "stub", "virtual"}[t-1]
}

// RouterLink is one link of a router.
type RouterLink struct {
	// ID: point-to-point and virtual: the neighbor's router ID; transit: the
	// address of the designated router; stub: the network.
	ID Quad
	// Data: stub: the mask; unnumbered point-to-point: the interface's index;
	// otherwise the router's own address on the link.
	Data   Quad
	Type   LinkType
	Metric uint16
	TOS    []TOSMetric // metrics per type of service, for routers of RFC 1583
}

// TOSMetric is a metric for one type of service.
type TOSMetric struct {
	TOS      uint8
	Reserved uint8 // zero
	Metric   uint16
}

func parseRouter(b []byte) (Body, error) {
	r := reader{b: b}
	flags, reserved := r.u8("flags"), r.u8("reserved")
	n := int(r.u16("number of links"))
	links := make([]RouterLink, 0, min(n, len(r.b)/12))
	for i := range n {
		l := parseRouterLink(&r)
		if r.err != nil {
			return nil, fmt.Errorf("link %d of %d: %w", i+1, n, r.err)
		}
		links = append(links, l)
	}
	if err := r.end("link"); err != nil {
		return nil, err
	}
	return &Router{Flags: RouterFlags(flags), Reserved: reserved, Links: links}, nil
}

func parseRouterLink(r *reader) RouterLink {
	l := RouterLink{ID: r.quad("link ID"), Data: r.quad("link data"), Type: LinkType(r.u8("link type"))}
	n := int(r.u8("number of TOS metrics"))
	l.Metric = r.u16("metric")
	for range n {
		t := TOSMetric{TOS: r.u8("TOS"), Reserved: r.u8("TOS reserved"), Metric: r.u16("TOS metric")}
		if r.err != nil {
			break
		}
		l.TOS = append(l.TOS, t)
	}
	return l
}

func (o *Router) size() int {
	n := 4
	for i := range o.Links {
		n += 12 + 4*len(o.Links[i].TOS)
	}
	return n
}

func (o *Router) append(b []byte) ([]byte, error) {
	if len(o.Links) > maxRouterLinks {
		return nil, fmt.Errorf("number of links: %d, at most %d", len(o.Links), maxRouterLinks)
	}
	b = append(b, byte(o.Flags), o.Reserved)
	b = binary.BigEndian.AppendUint16(b, uint16(len(o.Links)))
	for i, l := range o.Links {
		if len(l.TOS) > 255 {
			return nil, fmt.Errorf("link %d: number of TOS metrics: %d, at most 255", i+1, len(l.TOS))
		}
		b = binary.BigEndian.AppendUint32(b, uint32(l.ID))
		b = binary.BigEndian.AppendUint32(b, uint32(l.Data))
		b = append(b, byte(l.Type), byte(len(l.TOS)))
		b = binary.BigEndian.AppendUint16(b, l.Metric)
		for _, t := range l.TOS {
			b = append(b, t.TOS, t.Reserved)
			b = binary.BigEndian.AppendUint16(b, t.Metric)
		}
	}
	return b, nil
}

func (o *Router) describe(Header) []string {
	lines := []string{
		"flags: " + o.Flags.String(),
		fmt.Sprintf("links: %d", len(o.Links)),
	}
	for i := range o.Links {
		lines = append(lines, "  "+o.Links[i].String())
		for _, t := range o.Links[i].TOS {
			lines = append(lines, fmt.Sprintf("    TOS %d metric %d", t.TOS, t.Metric))
		}
	}
	return lines
}

// String describes the link in one line.
func (l *RouterLink) String() string {
	switch l.Type {
	case LinkPointToPoint, LinkVirtual:
		return fmt.Sprintf("%s to router %s, own address %s, metric %d", l.Type, l.ID, l.Data, l.Metric)
	case LinkTransit:
		return fmt.Sprintf("transit to network of %s, own address %s, metric %d", l.ID, l.Data, l.Metric)
	case LinkStub:
		return fmt.Sprintf("stub %s, metric %d", prefixString(l.ID, l.Data), l.Metric)
	}
	return fmt.Sprintf("%s ID %s, data %s, metric %d", l.Type, l.ID, l.Data, l.Metric)
}
