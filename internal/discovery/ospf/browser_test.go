package ospf

import (
	"context"
	"errors"
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

// What the API does not carry is shown beside it, until it is not read any more.
func TestBrowserShowsLarge(t *testing.T) {
	s := ospfapitest.New(t, self)
	v := make(viewer, 100)
	lsa := func(id byte, text string) Advertisement {
		raw := append(make([]byte, 20), text...)
		raw[3], raw[7] = 1, id
		return Advertisement{Raw: raw}
	}
	answers := make(chan []Advertisement)
	failed := errors.New("no answer")
	b := NewBrowser(BrowserOptions{Address: s.Addr(), Retry: time.Millisecond, Large: func(context.Context) ([]Advertisement, error) {
		a := <-answers
		if a == nil {
			return nil, failed
		}
		return a, nil
	}}, v)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.Run(ctx)
	}()
	v.expect(t, "reset")
	answers <- []Advertisement{lsa(1, "one"), lsa(2, "two")}
	v.expect(t, "update type 1, one")
	v.expect(t, "update type 1, two")
	b.Sync()
	answers <- nil // what could not be read may be there still
	b.Sync()
	answers <- []Advertisement{lsa(2, "two")}
	v.expect(t, "update type 1, two")
	v.expect(t, "delete type 1, one")
	cancel()
	<-done
	if len(v) != 0 {
		t.Errorf("more: %q", <-v)
	}
}
