package address

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel answers a dump in the form in which it takes a change, so a
// request of ours must be recognised as ours.
func TestRoundTrip(t *testing.T) {
	for _, a := range []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")} {
		all, err := split(append(appendOp(nil, Op{Action: Own, Addr: a}, 1, false), appendOp(nil, Op{Action: Announce, Addr: a}, 2, true)...))
		if err != nil || len(all) != 2 || all[0].seq != 1 || all[1].seq != 2 {
			t.Fatalf("%s: %+v, %v", a, all, err)
		}
		if all[0].flags&unix.NLM_F_ACK != 0 || all[1].flags&unix.NLM_F_ACK == 0 {
			t.Errorf("%s: flags %x %x", a, all[0].flags, all[1].flags)
		}
		if got, err := parseRoute(all[0].body); err != nil || got != a {
			t.Errorf("route of %s: %s, %v", a, got, err)
		}
		got, err := parseAddress(all[1].body)
		if err != nil || got != (parsedAddress{addr: a, index: 1, host: true, mortal: true, proto: Protocol}) {
			t.Errorf("address %s: %+v, %v", a, got, err)
		}
	}
}

func TestRecognition(t *testing.T) {
	a := netip.MustParseAddr("192.0.2.1")
	ours := parsedAddress{addr: a, index: 1, host: true, mortal: true, proto: Protocol}
	for _, c := range []struct {
		name  string
		edit  func(*parsedAddress)
		route bool
		ours  bool
	}{
		{"marked", func(*parsedAddress) {}, false, true},
		{"other protocol", func(p *parsedAddress) { p.proto = 3 }, true, false},
		{"for ever", func(p *parsedAddress) { p.mortal = false }, true, false},
		{"a subnet", func(p *parsedAddress) { p.host = false }, true, false},
		{"another interface", func(p *parsedAddress) { p.index = 7 }, true, false},
		{"old kernel, our route", func(p *parsedAddress) { p.proto, p.noProto = 0, true }, true, true},
		{"old kernel, no route", func(p *parsedAddress) { p.proto, p.noProto = 0, true }, false, false},
	} {
		p := ours
		c.edit(&p)
		s := Snapshot{Routes: map[netip.Addr]bool{a: c.route}, Addresses: map[netip.Addr]Assigned{}}
		s.add(p, func(int) string { return "eth0" })
		if got := s.Addresses[a]; got.Ours != c.ours || (got.Foreign == "") != c.ours {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(appendOp(nil, Op{Action: Announce, Addr: netip.MustParseAddr("192.0.2.1")}, 1, true))
	f.Add(appendOp(nil, Op{Action: Own, Addr: netip.MustParseAddr("2001:db8::1")}, 1, true))
	f.Fuzz(func(_ *testing.T, b []byte) {
		all, _ := split(b)
		for _, m := range all {
			_, _ = parseAddress(m.body)
			_, _ = parseRoute(m.body)
			_, _ = dumpEnd(m)
		}
	})
}

func TestInterfaceName(t *testing.T) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	n := &Netlink{requests: fd}
	for index, want := range map[int]string{loopbackIndex: "lo", 1 << 30: "interface 1073741824"} {
		if got := n.interfaceName(index); got != want {
			t.Errorf("%d is %q, want %q", index, got, want)
		}
	}
}
