package ospfapi_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"srr/internal/frr/ospfapi"
	"srr/internal/frr/ospfapi/ospfapitest"
)

const self = 0x0a000001

func dial(t *testing.T, s *ospfapitest.Server, timeout time.Duration) (*ospfapi.Client, chan ospfapi.Notification) {
	t.Helper()
	notes := make(chan ospfapi.Notification, 1000)
	o := ospfapi.Options{Server: s.Addr(), Timeout: timeout}
	c, err := ospfapi.Dial(context.Background(), o, func(n ospfapi.Notification) { notes <- n })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, notes
}

func recv[T ospfapi.Notification](t *testing.T, notes chan ospfapi.Notification) T {
	t.Helper()
	for end := time.After(30 * time.Second); ; {
		select {
		case n := <-notes:
			if v, ok := n.(T); ok {
				return v
			}
		case <-end:
			var v T
			t.Fatalf("no %T", v)
		}
	}
}

func TestRequestsAndNotifications(t *testing.T) {
	ctx := t.Context()
	s := ospfapitest.New(t, self)
	c, notes := dial(t, s, 0)
	if err := c.RegisterOpaqueType(ctx, 11, 222); err != nil {
		t.Fatal(err)
	}
	recv[ospfapi.Ready](t, notes)
	if err := c.RegisterOpaqueType(ctx, 11, 222); !errors.Is(err, ospfapi.ErrOpaqueTypeInUse) {
		t.Errorf("second owner: %v", err)
	}
	filter := ospfapi.Filter{Types: ospfapi.TypeMask(10, 11), Origin: ospfapi.AnyOrigin}
	if err := c.RegisterEvent(ctx, filter); err != nil {
		t.Fatal(err)
	}
	o := ospfapi.Opaque{Type: 11, OpaqueType: 222, OpaqueID: 7}
	if err := c.Originate(ctx, o, []byte("12345678")); err != nil {
		t.Fatal(err)
	}
	u := recv[ospfapi.LSAUpdate](t, notes)
	if !u.Self || u.LSA.Type != 11 || u.LSA.OpaqueType() != 222 || u.LSA.OpaqueID() != 7 || string(u.LSA.Payload()) != "12345678" {
		t.Errorf("%+v", u)
	}
	if err := c.Delete(ctx, o); err != nil {
		t.Fatal(err)
	}
	if d := recv[ospfapi.LSADelete](t, notes); d.LSA.OpaqueID() != 7 {
		t.Errorf("%+v", d)
	}
	seq, err := c.SyncRouterID(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if id := recv[ospfapi.RouterIDChange](t, notes); id.Seq != seq || id.RouterID != self {
		t.Errorf("%+v, sequence number %d", id, seq)
	}
	s.Reach(5, true)
	if r := recv[ospfapi.ReachableChange](t, notes); len(r.Add) != 1 || r.Add[0] != 5 || len(r.Remove) != 0 {
		t.Errorf("%+v", r)
	}
}

// What would harm ospfd never leaves the client.
func TestRefusedBeforeSending(t *testing.T) {
	c, _ := dial(t, ospfapitest.New(t, self), 0)
	for _, n := range []int{1, 5, ospfapi.MaxPayload + 4} {
		if err := c.Originate(t.Context(), ospfapi.Opaque{Type: 11}, make([]byte, n)); err == nil {
			t.Errorf("payload of %d bytes was sent", n)
		}
	}
	if err := c.Originate(t.Context(), ospfapi.Opaque{Type: 1}, nil); err == nil {
		t.Error("a router LSA was sent")
	}
	if err := c.Delete(t.Context(), ospfapi.Opaque{Type: 10, OpaqueID: 1 << 24}); err == nil {
		t.Error("an opaque ID of 25 bits was sent")
	}
}

// Ports in TIME_WAIT would run out while a client has to try for long.
func TestCloseLeavesNoPorts(t *testing.T) {
	s := ospfapitest.New(t, self)
	before := connected(t, s) // in TIME_WAIT, to another server that had the port of ours
	c, _ := dial(t, s, 0)
	c.Close()
	<-c.Done()
	for port := range connected(t, s) {
		if !before[port] {
			t.Errorf("left: %s", port)
		}
	}
}

// connected are the local addresses of connections to the server, in whatever state.
func connected(t *testing.T, s *ospfapitest.Server) map[string]bool {
	t.Helper()
	b, err := os.ReadFile("/proc/thread-self/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	server := fmt.Sprintf(":%04X", s.Addr().Port())
	all := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); strings.HasSuffix(f[2], server) {
			all[f[1]] = true
		}
	}
	return all
}

