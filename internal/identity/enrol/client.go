package enrol

import (
	"bytes"
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"srr/internal/identity"
	"srr/internal/identity/ca"
)

// Enrolled is what a node got.
type Enrolled struct {
	Keys         ca.PrivateKeys
	Certificates ca.NodeCertificates
	CA           *x509.Certificate
	List         []byte // PEM
	Cluster      string
	Holder       identity.Holder // who this node is from now on
}

// maxAnswer bounds what is read of a server.
const maxAnswer = 256 << 10

// timeout bounds an enrolment: one small request.
const timeout = 30 * time.Second

// Join makes keys and has them certified. Nothing is written.
func Join(ctx context.Context, t Token) (Enrolled, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	keys, err := ca.NewPrivateKeys()
	if err != nil {
		return Enrolled{}, err
	}
	dialer := tls.Dialer{Config: identity.EnrolTLS(t.CA)}
	conn, err := dialer.DialContext(ctx, "tcp", t.Server)
	if err != nil {
		return Enrolled{}, fmt.Errorf("enrol at %s: %w", t.Server, err)
	}
	defer conn.Close()
	e, err := over(ctx, conn.(*tls.Conn), t, keys)
	if err != nil {
		return Enrolled{}, fmt.Errorf("enrol at %s: %w", t.Server, err)
	}
	return e, nil
}

// over enrols over one connection, which the proofs are bound to.
func over(ctx context.Context, conn *tls.Conn, t Token, keys ca.PrivateKeys) (Enrolled, error) {
	state := conn.ConnectionState()
	binding, err := bindingOf(&state)
	if err != nil {
		return Enrolled{}, err
	}
	q, err := newRequest(t, keys, binding)
	if err != nil {
		return Enrolled{}, err
	}
	a, err := post(ctx, conn, t.Server, q)
	if err != nil {
		return Enrolled{}, err
	}
	if !hmac.Equal(a.MAC, a.mac(t.Secret[:], binding)) {
		return Enrolled{}, errors.New("the answer is not by the server that made the token")
	}
	return a.open(t, keys)
}

func newRequest(t Token, keys ca.PrivateKeys, binding []byte) (*request, error) {
	q := &request{ID: t.ID}
	for _, k := range []struct {
		key crypto.Signer
		out *[]byte
	}{{keys.TLS, &q.TLS}, {keys.Records, &q.Records}} {
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, k.key)
		if err != nil {
			return nil, fmt.Errorf("request a certificate: %w", err)
		}
		*k.out = der
	}
	q.MAC = q.mac(t.Secret[:], binding)
	return q, nil
}

func post(ctx context.Context, conn net.Conn, server string, q *request) (*answer, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+server+Path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	only := &http.Transport{
		DialTLSContext:    func(context.Context, string, string) (net.Conn, error) { return conn, nil },
		DisableKeepAlives: true,
	}
	response, err := only.RoundTrip(r) // and no redirect anywhere
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		var said struct{ Error string }
		if json.Unmarshal(text, &said) != nil || said.Error == "" {
			said.Error = "status " + response.Status
		}
		return nil, errors.New(said.Error)
	}
	a := &answer{}
	if err := json.Unmarshal(text, a); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return a, nil
}

// open checks that the answer is what was asked for: certificates of these keys
// by the CA of the token.
func (a *answer) open(t Token, keys ca.PrivateKeys) (Enrolled, error) {
	e := Enrolled{Keys: keys, List: a.List}
	for _, c := range []struct {
		text []byte
		out  **x509.Certificate
	}{{a.CA, &e.CA}, {a.TLS, &e.Certificates.TLS}, {a.Records, &e.Certificates.Records}} {
		cert, err := certificateIn(c.text)
		if err != nil {
			return Enrolled{}, err
		}
		*c.out = cert
	}
	if sha256.Sum256(e.CA.Raw) != t.CA || len(e.CA.URIs) != 1 {
		return Enrolled{}, errors.New("the answer is of another CA than the token's")
	}
	e.Cluster = e.CA.URIs[0].Host
	var err error
	if e.Holder, err = identity.HolderOf(e.Cluster, e.Certificates.TLS.URIs); err != nil {
		return Enrolled{}, err
	}
	public := keys.Public()
	type same interface{ Equal(crypto.PublicKey) bool }
	for cert, key := range map[*x509.Certificate]same{
		e.Certificates.TLS: keys.TLS.Public().(same), e.Certificates.Records: public.Records,
	} {
		if !key.Equal(cert.PublicKey) || cert.CheckSignatureFrom(e.CA) != nil {
			return Enrolled{}, errors.New("the answer certifies another key")
		}
	}
	return e, nil
}
