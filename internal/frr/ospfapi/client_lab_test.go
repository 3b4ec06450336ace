//go:build lab

package ospfapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"srr/internal/frr/frrtest"
	"srr/internal/frr/ospfapi"
)

type labClient struct {
	*ospfapi.Client
	notes chan ospfapi.Notification
}

func dialLab(t *testing.T, l *frrtest.Lab, node string) labClient {
	t.Helper()
	c := labClient{notes: make(chan ospfapi.Notification, 10000)}
	done := make(chan error)
	l.Go(node, func() {
		var err error
		c.Client, err = ospfapi.Dial(context.Background(), ospfapi.Options{}, func(n ospfapi.Notification) { c.notes <- n })
		done <- err
	})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// next waits for a notification that ok accepts.
func (c labClient) next(t *testing.T, what string, ok func(ospfapi.Notification) bool) ospfapi.Notification {
	t.Helper()
	for end := time.After(30 * time.Second); ; {
		select {
		case n := <-c.notes:
			if ok(n) {
				return n
			}
		case <-end:
			t.Fatalf("no %s", what)
		}
	}
}

// snapshot asks for one, and reports whether a notification with the same
// sequence number said what is expected before the fence came.
func snapshot(t *testing.T, c labClient, sync func(context.Context) (uint32, error)) bool {
	t.Helper()
	seq, err := sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fence, err := c.SyncRouterID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ok := false
	c.next(t, "fence", func(n ospfapi.Notification) bool {
		switch n := n.(type) {
		case ospfapi.ReachableChange:
			ok = ok || n.Seq == seq && len(n.Add) == 1 && n.Add[0] == 0x0a000002
		case ospfapi.ISMChange:
			ok = ok || n.Seq == seq && n.State >= ospfapi.ISMDROther
		case ospfapi.NSMChange:
			ok = ok || n.Seq == seq && n.RouterID == 0x0a000002 && n.State == ospfapi.NSMFull
		case ospfapi.RouterIDChange:
			ok = ok || n.Seq == seq && n.RouterID == 0x0a000001
			return n.Seq == fence
		}
		return false
	})
	return ok
}

func two(t *testing.T) *frrtest.Lab {
	l := frrtest.Up(t, "shb",
		frrtest.Node{Name: "n1", RouterID: "10.0.0.1", Links: []frrtest.Link{{LAN: "a", Addr: "10.72.1.1/24"}}},
		frrtest.Node{Name: "n2", RouterID: "10.0.0.2", Links: []frrtest.Link{{LAN: "a", Addr: "10.72.1.2/24"}}})
	l.WaitFull("n1", 1)
	return l
}

func TestRealOSPFD(t *testing.T) {
	l := two(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	c1, c2 := dialLab(t, l, "n1"), dialLab(t, l, "n2")
	filter := ospfapi.Filter{Types: ospfapi.TypeMask(10, 11), Origin: ospfapi.AnyOrigin}
	for _, c := range []labClient{c1, c2} {
		for _, lt := range []uint8{10, 11} {
			if err := c.RegisterOpaqueType(ctx, lt, 222); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.RegisterEvent(ctx, filter); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("originate and delete", func(t *testing.T) {
		o := ospfapi.Opaque{Type: 11, OpaqueType: 222, OpaqueID: 0x10203}
		if err := c1.Originate(ctx, o, []byte("abcd")); err != nil {
			t.Fatal(err)
		}
		for _, c := range []labClient{c1, c2} {
			u := c.next(t, "update", func(n ospfapi.Notification) bool { _, ok := n.(ospfapi.LSAUpdate); return ok }).(ospfapi.LSAUpdate)
			if u.Self != (c == c1) || u.LSA.OpaqueID() != 0x10203 || string(u.LSA.Payload()) != "abcd" || u.LSA.AdvRtr != 0x0a000001 {
				t.Errorf("%+v", u)
			}
		}
		<-time.After(1100 * time.Millisecond) // younger ones wait for a retransmission
		if err := c1.Delete(ctx, o); err != nil {
			t.Fatal(err)
		}
		c2.next(t, "delete", func(n ospfapi.Notification) bool {
			d, ok := n.(ospfapi.LSADelete)
			return ok && d.LSA.OpaqueID() == 0x10203
		})
	})

	t.Run("snapshots", func(t *testing.T) {
		for i, sync := range []func(context.Context) (uint32, error){c1.SyncReachable, c1.SyncISM, c1.SyncNSM, c1.SyncRouterID} {
			l.Wait(fmt.Sprintf("snapshot %d", i), 30*time.Second, func() bool { return snapshot(t, c1, sync) })
		}
	})

	t.Run("one owner", func(t *testing.T) {
		var want error = ospfapi.ErrOpaqueTypeInUse
		if strings.Contains(l.Vtysh("n1", "show version"), "FRRouting 10.") {
			want = nil // any number (measured)
		}
		if err := dialLab(t, l, "n1").RegisterOpaqueType(ctx, 11, 222); !errors.Is(err, want) {
			t.Errorf("a second client: %v, want %v", err, want)
		}
	})

	t.Run("codes", func(t *testing.T) {
		if err := c1.Originate(ctx, ospfapi.Opaque{Type: 10, OpaqueType: 222, Area: 99}, nil); !errors.Is(err, ospfapi.ErrNoSuchArea) {
			t.Error(err)
		}
		if err := c1.Delete(ctx, ospfapi.Opaque{Type: 11, OpaqueType: 222, OpaqueID: 77}); !errors.Is(err, ospfapi.ErrNoSuchLSA) {
			t.Error(err)
		}
		if err := c1.Originate(ctx, ospfapi.Opaque{Type: 11, OpaqueType: 223}, nil); !errors.Is(err, ospfapi.ErrOpaqueTypeNotRegistered) {
			t.Error(err)
		}
	})

	t.Run("largest", func(t *testing.T) {
		o := ospfapi.Opaque{Type: 10, OpaqueType: 222, OpaqueID: 5}
		if err := c1.Originate(ctx, o, make([]byte, ospfapi.MaxPayload)); err != nil {
			t.Fatal(err)
		}
		c2.next(t, "large LSA", func(n ospfapi.Notification) bool {
			u, ok := n.(ospfapi.LSAUpdate)
			return ok && u.LSA.Type == 10 && len(u.LSA.Payload()) == ospfapi.MaxPayload
		})
	})

	t.Run("close flushes", func(t *testing.T) {
		c1.Close()
		c2.next(t, "delete", func(n ospfapi.Notification) bool { _, ok := n.(ospfapi.LSADelete); return ok })
	})

	t.Run("death of ospfd", func(t *testing.T) {
		at := time.Now()
		l.Signal("n2", "ospfd", 9)
		select {
		case <-c2.Done():
			t.Logf("seen after %s: %v", time.Since(at), c2.Err())
		case <-time.After(30 * time.Second):
			t.Fatal("not seen")
		}
	})
}

// Anything but REGISTER_EVENT crashes an ospfd that has no instance (8.4.4).
func TestWithoutInstance(t *testing.T) {
	l := frrtest.Up(t, "shb", frrtest.Node{Name: "n1", Links: []frrtest.Link{{LAN: "a", Addr: "10.72.1.1/24"}}})
	done := make(chan error)
	dial := func() {
		c, err := ospfapi.Dial(context.Background(), ospfapi.Options{}, func(ospfapi.Notification) {})
		if err == nil {
			c.Close()
		}
		done <- err
	}
	l.Go("n1", dial)
	if err := <-done; !errors.Is(err, ospfapi.ErrNoInstance) {
		t.Error(err)
	}
	l.Vtysh("n1", "configure terminal", "router ospf", "ospf router-id 10.0.0.1", "exit", "interface eth0", "ip ospf area 0")
	l.Go("n1", dial)
	if err := <-done; err != nil {
		t.Error(err)
	}
	l.Vtysh("n1", "configure terminal", "no router ospf")
	l.Go("n1", dial)
	if err := <-done; !errors.Is(err, ospfapi.ErrNoInstance) {
		t.Error(err)
	}
	if !l.Running("n1", "ospfd") {
		t.Error("ospfd crashed")
	}
}