func TestLossIsSeenAtOnce(t *testing.T) {
	for name, lose := range map[string]func(*ospfapitest.Server){
		"both": (*ospfapitest.Server).Disconnect, "async": (*ospfapitest.Server).CloseAsync,
	} {
		s := ospfapitest.New(t, self)
		c, _ := dial(t, s, 0)
		if c.Err() != nil {
			t.Fatal(c.Err())
		}
		lose(s)
		select {
		case <-c.Done():
		case <-time.After(30 * time.Second):
			t.Fatalf("%s: not seen", name)
		}
		if err := c.Err(); err == nil || !strings.Contains(err.Error(), "closed the connection") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.SyncNSM(t.Context()); err == nil {
			t.Errorf("%s: request on a lost connection", name)
		}
	}
}

func TestSilentServer(t *testing.T) {
	s := ospfapitest.New(t, self)
	c, _ := dial(t, s, 0)
	s.Silence(true)
	if _, err := c.SyncNSM(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("time-out: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.SyncNSM(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancel: %v", err)
	}
	s.Silence(false)
	if _, err := c.SyncNSM(t.Context()); err != nil {
		t.Errorf("after the silence: %v", err)
	}
}

func TestRequestsInParallel(t *testing.T) {
	s := ospfapitest.New(t, self)
	c, notes := dial(t, s, 0)
	s.Answer(9, -9)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if _, err := c.SyncRouterID(t.Context()); err != nil {
					t.Error(err)
				}
				if _, err := c.SyncNSM(t.Context()); !errors.Is(err, ospfapi.ErrError) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for range 160 {
		recv[ospfapi.RouterIDChange](t, notes)
	}
}

func TestHostileBytes(t *testing.T) {
	s := ospfapitest.New(t, self)
	c, notes := dial(t, s, 0)
	s.Send([]byte{1, 12, 0, 4, 0, 0, 0, 0, 1, 2, 3, 4}) // an update without an LSA
	if m := recv[ospfapi.Malformed](t, notes); m.Type != ospfapi.MsgLSAUpdateNotify {
		t.Errorf("%+v", m)
	}
	s.Send([]byte{1, 99, 0, 1, 0, 0, 0, 0, 1}) // an unknown type
	s.Reach(5, true)
	recv[ospfapi.ReachableChange](t, notes)
	s.Send([]byte{2, 12, 0, 0, 0, 0, 0, 0}) // another version
	<-c.Done()
	if err := c.Err(); !strings.Contains(err.Error(), "version 2") {
		t.Error(err)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	s := ospfapitest.New(t, self)
	for range 10 {
		c, _ := dial(t, s, 0)
		c.Close()
		<-c.Done()
		if !errors.Is(c.Err(), ospfapi.ErrClosed) {
			t.Error(c.Err())
		}
	}
	end := time.Now().Add(30 * time.Second)
	for runtime.NumGoroutine() > before+1 { // the server's own
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, were %d", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}

func TestNobodyListens(t *testing.T) {
	s := ospfapitest.New(t, self)
	addr := s.Addr()
	s.Close()
	_, err := ospfapi.Dial(t.Context(), ospfapi.Options{Server: addr}, func(ospfapi.Notification) {})
	if err == nil || !strings.Contains(err.Error(), "started with -a") {
		t.Error(err)
	}
}
