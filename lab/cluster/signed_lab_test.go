//go:build lab

package cluster

import (
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/frr/ospfapi"
	"srr/internal/identity/identitytest"
	"srr/internal/routerid"
	"srr/lab"
)

// TestSigned runs a cluster with a CA, from the beginning to a node whose key is
// taken back.
func TestSigned(t *testing.T) {
	f := newLab(t, lab.Options{Topology: "two", Timers: "bfd20"})
	p := identitytest.New(t, "lab")
	dirs := map[string]string{}
	for i, host := range []string{"n1", "n2", "n3"} {
		dirs[host] = p.Node(host, routerid.ID(0x0a000001+i))
	}
	f.start(Config{
		PKI: func(host string) string { return dirs[host] }, Signatures: "require",
		Services: []Service{{Name: "web", On: Preferences{"n1": 100, "n2": 200, "n3": 300}, Settings: []string{
			fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(0)), fmt.Sprintf("run: [%s, %q]", f.l.EchoProgram(), lab.ServiceAddr(0)),
		}}},
	})
	f.must(f.k.Settled(f.ctx))
	f.must(f.k.WaitOn(f.ctx, "web", "n3"))
	for _, host := range []string{"n1", "n2", "n3"} {
		if f.alarm(host, "signature") || f.alarm(host, "record") {
			t.Errorf("%s does not trust its own cluster", host)
		}
	}
	t.Run("the API is closed", f.sub(testClosed))
	t.Run("an insider", f.sub(testInsider))
	t.Run("a node is revoked", func(t *testing.T) {
		g := *f
		g.T = t
		p.Revoke("node/n3", dirs["n1"], dirs["n2"])
		for _, host := range []string{"n1", "n2"} {
			g.eventually("the alarm on "+host, func() bool { return g.alarm(host, "signature") })
		}
		g.eventually("n2 to take over what n3 ran", func() bool {
			i := g.k.Instance(g.ctx, "n2", "web")
			return i != nil && i.State == "active/started"
		})
		p.Revoke("node/n3", dirs["n3"])
		g.eventually("n3 to stop it once it knows", func() bool {
			i := g.k.Instance(g.ctx, "n3", "web")
			return i != nil && i.State == "injected/stopped"
		})
	})
	t.Run("the end", func(t *testing.T) {
		g := *f
		g.T = t
		g.must(g.l.StopDaemon("n1"))
		if _, err := g.l.Exec(g.ctx, "n1", "nft", "list", "table", "inet", "srr"); err == nil {
			t.Error("n1 keeps the rule")
		}
		if !g.reaches("n2", "10.0.0.1", true) {
			t.Error("n2 does not reach n1 in any case: nothing was shown")
		}
	})
}

func (f *fixture) alarm(host, code string) bool {
	s, err := f.k.Snapshot(f.ctx, host)
	if err != nil {
		return false
	}
	for _, a := range s.Alarms {
		if a.Code == code {
			return true
		}
	}
	return false
}

// reaches tries the API of n1 from a host, as it is wanted. What is dropped is told by
// nobody: that takes the whole patience.
func (f *fixture) reaches(from, address string, want bool) (open bool) {
	patience := 500 * time.Millisecond
	if want {
		patience = 30 * time.Second
	}
	_ = lab.InNamespace(f.l.NodeNamespace(from), func() error {
		c, err := net.DialTimeout("tcp", net.JoinHostPort(address, "2607"), patience)
		if open = err == nil; open {
			c.Close()
		}
		return nil
	})
	return open
}

// testClosed: on a real host, also after a crash, and never in between.
func testClosed(f *fixture) {
	closed := func(when string) {
		f.Helper()
		if f.reaches("n2", "10.0.0.1", false) || f.reaches("r1", "10.0.0.1", false) {
			f.Errorf("%s: the OSPF API of n1 is open to others", when)
		}
		if !f.reaches("n1", "127.0.0.1", true) {
			f.Errorf("%s: n1 does not reach its own", when)
		}
	}
	closed("running")
	old, _ := f.l.DaemonProcess("n1")
	f.must(f.l.Signal("n1", "srrd", syscall.SIGKILL))
	closed("after a crash")
	f.eventually("another srrd", func() bool {
		p, ok := f.l.DaemonProcess("n1")
		return ok && p.PID != old.PID
	})
	f.must(f.k.Settled(f.ctx))
	closed("running again")
}

// testInsider: r1 is a router of the area, and floods a well-formed record of a node
// that would be the best for everything.
func testInsider(f *fixture) {
	since := time.Now()
	var c *ospfapi.Client
	f.must(lab.InNamespace(f.l.NodeNamespace("r1"), func() (err error) {
		c, err = ospfapi.Dial(f.ctx, ospfapi.Options{}, func(ospfapi.Notification) {})
		return err
	}))
	defer c.Close()
	f.must(c.RegisterOpaqueType(f.ctx, 10, 222))
	head := discovery.Record{Author: 0x0a0000fb, Version: discovery.Version{Incarnation: 1, Counter: 1}, Nonce: 1}
	node, web := head, head
	node.Node = &discovery.Node{Name: "r1", Instances: 1, Flags: discovery.Settled}
	web.Instance = &discovery.Instance{Service: "web", Preference: 65535}
	for i, r := range []discovery.Record{node, web} {
		b, err := discovery.Encode("lab", r)
		f.must(err)
		f.must(c.Originate(f.ctx, ospfapi.Opaque{Type: 10, OpaqueType: 222, OpaqueID: uint32(i)}, b))
	}
	f.eventually("the alarm", func() bool { return f.alarm("n2", "signature") })
	s, err := f.k.Snapshot(f.ctx, "n2")
	f.must(err)
	for i := range s.Nodes {
		if s.Nodes[i].Name == "r1" {
			f.Errorf("r1 became a node: %+v", s.Nodes[i])
		}
	}
	for _, host := range f.k.Live() {
		for _, e := range f.events(host, "", since) {
			if e.From != e.To {
				f.Errorf("it moved something on %s: %+v", host, e)
			}
		}
	}
}
