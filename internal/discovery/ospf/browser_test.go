package ospf

import (
	"context"
	"fmt"
	"testing"
	"time"

	"srr/internal/frr/ospfapi/ospfapitest"
)

// viewer writes down what it is shown.
type viewer chan string

func (v viewer) Reset()                 { v <- "reset" }
func (v viewer) Update(a Advertisement) { v <- fmt.Sprintf("update type %d, %s", a.Raw[3], a.Raw[20:]) }

func (v viewer) Delete(a Advertisement) { v <- fmt.Sprintf("delete type %d, %s", a.Raw[3], a.Raw[20:]) }

func (v viewer) expect(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-v:
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	case <-time.After(quick):
		t.Fatalf("no %q", want)
	}
}

func TestBrowser(t *testing.T) {
	s := ospfapitest.New(t, self)
	router := ospfapitest.Key{Type: 1, ID: 7, AdvRtr: 7}
	s.Install(router, 0, []byte("here"))
	v := make(viewer, 100)
	b := NewBrowser(BrowserOptions{Address: s.Addr(), Retry: time.Millisecond}, v)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.Run(ctx)
	}()
	v.expect(t, "reset")
	v.expect(t, "update type 1, here")
	external := ospfapitest.Key{Type: 5, ID: 8, AdvRtr: 7}
	s.Install(external, 0, []byte("away"))
	v.expect(t, "update type 5, away")
	s.Remove(external)
	v.expect(t, "delete type 5, away")
	s.InstallQuietly(external, []byte("lost"))
	s.Remove(router)
	v.expect(t, "delete type 1, here")
	b.Sync()
	v.expect(t, "update type 5, lost")
	s.Disconnect()
	v.expect(t, "reset")
	v.expect(t, "update type 5, lost")
	cancel()
	<-done
}
