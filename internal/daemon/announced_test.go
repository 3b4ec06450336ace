package daemon

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routing"
)

// TestAnnouncedToNobody: the kernel has the address, and ospfd's route-map permits it, but
// what is between them may be dead, and so may be what is behind it.
func TestAnnouncedToNobody(t *testing.T) {
	d, s := withRouter(t)
	d.lsdb = newBrowser(d.cfg, d.vty, nil, d.log)
	d.asking.done = true
	addr := netip.MustParseAddr("10.71.100.1")
	kernel := func(announced bool) {
		d.applied.states = map[netip.Addr]routing.State{addr: {Owned: true, Announced: announced}}
	}
	look := func(want string) {
		t.Helper()
		if d.lookAtAnnouncements(); d.holes.busy {
			(<-d.requests)()
		}
		alarms := d.announcementAlarms()
		if (len(alarms) > 0) != (want != "") || want != "" && !strings.Contains(alarms[0].Text, want) {
			t.Errorf("want %q, got %+v", want, alarms)
		}
	}
	const missing, stale = "announces no host route for 10.71.100.1", "still announces 10.71.100.1"

	kernel(true)
	look("") // it may just have been announced
	look(missing)
	look(missing)
	if page, err := os.ReadFile("../../docs/operating.md"); err != nil || !strings.Contains(string(page), "| `"+d.announcementAlarms()[0].Code+"` ") {
		t.Errorf("docs/operating.md does not know the alarm: %v", err)
	}
	s.mu.Lock()
	s.external = "  LS age: 7\n  Advertising Router: 0.0.0.1\n  Network Mask: /32\n        Metric: 1000\n"
	s.mu.Unlock()
	look("") // the database has a gap

	lsa, _, err := packet.ParseLSA(hostRoute(t, addr))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.lsdb.db.Install(bootTime(), lsdb.Where{}, lsa); err != nil {
		t.Fatal(err)
	}
	look("")
	if len(d.holes.doubts) > 0 {
		t.Errorf("all is well: %v", d.holes.doubts)
	}
	kernel(false)
	look("") // it may just have been withdrawn
	look(stale)
	d.asking.done = false // the medium is lost
	look("")
}

// hostRoute is an AS-external LSA of router 0.0.0.1.
func hostRoute(t *testing.T, addr netip.Addr) []byte {
	t.Helper()
	l := packet.LSA{
		Header: packet.Header{Type: packet.TypeExternal, ID: packet.QuadFrom(addr), AdvRouter: 1, Seq: packet.InitialSeq},
		Body:   &packet.External{Mask: 0xffffffff, ExternalMetric: packet.ExternalMetric{Type2: true, Metric: 1000}},
	}
	b, err := l.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
