package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"srr/internal/api"
	"srr/internal/hearing"
)

// commandHeader must be in what changes something, so that no page of another site
// makes a browser send it. The socket does not ask for it.
const commandHeader = "Srr-Request"

// Remote makes a client of the console at HOST:PORT. Config has the user's certificate
// and says who may answer. On is the node to which requests are carried from there; "":
// the node that was asked answers itself. It does not connect yet.
func Remote(address, on string, config *tls.Config) *Client {
	base := url.URL{Scheme: "https", Host: address, Path: "/" + api.Version}
	if on != "" {
		base.Path += "/on/" + on
	}
	dialer := net.Dialer{Timeout: 10 * time.Second}
	return &Client{base: base, http: &http.Client{
		Transport: hearing.On(&http.Transport{
			DialContext:           dialer.DialContext,
			TLSClientConfig:       config,
			TLSHandshakeTimeout:   10 * time.Second,
			ResponseHeaderTimeout: answerWait,
			MaxIdleConns:          2,
			DisableCompression:    true,
		}),
		// The API has none, and the certificate is for nobody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// NoConsole tells that no console that may be believed answers at an address.
type NoConsole struct {
	Address string // HOST:PORT
	Cause   error
}

func (e *NoConsole) Error() string { return e.words().what }

// Advice is the way out.
func (e *NoConsole) Advice() string { return e.words().advice }

func (e *NoConsole) Unwrap() error { return e.Cause }

type words struct{ what, advice string }

// adviser is an error that knows the way out.
type adviser interface {
	error
	Advice() string
}

func (e *NoConsole) words() words {
	if errors.Is(e.Cause, syscall.ECONNREFUSED) {
		return words{"nobody listens at " + e.Address, "console.listen in srr.yaml opens the console of a node; is srrd running there? Or ask another node: --server HOST:PORT"}
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](e.Cause); ok {
		return words{"who answers at " + e.Address + " is not of the cluster whose CA was given", "--ca FILE with ca.crt of that cluster, from /etc/srr/pki of one of its nodes; if it is that, somebody is in between"}
	}
	if c, ok := errors.AsType[x509.CertificateInvalidError](e.Cause); ok && c.Reason == x509.Expired {
		return words{"the certificate of the node at " + e.Address + " does not hold now: " + c.Error(), "srrctl ca renew node/NAME on the host of the CA; look at the clocks of both hosts, too"}
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](e.Cause); ok || errors.Is(e.Cause, http.ErrSchemeMismatch) {
		return words{"who answers at " + e.Address + " speaks no TLS", "--server with the port of console.listen in srr.yaml"}
	}
	if a, ok := errors.AsType[adviser](e.Cause); ok {
		return words{a.Error(), a.Advice()}
	}
	return words{"no console answers at " + e.Address + ": " + e.Cause.Error(), "is it the address of console.listen in srr.yaml of that node, and does a packet filter let it through?"}
}

// noConsole is why nobody answered at an address. A certificate that a node does not
// take is an *api.Error of KindForbidden, like one that it takes and that may not.
func noConsole(address string, cause error) error {
	if e, ok := errors.AsType[*hearing.Refused](cause); ok {
		return &api.Error{Kind: api.KindForbidden, Text: "the node at " + address + " does not take the certificate (" + e.Alert.Error() + "): it has ended, was revoked, or is of a CA that the cluster does not know"}
	}
	return &NoConsole{address, cause}
}
