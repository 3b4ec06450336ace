package enrol

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"srr/internal/hearing"
	"srr/internal/identity"
	"srr/internal/identity/ca"
)

// Renewer answers POST identity.RenewPath where the CA is in the directory: a node
// that shows its certificate gets new ones of the keys that the CA knows of it. The
// node says nothing but who it is.
type Renewer struct {
	Dir  string                                   // of the CA
	Node func(tls.ConnectionState) (string, bool) // who asks
	Log  *slog.Logger
	Now  func() time.Time // nil: time.Now

	mu sync.Mutex // one at a time, as with Handler
}

// renewed is what a node gets, in PEM.
type renewed struct {
	TLS     []byte `json:"tls"`
	Records []byte `json:"records"`
}

// ServeHTTP renews the certificates of the node at the other end.
func (h *Renewer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, node, err := h.serve(r)
	if f := (*fault)(nil); errors.As(err, &f) {
		h.Log.Info("a renewal was refused", "node", node, "from", r.RemoteAddr, "why", err)
	} else if err != nil {
		h.Log.Error("a renewal failed", "node", node, "from", r.RemoteAddr, "err", err)
	}
	reply(w, out, err)
}

func (h *Renewer) serve(r *http.Request) (out *renewed, node string, err error) {
	if r.Method != http.MethodPost {
		return nil, "", &fault{http.StatusMethodNotAllowed, "want POST"}
	}
	ok := false
	if r.TLS != nil {
		node, ok = h.Node(*r.TLS)
	}
	if !ok {
		return nil, "", &fault{http.StatusForbidden, "this is for nodes of the cluster"}
	}
	if !h.mu.TryLock() {
		return nil, node, &fault{http.StatusServiceUnavailable, "another node is being served"}
	}
	defer h.mu.Unlock()
	now := time.Now()
	if h.Now != nil {
		now = h.Now()
	}
	c, err := ca.Open(h.Dir)
	if errors.Is(err, ca.ErrNone) {
		return nil, node, errElsewhere
	}
	if err != nil {
		return nil, node, err
	}
	defer c.Close()
	certs, issued, err := c.Renewal(node, now)
	if err != nil {
		return nil, node, err
	}
	if issued {
		h.Log.Info("the certificates of a node were renewed", "node", node, "from", r.RemoteAddr)
	}
	return &renewed{identity.EncodeCertificates(certs.TLS), identity.EncodeCertificates(certs.Records)}, node, nil
}

// errElsewhere: this node cannot issue anything.
var errElsewhere = &fault{http.StatusNotFound, "the CA is not on this node"}

// ErrElsewhere is the error of Renew at a node without the CA.
var ErrElsewhere = errors.New("the CA is not there")

// Renew asks a node, at HOST:PORT of its console, for new certificates of the node
// whose store this is, and takes them over.
func Renew(ctx context.Context, s *identity.Store, node, address string) error {
	certs, err := askRenewal(ctx, s, node, address)
	if err != nil {
		return fmt.Errorf("have the certificates renewed by node %s: %w", node, err)
	}
	return s.Renew(certs.TLS, certs.Records)
}

func askRenewal(ctx context.Context, s *identity.Store, node, address string) (ca.NodeCertificates, error) {
	none := ca.NodeCertificates{}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+address+identity.RenewPath, nil)
	if err != nil {
		return none, err
	}
	transport := hearing.On(&http.Transport{TLSClientConfig: s.ClientTLS(node), DisableKeepAlives: true})
	response, err := transport.RoundTrip(r) // and no redirect anywhere
	if err != nil {
		return none, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case err != nil:
		return none, err
	case response.StatusCode == http.StatusNotFound:
		return none, ErrElsewhere
	case response.StatusCode != http.StatusOK:
		return none, errors.New("status " + response.Status)
	}
	var got renewed
	if err := json.Unmarshal(text, &got); err != nil {
		return none, fmt.Errorf("read the answer: %w", err)
	}
	speak, err := certificateIn(got.TLS)
	if err != nil {
		return none, err
	}
	sign, err := certificateIn(got.Records)
	return ca.NodeCertificates{TLS: speak, Records: sign}, err
}

// certificateIn reads the one certificate of a text.
func certificateIn(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("the answer holds no certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}
