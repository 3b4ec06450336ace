package ca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"srr/internal/identity"
	"srr/internal/routerid"
)

// Node is what the certificates of a node say.
type Node struct {
	Name     string       `json:"name"`
	RouterID routerid.ID  `json:"router_id"`
	DNS      []string     `json:"dns,omitempty"` // names that browsers call it, beside its own
	IPs      []netip.Addr `json:"ips,omitempty"` // addresses that browsers call it
}

func holderOf(n Node) identity.Holder {
	return identity.Holder{Kind: identity.KindNode, Name: n.Name, RouterID: n.RouterID}
}

// NodeCertificates are what a node needs: one to speak with and one to sign
// records with.
type NodeCertificates struct {
	TLS, Records *x509.Certificate
}

// NodeKeys are the keys that they certify; only the node has the private ones.
type NodeKeys struct {
	TLS     crypto.PublicKey // ECDSA P-256, or browsers refuse it
	Records ed25519.PublicKey
}

// IssueNode certifies the keys of a node.
func (c *CA) IssueNode(n Node, keys NodeKeys, valid time.Duration, now time.Time) (NodeCertificates, error) {
	holder := holderOf(n)
	t, err := c.template(holder, valid, now)
	if err != nil {
		return NodeCertificates{}, err
	}
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, name := range append([]string{n.Name}, n.DNS...) {
		if !slices.Contains(t.DNSNames, name) {
			t.DNSNames = append(t.DNSNames, name)
		}
	}
	for _, a := range n.IPs {
		t.IPAddresses = append(t.IPAddresses, net.IP(a.AsSlice()))
	}
	var out NodeCertificates
	if out.TLS, err = c.issue(t, holder, keys.TLS, now); err != nil {
		return NodeCertificates{}, err
	}
	out.Records, err = c.issueRecords(n, keys.Records, valid, now)
	return out, err
}

// issueRecords certifies a key for records. The certificate is flooded, so
// nothing is in it that is not needed.
func (c *CA) issueRecords(n Node, key ed25519.PublicKey, valid time.Duration, now time.Time) (*x509.Certificate, error) {
	holder := identity.Holder{Kind: identity.KindRecords, Name: n.Name, RouterID: n.RouterID}
	t, err := c.template(holder, valid, now)
	if err != nil {
		return nil, err
	}
	t.Subject = pkix.Name{CommonName: n.Name}
	t.ExtKeyUsage = []x509.ExtKeyUsage{identity.RecordsUse}
	return c.issue(t, holder, key, now)
}

// IssueUser certifies the key of a user.
func (c *CA) IssueUser(name string, role identity.Role, key crypto.PublicKey, valid time.Duration, now time.Time) (*x509.Certificate, error) {
	holder := identity.Holder{Kind: identity.KindUser, Name: name, Role: role}
	t, err := c.template(holder, valid, now)
	if err != nil {
		return nil, err
	}
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return c.issue(t, holder, key, now)
}

func (c *CA) template(h identity.Holder, valid time.Duration, now time.Time) (*x509.Certificate, error) {
	uris, err := h.URIs(c.Cluster)
	if err != nil {
		return nil, err
	}
	end := now.Add(valid)
	if end.After(c.Certificate.NotAfter) {
		end = c.Certificate.NotAfter // nothing outlives who vouches for it
	}
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: h.Name, Organization: []string{c.Cluster}},
		NotBefore: now.Add(-backdate), NotAfter: end, URIs: uris,
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}, nil
}

// issue signs a certificate and writes it down.
func (c *CA) issue(t *x509.Certificate, h identity.Holder, key crypto.PublicKey, now time.Time) (*x509.Certificate, error) {
	if err := CheckKey(key); err != nil {
		return nil, fmt.Errorf("issue a certificate for %s: %w", h.Name, err)
	}
	cert, err := c.sign(t, c.Certificate, key)
	if err != nil {
		return nil, fmt.Errorf("issue a certificate for %s: %w", h.Name, err)
	}
	return cert, c.note(entryOf(cert, h, now))
}

// CheckKey refuses keys that are not of the two kinds that srrctl makes.
func CheckKey(key crypto.PublicKey) error {
	switch k := key.(type) {
	case ed25519.PublicKey:
		if len(k) == ed25519.PublicKeySize {
			return nil
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return nil
		}
	}
	return fmt.Errorf("its key is a %T, want ECDSA P-256 or Ed25519", key)
}

// RenewNode certifies the keys that a node has once more, with the same names.
func (c *CA) RenewNode(name string, valid time.Duration, now time.Time) (NodeCertificates, error) {
	speak, records := c.last(identity.KindNode, name), c.last(identity.KindRecords, name)
	if speak == nil || records == nil {
		return NodeCertificates{}, fmt.Errorf("renew node/%.40s: it has no certificates that were not revoked; srrctl ca issue node %.40s makes some", name, name)
	}
	h, err := identity.HolderOf(c.Cluster, speak.URIs)
	if err != nil {
		return NodeCertificates{}, err
	}
	n := Node{Name: name, RouterID: h.RouterID, DNS: speak.DNSNames}
	for _, ip := range speak.IPAddresses {
		if a, ok := netip.AddrFromSlice(ip); ok {
			n.IPs = append(n.IPs, a.Unmap())
		}
	}
	key, ok := records.PublicKey.(ed25519.PublicKey)
	if !ok {
		return NodeCertificates{}, fmt.Errorf("renew node/%s: the key for records is a %T", name, records.PublicKey)
	}
	return c.IssueNode(n, NodeKeys{speak.PublicKey, key}, valid, now)
}

// Renewal is what a node gets that asks by itself: the certificates that it was given
// last, and when those are due, new ones. So asking often makes nothing.
func (c *CA) Renewal(name string, now time.Time) (certs NodeCertificates, issued bool, err error) {
	speak, records := c.last(identity.KindNode, name), c.last(identity.KindRecords, name)
	if speak != nil && records != nil && !identity.Due(speak, now) && !identity.Due(records, now) {
		return NodeCertificates{TLS: speak, Records: records}, false, nil
	}
	certs, err = c.RenewNode(name, ValidNode, now)
	return certs, err == nil, err
}

// last returns the newest certificate of somebody that was not revoked.
func (c *CA) last(kind identity.Kind, name string) *x509.Certificate {
	for _, e := range slices.Backward(c.issued) {
		if e.Kind == kind && e.Name == name && e.Revoked.IsZero() {
			if cert, err := x509.ParseCertificate(e.DER); err == nil {
				return cert
			}
		}
	}
	return nil
}

// NewKey makes a key for TLS. Browsers know no Ed25519.
func NewKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }
