package hearing

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// doorkeeper is a server that takes no client's certificate, or everybody's.
func doorkeeper(t *testing.T, refuses bool) (address string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = io.Copy(w, r.Body)
	}))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS13, ClientAuth: tls.RequestClientCert, VerifyConnection: func(tls.ConnectionState) error {
		if refuses {
			return errors.New("nobody is let in")
		}
		return nil
	}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), asked
}

// self is a certificate that nobody else has signed.
func self(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// ask posts a text that cannot be read twice.
func ask(t *testing.T, tr http.RoundTripper, address string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+address, io.NopCloser(strings.NewReader("once")))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), nil
}

// TestRefusalIsHeard early, late and in between, and nothing is asked twice.
func TestRefusalIsHeard(t *testing.T) {
	address, asked := doorkeeper(t, true)
	config := &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{self(t)}}
	dials := 0
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		dials++
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	tr := On(&http.Transport{TLSClientConfig: config, DialContext: dial, DisableKeepAlives: true})
	for try := range 100 {
		_, err := ask(t, tr, address)
		if _, ok := errors.AsType[*Refused](err); !ok || !strings.HasPrefix(err.Error(), "the certificate is not taken there (tls: bad certificate)") || dials != try+1 || asked.Load() != 0 {
			t.Fatalf("%v; %d connections in %d tries, %d requests", err, dials, try+1, asked.Load())
		}
	}
}

// TestWhoIsLetIn is answered, with a body that can be read once, and by the name of the
// address that was asked.
func TestWhoIsLetIn(t *testing.T) {
	address, _ := doorkeeper(t, false)
	var name string
	config := &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
		name = s.ServerName
		return nil
	}}
	_, port, _ := net.SplitHostPort(address)
	tr := On(&http.Transport{TLSClientConfig: config})
	defer tr.CloseIdleConnections()
	for range 2 {
		if text, err := ask(t, tr, "localhost:"+port); err != nil || text != "once" || name != "localhost" {
			t.Errorf("%q %v, asked for %q", text, err, name)
		}
	}
}

// TestOtherTrouble is no refusal: a server that cuts the connection, one that is no TLS,
// and one that is silent.
func TestOtherTrouble(t *testing.T) {
	config := &tls.Config{InsecureSkipVerify: true}
	for name, serve := range map[string]func(net.Conn){
		"closes at once": func(net.Conn) {},
		"no TLS":         func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) },
		"silent":         func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"breaks off": func(c net.Conn) {
			s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{self(t)}})
			_ = s.HandshakeContext(t.Context())
		},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					serve(c)
				}()
			}
		}()
		tr := On(&http.Transport{TLSClientConfig: config, TLSHandshakeTimeout: 200 * time.Millisecond, DisableKeepAlives: true})
		_, err = ask(t, tr, l.Addr().String())
		if err == nil || errors.As(err, new(*Refused)) || (name == "silent") != errors.Is(err, errSlow) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "no TLS" && !errors.As(err, new(tls.RecordHeaderError)) {
			t.Errorf("%s: %v", name, err)
		}
		l.Close()
	}
}

// TestWriteSaysWhatWasHeard, and not that the connection was closed for that.
func TestWriteSaysWhatWasHeard(t *testing.T) {
	alert := &net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}
	c := &conn{Conn: said{bytes.NewReader(nil), alert}, silent: make(chan struct{})}
	go func() { _, _ = c.Read(make([]byte, 4)) }()
	if _, err := c.Write([]byte("GET")); !errors.As(err, new(*Refused)) || !errors.Is(err, alert.Err) {
		t.Error(err)
	}
}

// TestAlertAfterAnAnswer is no refusal: what was taken is not refused any more.
func TestAlertAfterAnAnswer(t *testing.T) {
	alert := &net.OpError{Op: "remote error", Err: errors.New("tls: internal error")}
	c := &conn{Conn: said{bytes.NewReader([]byte("HTTP")), alert}, silent: make(chan struct{})}
	b := make([]byte, 4)
	_, _ = c.Read(b)
	if _, err := c.Read(b); !errors.Is(err, alert) {
		t.Error(err)
	}
	if _, err := c.Write(b); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// said says something, and then fails.
type said struct {
	*bytes.Reader
	err error
}

func (s said) Read(b []byte) (int, error) {
	if n, err := s.Reader.Read(b); err == nil {
		return n, nil
	}
	return 0, s.err
}

func (said) Write([]byte) (int, error)        { return 0, net.ErrClosed }
func (said) Close() error                     { return nil }
func (said) LocalAddr() net.Addr              { return nil }
func (said) RemoteAddr() net.Addr             { return nil }
func (said) SetDeadline(time.Time) error      { return nil }
func (said) SetReadDeadline(time.Time) error  { return nil }
func (said) SetWriteDeadline(time.Time) error { return nil }
