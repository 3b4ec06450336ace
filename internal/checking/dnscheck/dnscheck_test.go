package dnscheck

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"srr/internal/service"
)

// serve runs a name server on loopback that is authoritative for example.org.
func serve(t *testing.T) string {
	t.Helper()
	udp, tcp := listenBoth(t)
	for _, s := range []*dns.Server{{PacketConn: udp}, {Listener: tcp}} {
		started := make(chan struct{})
		s.Handler = dns.HandlerFunc(answer)
		s.NotifyStartedFunc = func() { close(started) }
		go s.ActivateAndServe()
		<-started
		t.Cleanup(func() { s.Shutdown() })
	}
	return udp.LocalAddr().String()
}

// listenBoth finds a port that is free for both; that of the one may be taken
// for the other.
func listenBoth(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 20 {
		udp, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if tcp, err := net.Listen("tcp", udp.LocalAddr().String()); err == nil {
			return udp, tcp
		}
		udp.Close()
	}
	t.Fatal("no port is free for both UDP and TCP")
	return nil, nil
}

func answer(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(q)
	add := func(s string) {
		rr, err := dns.NewRR(s)
		if err != nil {
			panic(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	_, stream := w.RemoteAddr().(*net.TCPAddr)
	switch q.Question[0].Name {
	case "www.example.org.":
		add("www.example.org. 60 IN A 192.0.2.1")
		add("www.example.org. 60 IN A 192.0.2.2")
	case "example.org.":
		add("example.org. 60 IN MX 10 Mail.example.org.")
	case "big.example.org.":
		if m.Truncated = !stream; stream {
			add("big.example.org. 60 IN A 192.0.2.3")
		}
	case "empty.example.org.":
	case "hang.example.org.":
		return
	case "forged.example.org.":
		wrong := m.Copy()
		wrong.Id++
		w.WriteMsg(wrong)
		add("forged.example.org. 60 IN A 192.0.2.4")
	default:
		m.Rcode = dns.RcodeNameError
	}
	w.WriteMsg(m)
}

func TestCheck(t *testing.T) {
	server := serve(t)
	for _, c := range []struct {
		check  Check
		health service.Health
		text   string
	}{
		{Check{Name: "www.example.org"}, service.Up, "192.0.2.1, 192.0.2.2"},
		{Check{Name: "www.example.org.", Expect: []string{"192.0.2.2"}}, service.Up, ""},
		{Check{Name: "www.example.org", Expect: []string{"192.0.2.9"}}, service.Down, "no 192.0.2.9 among"},
		{Check{Name: "example.org", Type: "mx", Expect: []string{"10 mail.example.org."}}, service.Up, ""},
		{Check{Name: "big.example.org"}, service.Up, "192.0.2.3"},
		{Check{Name: "forged.example.org"}, service.Up, "192.0.2.4"},
		{Check{Name: "empty.example.org"}, service.Down, "without data"},
		{Check{Name: "none.example.org"}, service.Down, "NXDOMAIN"},
		{Check{Name: "hang.example.org"}, service.Down, "no answer in time"},
		{Check{Name: "www.example.org", Type: "WHAT"}, service.Unknown, "no DNS type"},
		{Check{Name: "www.example.org", Server: "127.0.0.1:1"}, service.Down, "refused"},
	} {
		if c.check.Server == "" {
			c.check.Server = server
		}
		limit := time.Minute
		if c.text == "no answer in time" {
			limit = 300 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		r := c.check.Check(ctx)
		cancel()
		if r.Health != c.health || !strings.Contains(r.Text, c.text) {
			t.Errorf("%+v: %v %q, want %v %q", c.check, r.Health, r.Text, c.health, c.text)
		}
	}
}
