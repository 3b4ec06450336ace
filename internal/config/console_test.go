package config

import (
	"net/netip"
	"testing"

	"srr/internal/routerid"
)

// TestConsoleIsToldAsOthersReachIt: not as it listens.
func TestConsoleIsToldAsOthersReachIt(t *testing.T) {
	self := routerid.ID(0x0a000001)
	for listen, told := range map[string]string{
		"192.0.2.7:8443": "192.0.2.7:8443", "0.0.0.0:8443": "10.0.0.1:8443", "[::]:443": "10.0.0.1:443",
		"127.0.0.1:8443": "invalid AddrPort", "[::1]:8443": "invalid AddrPort",
	} {
		l := newLoading()
		c := l.console(&ConsoleSection{Listen: netip.MustParseAddrPort(listen)}, self)
		if c.Told.String() != told || c.Listen.String() != listen || len(l.problems) > 0 {
			t.Errorf("%s is told as %s: %v", listen, c.Told, l.problems)
		}
	}
}
