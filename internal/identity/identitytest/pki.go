// Package identitytest makes the certificates of a cluster for tests, with the
// code that makes real ones.
package identitytest

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"srr/internal/durable"
	"srr/internal/identity"
	"srr/internal/identity/ca"
	"srr/internal/routerid"
)

// PKI is the certificate authority of a test's cluster.
type PKI struct {
	Cluster string
	CA      *ca.CA
	t       testing.TB
	dir     string
}

// New makes the CA of a cluster. The directory of the test must belong to nobody
// else, as everywhere.
func New(t testing.TB, cluster string) *PKI {
	t.Helper()
	dir := t.TempDir()
	c, err := ca.Create(filepath.Join(dir, identity.DirCA), cluster, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &PKI{cluster, c, t, dir}
}

// Node issues the certificates of a node, good for localhost and 127.0.0.1, and
// returns its directory.
func (p *PKI) Node(name string, id routerid.ID) string { return p.NodeFor(name, id, ca.ValidNode) }

// NodeFor is Node with certificates that end after a time.
func (p *PKI) NodeFor(name string, id routerid.ID, valid time.Duration) string {
	p.t.Helper()
	keys, err := ca.NewPrivateKeys()
	p.must(err)
	n := ca.Node{Name: name, RouterID: id, DNS: []string{"localhost"}, IPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}
	certs, err := p.CA.IssueNode(n, keys.Public(), valid, time.Now())
	p.must(err)
	list, err := p.CA.List(time.Now())
	p.must(err)
	dir := filepath.Join(p.dir, name)
	p.must(ca.WriteNode(dir, p.CA.Certificate, list, certs, &keys))
	return dir
}

// Store opens the directory of a node that Node makes.
func (p *PKI) Store(name string, id routerid.ID, rules ...identity.Rule) *identity.Store {
	p.t.Helper()
	s, err := identity.Open(identity.StoreOptions{Dir: p.Node(name, id), Cluster: p.Cluster, Node: name, RouterID: id, Rules: rules})
	p.must(err)
	return s
}

// User issues a client certificate.
func (p *PKI) User(name string, role identity.Role) tls.Certificate {
	p.t.Helper()
	key, err := ca.NewKey()
	p.must(err)
	c, err := p.CA.IssueUser(name, role, key.Public(), ca.ValidUser, time.Now())
	p.must(err)
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key, Leaf: c}
}

// PEM is a user's certificate with its key, as srrctl ca issue user --pem writes it.
func (p *PKI) PEM(c tls.Certificate) []byte {
	p.t.Helper()
	key, err := identity.EncodeKey(c.PrivateKey.(crypto.Signer))
	p.must(err)
	return append(identity.EncodeCertificates(c.Leaf), key...)
}

// Client is how somebody with a certificate, or with none, speaks to a node.
func (p *PKI) Client(certs ...tls.Certificate) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(p.CA.Certificate)
	return &tls.Config{RootCAs: roots, Certificates: certs, MinVersion: tls.VersionTLS13}
}

// Revoke takes certificates back and gives the list to the nodes named.
func (p *PKI) Revoke(what string, dirs ...string) {
	p.t.Helper()
	_, err := p.CA.Revoke(what, time.Now())
	p.must(err)
	list, err := p.CA.List(time.Now())
	p.must(err)
	for _, d := range dirs {
		root, err := os.OpenRoot(d)
		p.must(err)
		p.must(durable.WriteFile(root, identity.FileLists, list, 0o644))
		p.must(root.Close())
	}
}

func (p *PKI) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// KeyFile is the private key of the CA.
func (p *PKI) KeyFile() string { return filepath.Join(p.dir, identity.DirCA, "ca.key") }

// Release closes the CA, so that others can open it, and returns its directory.
// Nothing is issued by p after it.
func (p *PKI) Release() string {
	p.CA.Close()
	return filepath.Join(p.dir, identity.DirCA)
}

// Sign signs what the CA never would by itself, whatever it says, with its key: the
// certificate of a client or server, for an hour, unless change says otherwise.
func (p *PKI) Sign(change func(*x509.Certificate)) tls.Certificate {
	p.t.Helper()
	by, err := identity.ReadKey(p.KeyFile())
	p.must(err)
	key, err := ca.NewKey()
	p.must(err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "odd"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	change(c)
	der, err := x509.CreateCertificate(rand.Reader, c, p.CA.Certificate, key.Public(), by)
	p.must(err)
	leaf, err := x509.ParseCertificate(der)
	p.must(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}
