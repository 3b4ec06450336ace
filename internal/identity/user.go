package identity

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ReadUser reads a user's certificate, with what leads to its CA if more follow, and
// the key to it, in PEM. Both may be in one file, as srrctl ca issue user --pem writes
// it. The file of the key must be readable by nobody else. One that has ended at now
// is an error.
func ReadUser(certFile, keyFile string, now time.Time) (tls.Certificate, error) {
	key, err := readFile(keyFile, true)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read the key: %w", err)
	}
	cert, err := readFile(certFile, false)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read the certificate: %w", err)
	}
	c, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read %s and %s: %w", certFile, keyFile, err)
	}
	if now.After(c.Leaf.NotAfter) {
		return tls.Certificate{}, fmt.Errorf("%s: the certificate of %.100q ended at %s; on the host of the CA, srrctl ca issue user makes a new one", certFile, c.Leaf.Subject, c.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return c, nil
}

// ReadAuthorities reads the certificates of CAs in PEM.
func ReadAuthorities(path string) ([]*x509.Certificate, error) { return readAuthorities(path) }

// UserTLS is for a user's connection to a node of the cluster of these CAs: TLS 1.3,
// with the user's certificate, and a node must answer that host names: by a host name
// or address of its certificate (the node's own name is one), or by its router ID. The error of
// another one is a *OtherNode, that of one whom a list has revoked a *RevokedNode. The
// lists are of these CAs; a user may have none.
func UserTLS(cas []*x509.Certificate, lists []*x509.RevocationList, user tls.Certificate, host string) (*tls.Config, error) {
	if len(cas) == 0 {
		return nil, errors.New("there is no CA")
	}
	name, err := clusterOf(cas[0])
	if err != nil {
		return nil, err
	}
	a := authorities{name: name, cluster: cas, revoked: map[revocation]bool{}}
	for _, l := range lists {
		if err := a.revoke(l); err != nil {
			return nil, err
		}
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: host,
		// Names to be checked may be URIs, which crypto/tls does not look for:
		// VerifyConnection does.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			v, err := a.verify(state.PeerCertificates, x509.ExtKeyUsageServerAuth, time.Now())
			switch {
			case errors.Is(err, errRevoked):
				return &RevokedNode{host}
			case err != nil:
				return err
			case v.holder.Kind != KindNode || !names(host, v):
				return &OtherNode{host, v.holder, slices.Concat(v.leaf.DNSNames, addresses(v.leaf))}
			}
			return nil
		},
		// Shown whatever the server asks for: its answer says more than silence.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &user, nil },
	}, nil
}

// clusterOf is the cluster whose CA this is.
func clusterOf(ca *x509.Certificate) (string, error) {
	if len(ca.URIs) != 1 || ca.URIs[0].Host == "" {
		return "", errors.New("the CA does not say of which cluster it is")
	}
	return ca.URIs[0].Host, nil
}

func names(host string, v verified) bool {
	return host == v.holder.RouterID.String() || v.leaf.VerifyHostname(host) == nil
}

func addresses(c *x509.Certificate) []string {
	var out []string
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	return out
}

// OtherNode is somebody of the cluster who answers where another was asked for.
type OtherNode struct {
	Host   string
	Holder Holder
	Also   []string // host names and addresses of its certificate
}

func (e *OtherNode) Error() string {
	return fmt.Sprintf("%s %s answers at %s, which its certificate does not name", e.Holder.Kind, e.Holder.Name, e.Host)
}

// Advice is the way out.
func (e *OtherNode) Advice() string {
	known := strings.Join(append(e.Also, e.Holder.RouterID.String()), ", ")
	return "--server with a name of its certificate (" + known + "), or srrctl ca issue node with --dns or --ip"
}

// RevokedNode is who answers with a certificate that was taken back.
type RevokedNode struct{ Host string }

func (e *RevokedNode) Error() string {
	return "the certificate of who answers at " + e.Host + " was revoked"
}

// Advice is the way out.
func (e *RevokedNode) Advice() string {
	return "--server with another node; somebody may have the key of this one"
}
