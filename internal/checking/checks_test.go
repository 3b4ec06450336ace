package checking

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"srr/internal/agent"
	"srr/internal/service"
)

// look runs a check and compares; one that is to find no answer in time gets little.
func look(t *testing.T, c Check, health service.Health, text string) {
	t.Helper()
	limit := time.Minute
	if text == "no answer in time" {
		limit = 300 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if r := c.Check(ctx); r.Health != health || !strings.Contains(r.Text, text) {
		t.Errorf("%v %q, want %v %q", r.Health, r.Text, health, text)
	}
}

// closed is an address that refuses: no port that is given to whoever asks for any.
const closed = "127.0.0.1:1"

func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	look(t, &TCP{Target: l.Addr().String()}, service.Up, "connected")
	look(t, &TCP{Target: closed}, service.Down, "refused")
	look(t, &TCP{Target: "no port"}, service.Down, "missing port")
}

func TestErrors(t *testing.T) {
	live := t.Context()
	late, cancel := context.WithTimeout(live, 0)
	defer cancel()
	gone, cancel := context.WithCancel(live)
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		err  error
		want service.Health
	}{
		{live, syscall.ECONNREFUSED, service.Down},
		{live, syscall.ECONNRESET, service.Down},
		{live, syscall.ETIMEDOUT, service.Down},
		{live, syscall.EHOSTUNREACH, service.Down},
		{live, syscall.EMFILE, service.Unknown},
		{live, syscall.EADDRNOTAVAIL, service.Unknown},
		{live, syscall.EAGAIN, service.Unknown},
		{live, syscall.ENETUNREACH, service.Unknown},
		{live, &net.DNSError{Err: "no such host"}, service.Unknown},
		{late, errors.New("i/o timeout"), service.Down},
		{gone, errors.New("closed"), service.Unknown},
	} {
		if r := FromError(c.ctx, fmt.Errorf("dial: %w", c.err)); r.Health != c.want {
			t.Errorf("%v: %+v, want %v", c.err, r, c.want)
		}
	}
}

func site() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "hello %s", r.Host) })
	mux.HandleFunc("/bad", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://elsewhere.example/bad", http.StatusFound)
	})
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			fmt.Fprint(w, strings.Repeat("x", 4096))
		}
	})
	return mux
}

func TestHTTP(t *testing.T) {
	server := httptest.NewServer(site())
	defer server.Close()
	hello := regexp.MustCompile(`^hello shop\.example$`)
	look(t, &HTTP{URL: server.URL}, service.Up, "200")
	look(t, &HTTP{URL: server.URL, Host: "shop.example", Body: hello}, service.Up, "body matches")
	look(t, &HTTP{URL: server.URL, Body: hello}, service.Down, "does not match")
	look(t, &HTTP{URL: server.URL + "/bad"}, service.Down, "503")
	look(t, &HTTP{URL: server.URL + "/bad", Status: []StatusRange{{503, 503}}}, service.Up, "503")
	look(t, &HTTP{URL: server.URL, Status: []StatusRange{{503, 503}}}, service.Down, "200")
	look(t, &HTTP{URL: server.URL + "/moved"}, service.Up, "302")
	look(t, &HTTP{URL: server.URL + "/moved", Follow: true}, service.Down, "503")
	look(t, &HTTP{URL: server.URL + "/hang"}, service.Down, "no answer in time")
	look(t, &HTTP{URL: server.URL + "/endless", Body: regexp.MustCompile("y")}, service.Down, "does not match")
	look(t, &HTTP{URL: "http://" + closed}, service.Down, "refused")
	look(t, &HTTP{URL: "gopher://x"}, service.Down, "unsupported")
}

func TestHTTPS(t *testing.T) {
	server := httptest.NewTLSServer(site())
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	look(t, &HTTP{URL: server.URL}, service.Down, "certificate")
	look(t, &HTTP{URL: server.URL, Insecure: true}, service.Up, "200")
	look(t, &HTTP{URL: server.URL, Roots: roots}, service.Up, "200")
	look(t, &HTTP{URL: server.URL, Roots: roots, Host: "example.com"}, service.Up, "200") // in its certificate
	look(t, &HTTP{URL: server.URL, Roots: roots, Host: "other.test"}, service.Down, "other.test")
}

func TestICMP(t *testing.T) {
	for _, a := range []string{"127.0.0.1", "::1"} {
		c := &ICMP{Target: netip.MustParseAddr(a)}
		if conn, _, err := c.listen(); err != nil {
			t.Logf("this user may not send %s echo requests: %v", a, err)
			look(t, c, service.Unknown, "could not check")
		} else {
			conn.Close()
			look(t, c, service.Up, "echo from "+a)
		}
	}
}

func TestAll(t *testing.T) {
	fixed := func(h service.Health) Check { return &constant{h} }
	for _, c := range []struct {
		in   []Check
		want service.Health
	}{
		{nil, service.Unknown},
		{[]Check{fixed(service.Up), fixed(service.Up)}, service.Up},
		{[]Check{fixed(service.Up), fixed(service.Unknown)}, service.Unknown},
		{[]Check{fixed(service.Unknown), fixed(service.Down), fixed(service.Up)}, service.Down},
	} {
		look(t, &All{Checks: c.in}, c.want, "")
	}
}

type constant struct{ health service.Health }

func (c *constant) Check(context.Context) Result { return Result{Health: c.health} }

type caller func(ctx context.Context, req agent.Request) service.Result

func (f caller) Call(ctx context.Context, req agent.Request) service.Result { return f(ctx, req) }

func TestPrimitive(t *testing.T) {
	for _, c := range []struct {
		res  service.Result
		want service.Health
	}{
		{service.Result{Text: "fine"}, service.Up},
		{service.Result{Outcome: service.Failure, Code: 2, Text: "bad"}, service.Down},
		{service.Result{Outcome: service.TimedOut}, service.Down},
		{service.Result{Outcome: service.CannotRun, Text: "fork: no memory"}, service.Unknown},
		{service.Result{Outcome: service.NotFinished}, service.Unknown},
	} {
		look(t, &Primitive{
			Request: func() agent.Request { return agent.Request{Service: "web"} },
			Caller: caller(func(_ context.Context, req agent.Request) service.Result {
				if req.Primitive != service.Check || req.Service != "web" {
					t.Errorf("%+v", req)
				}
				return c.res
			}),
		}, c.want, c.res.Text)
	}
	look(t, &Primitive{
		Request: func() agent.Request { return agent.Request{} },
		Caller: caller(func(ctx context.Context, _ agent.Request) service.Result {
			<-ctx.Done()
			return service.Result{Outcome: service.CannotRun, Text: "cancelled"}
		}),
	}, service.Down, "no answer in time")
}
