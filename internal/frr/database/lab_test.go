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
	var all []LSA
	frrpair.Eventually(t, 20*time.Second, "the large LSA", func() bool {
		var err error
		if all, err = Routers(t.Context(), peer.VTY, 1488); err != nil {
			t.Fatal(err)
		}
		return len(all) == 1
	})
	l, rest, err := packet.ParseLSA(all[0].Raw)
	if err != nil || len(rest) != 0 || all[0].Area != 0 {
		t.Fatalf("%v, %d bytes behind it, area %d", err, len(rest), all[0].Area)
	}
	stubs := 0
	for _, link := range l.Body.(*packet.Router).Links {
		if link.Type == packet.LinkStub && strings.HasPrefix(link.ID.String(), "10.72.0.") {
			stubs++
		}
	}
	if stubs != links {
		t.Errorf("%d links, want %d", stubs, links)
	}
	if all, err = Routers(t.Context(), peer.VTY, 0); err != nil || len(all) != 2 {
		t.Errorf("%d LSAs, want both: %v", len(all), err)
	}
	if os.Getenv("SRR_CAPTURE") != "" {
		text := peer.Show(t, vty.OSPFd, "show ip ospf database router")
		if err := os.WriteFile("testdata/router-8.4.4.txt", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
