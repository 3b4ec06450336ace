//go:build lab

package database

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"srr/internal/frr/frrpair"
	"srr/internal/frr/vty"
	"srr/internal/ospf/packet"
)

const links = 160

// TestLabRouters reads a router LSA that the API does not carry from its
// neighbor, and the small one beside it.
func TestLabRouters(t *testing.T) {
	conf := func(id, more string) frrpair.Conf {
		return frrpair.Conf{OSPFd: "interface eth0\n ip ospf area 0\n ip ospf network point-to-point\n" +
			" ip ospf dead-interval minimal hello-multiplier 10\nexit\n" + more +
			"router ospf\n ospf router-id " + id + "\n capability opaque\nexit\n"}
	}
	n, peer := frrpair.Pair(t, "sdb", conf("10.0.0.1", "interface lo\n ip ospf area 0\nexit\n"), conf("10.0.0.2", ""))
	for i := range links {
		n.IP(t, "addr", "add", fmt.Sprintf("10.72.0.%d/32", i+1), "dev", "lo")
	}
	frrpair.Eventually(t, 60*time.Second, "the large LSA", func() bool { // it grows with the addresses
		all, err := Routers(t.Context(), peer.VTY, 1488)
		if err != nil || len(all) > 1 {
			t.Fatalf("%d LSAs, want one: %v", len(all), err)
		}
		return len(all) == 1 && stubs(t, all[0]) == links
	})
	all, err := Routers(t.Context(), peer.VTY, 0)
	if err != nil || len(all) != 2 {
		t.Errorf("%d LSAs, want both: %v", len(all), err)
	}
	if os.Getenv("SRR_CAPTURE") != "" {
		text := peer.Show(t, vty.OSPFd, "show ip ospf database router")
		if err := os.WriteFile("testdata/router-8.4.4.txt", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// stubs counts the links of a router LSA to addresses of the test.
func stubs(t *testing.T, a LSA) (n int) {
	t.Helper()
	l, rest, err := packet.ParseLSA(a.Raw)
	if err != nil || len(rest) != 0 || a.Area != 0 {
		t.Fatalf("%v, %d bytes behind it, area %d", err, len(rest), a.Area)
	}
	for _, link := range l.Body.(*packet.Router).Links {
		if link.Type == packet.LinkStub && strings.HasPrefix(link.ID.String(), "10.72.0.") {
			n++
		}
	}
	return n
}
