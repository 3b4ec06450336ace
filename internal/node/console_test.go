package node

import (
	"net/netip"
	"testing"
)

// TestConsoleIsTold: other nodes learn where the console of this one is.
func TestConsoleIsTold(t *testing.T) {
	n := New(Now{}, Options{Cluster: "c", Name: "n1", RouterID: 1, Console: netip.MustParseAddrPort("10.0.0.1:8443")})
	if got := n.nodeBody(remaining{}).Console.String(); got != "10.0.0.1:8443" {
		t.Errorf("the record says %s", got)
	}
}
