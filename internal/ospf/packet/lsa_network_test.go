package packet

import (
	"testing"

	"srr/internal/routerid"
)

func TestNetwork(t *testing.T) {
	testBodies(t, []bodyCase{
		{"nobody attached", TypeNetwork, "ffffff00", &Network{Mask: 0xffffff00, Routers: []routerid.ID{}}},
		{
			"two routers", TypeNetwork, "fffffffc 0a000007 0a000005",
			&Network{Mask: 0xfffffffc, Routers: []routerid.ID{0x0a000007, 0x0a000005}},
		},
		{"mask that is none", TypeNetwork, "ff00ff00 00000000", &Network{Mask: 0xff00ff00, Routers: []routerid.ID{0}}},
	})
	testRefused(t, TypeNetwork, map[string]string{
		"mask":            "ffff",
		"attached router": "ffffff00 0a000007 0a0000",
	})
}
