package packet

import (
	"encoding/binary"
	"fmt"

	"srr/internal/routerid"
)

// Network is the body of a network LSA: the routers on a broadcast or NBMA
// network, as its designated router sees them (RFC 2328, section A.4.3). The
// link-state ID is the designated router's address.
type Network struct {
	Mask    Quad
	Routers []routerid.ID // fully adjacent to the designated router, and itself
}

func parseNetwork(b []byte) (Body, error) {
	r := reader{b: b}
	mask := r.quad("mask")
	routers := make([]routerid.ID, 0, len(r.b)/4)
	for r.err == nil && len(r.b) > 0 {
		id := r.u32("attached router")
		if r.err == nil {
			routers = append(routers, routerid.ID(id))
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return &Network{Mask: mask, Routers: routers}, nil
}

func (n *Network) size() int { return 4 + 4*len(n.Routers) }

func (n *Network) append(b []byte) ([]byte, error) {
	b = binary.BigEndian.AppendUint32(b, uint32(n.Mask))
	for _, r := range n.Routers {
		b = binary.BigEndian.AppendUint32(b, uint32(r))
	}
	return b, nil
}

func (n *Network) describe(h Header) []string {
	lines := []string{
		"network: " + prefixString(h.ID, n.Mask),
		fmt.Sprintf("attached routers: %d", len(n.Routers)),
	}
	for _, r := range n.Routers {
		lines = append(lines, "  "+r.String())
	}
	return lines
}
