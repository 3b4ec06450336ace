// Package hearing lets clients of HTTP over TLS hear that their certificate is refused.
//
// With TLS 1.3 a server judges it after the client's handshake has ended: its alert
// comes in place of an answer. The transport, which reads it, closes the connection,
// and a request that is being written meanwhile fails with nothing but "use of closed
// network connection". Asking again would hear it, sooner or later, but a request must
// not be sent twice that might have been heard, and one whose body has been read cannot
// be. So the connection itself remembers what it was told.
package hearing

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"
)

// Refused is the error of a request whose server does not take the client's certificate.
type Refused struct{ Alert error }

func (e *Refused) Error() string {
	return "the certificate is not taken there (" + e.Alert.Error() + "): it has ended, was revoked, or is of a CA that is not known there"
}

// Unwrap gives the alert of TLS.
func (e *Refused) Unwrap() error { return e.Alert }

// Transport is an http.Transport that hears refusals. It speaks HTTP/1.1.
type Transport struct{ *http.Transport }

// On makes a transport of one, which is its own then. TLSClientConfig, DialContext and
// TLSHandshakeTimeout count as before.
func On(t *http.Transport) Transport {
	dial, handshake, limit := t.DialContext, t.TLSClientConfig.Clone(), t.TLSHandshakeTimeout
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	t.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		raw, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		config := handshake
		if config.ServerName == "" {
			config = config.Clone()
			config.ServerName, _, _ = net.SplitHostPort(address)
		}
		c := tls.Client(raw, config)
		if err := shake(ctx, c, limit); err != nil {
			raw.Close()
			return nil, err
		}
		return &conn{Conn: c, silent: make(chan struct{})}, nil
	}
	return Transport{t}
}

var errSlow = errors.New("the TLS handshake takes too long")

// shake has a limit of its own; 0: none.
func shake(ctx context.Context, c *tls.Conn, limit time.Duration) error {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, errSlow)
		defer cancel()
	}
	err := c.HandshakeContext(ctx)
	if err != nil && context.Cause(ctx) == errSlow {
		return errSlow
	}
	return err
}

// RoundTrip asks. A *Refused is found in the error of who is not let in.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.Transport.RoundTrip(r)
	if refused, ok := errors.AsType[*Refused](err); ok {
		return nil, refused // and not what the transport was doing
	}
	return resp, err
}

// conn is a connection that knows why nothing more can be written to it. One goroutine
// reads, as those of http.Transport do from the beginning.
type conn struct {
	net.Conn
	answered bool          // the other side has said something
	silent   chan struct{} // closed when it says no more
	refused  *Refused      // set before
	ended    bool
}

// Read implements net.Conn.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.answered = c.answered || n > 0
	if err == nil || c.ended {
		return n, err
	}
	c.ended = true
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "remote error" && !c.answered {
		c.refused = &Refused{e.Err}
		err = c.refused
	}
	close(c.silent)
	return n, err
}

// lastWord is how long a failed write waits for what the other side may have said.
const lastWord = time.Second

// Write implements net.Conn.
func (c *conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if err == nil {
		return n, nil
	}
	select {
	case <-c.silent:
		if c.refused != nil {
			err = c.refused
		}
	case <-time.After(lastWord):
	}
	return n, err
}
