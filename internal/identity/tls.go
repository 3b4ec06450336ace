package identity

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Sentinels of User.
var (
	// ErrNoCertificate: nobody said who they are.
	ErrNoCertificate = errors.New("no certificate was shown")
	// ErrNotAdmitted: a valid certificate of somebody who is not one of the users.
	ErrNotAdmitted = errors.New("nobody has let the holder of this certificate in: " +
		"srrctl ca issue user NAME --role ROLE makes one, or a rule under access.users names it")
)

// ServerTLS is for the server of this node: TLS 1.3, and a client certificate
// is asked for; one that is shown must be good. Protocols are those of ALPN, in
// order; none: HTTP/1.1. New connections see new files at once.
//
// Sessions are not resumed: a resumed one would skip the client's certificate,
// and a revoked one must not live on in a ticket.
func (s *Store) ServerTLS(protocols ...string) *tls.Config {
	if len(protocols) == 0 {
		protocols = []string{"http/1.1"}
	}
	one := func(*tls.ClientHelloInfo) (*tls.Config, error) {
		m := s.current.Load()
		if m.node == nil {
			return nil, fmt.Errorf("%s is missing: srrctl ca issue node %s", s.path(FileNode), s.o.Node)
		}
		c := s.tls()
		c.NextProtos = protocols
		c.Certificates = []tls.Certificate{*m.node}
		c.ClientAuth = tls.RequestClientCert // and judged by us, like everywhere
		c.ClientCAs = pool(append(m.cluster[:len(m.cluster):len(m.cluster)], m.users...))
		c.VerifyConnection = s.acceptClient
		return c, nil
	}
	c := s.tls()
	c.NextProtos = protocols
	c.GetConfigForClient = one
	return c
}

func (s *Store) tls() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, SessionTicketsDisabled: true}
}

// acceptClient refuses a bad certificate in the handshake.
func (s *Store) acceptClient(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return nil
	}
	_, err := s.current.Load().verify(state.PeerCertificates, x509.ExtKeyUsageClientAuth, time.Now())
	return err
}

// ClientTLS is for a connection to another node: TLS 1.3, with this node's
// certificate, and nobody but that node of this cluster may answer. An empty
// name takes any node of the cluster.
func (s *Store) ClientTLS(node string) *tls.Config {
	c := s.tls()
	c.ServerName = node
	// The name to be checked is a URI, which crypto/tls does not look for; so is
	// the list of what was revoked. VerifyConnection does both.
	c.InsecureSkipVerify = true
	c.VerifyConnection = func(state tls.ConnectionState) error {
		v, err := s.current.Load().verify(state.PeerCertificates, x509.ExtKeyUsageServerAuth, time.Now())
		switch {
		case err != nil:
			return err
		case v.holder.Kind != KindNode || node != "" && v.holder.Name != node:
			return fmt.Errorf("%s %s answered, want node %s", v.holder.Kind, v.holder.Name, node)
		}
		return nil
	}
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if m := s.current.Load(); m.node != nil {
			return m.node, nil
		}
		return nil, fmt.Errorf("%s is missing: srrctl ca issue node %s", s.path(FileNode), s.o.Node)
	}
	return c
}

// EnrolTLS is for a node that enrols: it knows nothing but the SHA-256 of the CA's
// certificate, which the server shows. A node of that CA's cluster must answer.
func EnrolTLS(hash [sha256.Size]byte) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		// No name is known, and the CA comes with the answer: VerifyConnection
		// takes it by its hash and nothing else.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			i := slices.IndexFunc(state.PeerCertificates, func(c *x509.Certificate) bool { return sha256.Sum256(c.Raw) == hash })
			if i < 0 {
				return errors.New("the server does not show the CA that the token names: it is another cluster's, or somebody is in between")
			}
			ca := state.PeerCertificates[i]
			name, err := clusterOf(ca)
			if err != nil {
				return err
			}
			a := authorities{name: name, cluster: []*x509.Certificate{ca}}
			v, err := a.verify(state.PeerCertificates, x509.ExtKeyUsageServerAuth, time.Now())
			if err == nil && v.holder.Kind != KindNode {
				err = errors.New("it is no node that answers")
			}
			return err
		},
	}
}

// User says who is at the other end. It judges the certificate anew, so that one
// that was revoked or has expired ends in the middle of a connection. The error is
// ErrNoCertificate, wraps ErrNotAdmitted, or says what is wrong; the user is
// Nobody then.
func (s *Store) User(state tls.ConnectionState) (User, error) {
	v, err := s.client(state)
	if err != nil {
		return User{}, err
	}
	via := fmt.Sprintf("certificate %x", v.leaf.SerialNumber)
	if v.cluster && v.holder.Kind != "" {
		if v.holder.Kind == KindUser {
			return User{Name: v.holder.Name, Role: v.holder.Role, Via: via}, nil
		}
		return User{}, fmt.Errorf("%s %s is no user: %w", v.holder.Kind, v.holder.Name, ErrNotAdmitted)
	}
	for _, r := range *s.rules.Load() {
		if r.matches(v.leaf) {
			return User{Name: r.Value, Role: r.Role, Via: via}, nil
		}
	}
	return User{}, fmt.Errorf("%.100q: %w", v.leaf.Subject, ErrNotAdmitted)
}

// Node says which node of the cluster is at the other end.
func (s *Store) Node(state tls.ConnectionState) (name string, ok bool) {
	v, err := s.client(state)
	if err != nil || v.holder.Kind != KindNode {
		return "", false
	}
	return v.holder.Name, true
}

// client judges what a client showed.
func (s *Store) client(state tls.ConnectionState) (verified, error) {
	if !state.HandshakeComplete {
		return verified{}, errors.New("the handshake is not complete")
	}
	return s.current.Load().verify(state.PeerCertificates, x509.ExtKeyUsageClientAuth, time.Now())
}
