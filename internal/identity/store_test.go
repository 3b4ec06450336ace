package identity_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/identity"
	"srr/internal/identity/ca"
	"srr/internal/identity/identitytest"
)

// shake connects a client to a server and returns what the server knows then.
func shake(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	type result struct {
		state tls.ConnectionState
		err   error
	}
	done := make(chan result, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			done <- result{err: err}
			return
		}
		defer c.Close()
		s := tls.Server(c, server)
		err = s.Handshake()
		done <- result{s.ConnectionState(), err}
	}()
	if client.ServerName == "" {
		client.ServerName = "localhost"
	}
	c, err := tls.Dial("tcp", l.Addr().String(), client)
	if err == nil {
		_, err = c.Read(make([]byte, 1)) // a refusal comes after TLS 1.3's handshake
		if errors.Is(err, io.EOF) {
			err = nil
		}
		c.Close()
	}
	r := <-done
	if r.err != nil {
		return r.state, r.err
	}
	return r.state, err
}

// foreign is a CA that is not the cluster's, and a certificate of it.
type foreign struct {
	ca    *x509.Certificate
	issue func(func(*x509.Certificate)) tls.Certificate
}

func newForeign(t *testing.T, name string) foreign {
	t.Helper()
	key, err := ca.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	sign := func(c, parent *x509.Certificate, public any) *x509.Certificate {
		der, err := x509.CreateCertificate(rand.Reader, c, parent, public, key)
		if err != nil {
			t.Fatal(err)
		}
		out, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	root = sign(root, root, key.Public())
	serial := int64(1)
	return foreign{ca: root, issue: func(change func(*x509.Certificate)) tls.Certificate {
		serial++
		k, err := ca.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "alice"},
			NotBefore: root.NotBefore, NotAfter: root.NotAfter,
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}
		change(c)
		c = sign(c, root, k.Public())
		return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: k, Leaf: c}
	}}
}

func parse(t *testing.T, s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func pair(t *testing.T, dir, cert, key string) tls.Certificate {
	t.Helper()
	c, err := tls.LoadX509KeyPair(filepath.Join(dir, cert), filepath.Join(dir, key))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whom the certificates of several CAs let in, and as whom.
func TestWhoIsWho(t *testing.T) {
	p, other := identitytest.New(t, "main"), identitytest.New(t, "main")
	accepted, unknown := newForeign(t, "Example"), newForeign(t, "Example")
	dir := p.Node("n1", 1)
	users := filepath.Join(dir, identity.DirUsers)
	os.Mkdir(users, 0o755)
	os.WriteFile(filepath.Join(users, "example.crt"), identity.EncodeCertificates(accepted.ca), 0o644)
	n2, revoked := p.Node("n2", 2), p.Node("n3", 3)
	gone := p.User("gone", identity.Operator)
	p.Revoke("user/gone", dir)
	p.Revoke("node/n3", dir)
	rule := func(match string, r identity.Role) identity.Rule {
		rule, err := identity.ParseRule(match, r)
		if err != nil {
			t.Fatal(err)
		}
		return rule
	}
	s, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "main", Node: "n1", RouterID: 1, Rules: []identity.Rule{
		rule("email:alice@example.org", identity.Operator), rule("dns:desk.example.org", identity.Viewer),
		rule("uri:https://example.org/bob", identity.Viewer), rule("subject:CN=carol,O=Example", identity.Administrator),
	}})
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(*x509.Certificate) {}
	for name, c := range map[string]struct {
		certs []tls.Certificate
		user  string // as ROLE NAME; empty: nobody
		node  string
		err   string // of the handshake, or of User
	}{
		"none":                          {err: "no certificate"},
		"viewer":                        {certs: []tls.Certificate{p.User("anna", identity.Viewer)}, user: "viewer anna"},
		"administrator":                 {certs: []tls.Certificate{p.User("a.b@example.org", identity.Administrator)}, user: "administrator a.b@example.org"},
		"revoked user":                  {certs: []tls.Certificate{gone}, err: "revoked"},
		"user of another CA, same name": {certs: []tls.Certificate{other.User("anna", identity.Administrator)}, err: "unknown authority"},
		"node":                          {certs: []tls.Certificate{pair(t, n2, identity.FileNode, identity.FileNodeKey)}, node: "n2", err: "no user"},
		"revoked node":                  {certs: []tls.Certificate{pair(t, revoked, identity.FileNode, identity.FileNodeKey)}, err: "revoked"},
		"key of records":                {certs: []tls.Certificate{pair(t, n2, identity.FileRecords, identity.FileRecordsKey)}, err: "incompatible key usage"},
		"the CA itself":                 {certs: []tls.Certificate{{Certificate: [][]byte{p.CA.Certificate.Raw}, PrivateKey: caKey(t, p)}}, err: "and nothing else"},
		"accepted CA, no rule":          {certs: []tls.Certificate{accepted.issue(nothing)}, err: "let the holder"},
		"e-mail":                        {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) { c.EmailAddresses = []string{"Alice@example.org"} })}, user: "operator alice@example.org"},
		"e-mail in the common name":     {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) { c.Subject.CommonName = "alice@example.org" })}, err: "let the holder"},
		"e-mail as a DNS name":          {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) { c.DNSNames = []string{"alice@example.org"} })}, err: "let the holder"},
		"longer e-mail":                 {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) { c.EmailAddresses = []string{"alice@example.org.evil"} })}, err: "let the holder"},
		"e-mail of an unknown CA":       {certs: []tls.Certificate{unknown.issue(func(c *x509.Certificate) { c.EmailAddresses = []string{"alice@example.org"} })}, err: "unknown authority"},
		"DNS":                           {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) { c.DNSNames = []string{"desk.example.org"} })}, user: "viewer desk.example.org"},
		"URI":                           {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) { c.URIs = []*url.URL{parse(t, "https://example.org/bob")} })}, user: "viewer https://example.org/bob"},
		"subject": {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) {
			c.Subject = pkix.Name{CommonName: "carol", Organization: []string{"Example"}}
		})}, user: "administrator CN=carol,O=Example"},
		"subject inside a name": {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "carol,O=Example"} })}, err: "let the holder"},
		"our names by another CA": {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) {
			c.URIs = []*url.URL{parse(t, "srr://main/user/anna"), parse(t, "srr://main/role/administrator")}
		})}, err: "let the holder"},
		"a node by another CA": {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) {
			c.URIs = []*url.URL{parse(t, "srr://main/node/n2"), parse(t, "srr://main/router/0.0.0.2")}
		})}, err: "let the holder"},
		"expired": {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) {
			c.NotAfter = time.Now().Add(-time.Minute)
			c.EmailAddresses = []string{"alice@example.org"}
		})}, err: "expired"},
		"not yet valid": {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) {
			c.NotBefore = time.Now().Add(time.Minute)
			c.EmailAddresses = []string{"alice@example.org"}
		})}, err: "expired or is not yet valid"},
		"a server's": {certs: []tls.Certificate{accepted.issue(func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			c.EmailAddresses = []string{"alice@example.org"}
		})}, err: "incompatible key usage"},
	} {
		t.Run(name, func(t *testing.T) {
			client := p.Client()
			if len(c.certs) > 0 { // also one that the server has not asked for
				client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c.certs[0], nil }
			}
			state, err := shake(t, s.ServerTLS(), client)
			var u identity.User
			if err == nil {
				u, err = s.User(state)
			}
			if c.user == "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("%v, want %q", err, c.err)
			}
			if c.user != "" && (err != nil || u.Role.String()+" "+u.Name != c.user || !strings.HasPrefix(u.Via, "certificate ")) {
				t.Errorf("%+v, %v, want %s", u, err, c.user)
			}
			if c.user == "" && u.Role != identity.Nobody {
				t.Errorf("got in: %+v", u)
			}
			if n, ok := s.Node(state); n != c.node || ok != (c.node != "") {
				t.Errorf("node %q %t, want %q", n, ok, c.node)
			}
		})
	}
}

func caKey(t *testing.T, p *identitytest.PKI) any {
	t.Helper()
	key, err := identity.ReadKey(p.KeyFile())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Nodes speak to the node that they mean, and to nobody else.
func TestNodeToNode(t *testing.T) {
	p := identitytest.New(t, "main")
	a, b := p.Store("n1", 1), p.Store("n2", 2)
	state, err := shake(t, b.ServerTLS(), a.ClientTLS("n2"))
	if name, ok := b.Node(state); err != nil || name != "n1" || !ok {
		t.Errorf("%q %t %v", name, ok, err)
	}
	if _, err = shake(t, b.ServerTLS(), a.ClientTLS("")); err != nil {
		t.Errorf("any node: %v", err)
	}
	old := a.ClientTLS("n2")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	if _, err := shake(t, b.ServerTLS(), old); err == nil {
		t.Error("TLS 1.2 was spoken")
	}
	for name, server := range map[string]*tls.Config{
		"another node":    a.ServerTLS(),
		"another cluster": identitytest.New(t, "main").Store("n2", 2).ServerTLS(),
		"a user":          {Certificates: []tls.Certificate{p.User("n2", identity.Viewer)}},
	} {
		if _, err := shake(t, server, a.ClientTLS("n2")); err == nil {
			t.Errorf("%s answered for n2", name)
		}
	}
}

// A ticket would let somebody in again without looking at the certificate.
func TestNoResumption(t *testing.T) {
	p := identitytest.New(t, "main")
	s := p.Store("n1", 1)
	client := p.Client(p.User("anna", identity.Viewer))
	client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	for range 2 {
		if state, err := shake(t, s.ServerTLS(), client); err != nil || state.DidResume {
			t.Errorf("%v, resumed %t", err, state.DidResume)
		}
	}
}

// A user who is revoked is nobody on a connection that is open already.
func TestRevokedInTheMiddle(t *testing.T) {
	p := identitytest.New(t, "main")
	dir := p.Node("n1", 1)
	s, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "main", Node: "n1", RouterID: 1})
	if err != nil {
		t.Fatal(err)
	}
	state, err := shake(t, s.ServerTLS(), p.Client(p.User("anna", identity.Viewer)))
	if u, err2 := s.User(state); err != nil || err2 != nil || u.Name != "anna" {
		t.Fatalf("%+v %v %v", u, err, err2)
	}
	before := s.Version()
	p.Revoke("user/anna", dir)
	if err := s.Reload(); err != nil || s.Version() == before {
		t.Fatal(err)
	}
	if u, err := s.User(state); err == nil || !strings.Contains(err.Error(), "revoked") || u.Role != identity.Nobody {
		t.Errorf("%+v, %v", u, err)
	}
}

// What cannot be used is refused with the way out, and what was read stays.
func TestBadFiles(t *testing.T) {
	p, other := identitytest.New(t, "main"), identitytest.New(t, "main")
	for name, c := range map[string]struct {
		damage func(dir string)
		want   string
	}{
		"nothing":        {func(d string) { os.RemoveAll(d) }, "srrctl ca init"},
		"key for others": {func(d string) { os.Chmod(d+"/node.key", 0o640) }, "chmod 600"},
		"directory open": {func(d string) { os.Chmod(d, 0o777) }, "chmod go-w"},
		"another's key":  {func(d string) { os.Rename(p.Node("n9", 9)+"/node.key", d+"/node.key") }, "is not the key of"},
		"another node": {func(d string) {
			n := p.Node("n9", 9)
			os.Rename(n+"/node.key", d+"/node.key")
			os.Rename(n+"/node.crt", d+"/node.crt")
		}, "srrctl ca issue node n1"},
		"records for TLS":   {func(d string) { os.Rename(d+"/records.key", d+"/node.key"); os.Rename(d+"/records.crt", d+"/node.crt") }, "usage"},
		"another CA":        {func(d string) { os.Remove(d + "/crl.pem"); os.Rename(other.Node("n1", 1)+"/ca.crt", d+"/ca.crt") }, "unknown authority"},
		"another cluster":   {func(d string) { os.Rename(identitytest.New(t, "lab").Node("n1", 1)+"/ca.crt", d+"/ca.crt") }, `of cluster "lab"`},
		"no CA":             {func(d string) { os.Rename(d+"/node.crt", d+"/ca.crt") }, "is no CA"},
		"another CA's list": {func(d string) { os.Rename(other.Node("n1", 1)+"/crl.pem", d+"/crl.pem") }, "no accepted CA"},
		"not PEM":           {func(d string) { os.WriteFile(d+"/ca.crt", []byte("hello"), 0o644) }, "no CERTIFICATE"},
		"huge":              {func(d string) { os.WriteFile(d+"/ca.crt", make([]byte, 2<<20), 0o644) }, "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := p.Node("n1", 1)
			s, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "main", Node: "n1", RouterID: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			c.damage(dir)
			if err := s.Reload(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if _, err := shake(t, s.ServerTLS(), p.Client(p.User("anna", identity.Viewer))); err != nil {
				t.Errorf("the old files are gone as well: %v", err)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	p := identitytest.New(t, "main")
	s := p.Store("n1", 1)
	at := func(d time.Duration) string {
		var all []string
		for _, w := range s.Warnings(time.Now().Add(d)) {
			all = append(all, filepath.Base(w.Subject)+" "+w.Text[:4])
		}
		return strings.Join(all, ", ")
	}
	const day = 24 * time.Hour
	for _, c := range []struct {
		days int
		want string
	}{
		{0, ""},
		{340, "crl.pem ends"},
		{705, "node.crt ends, records.crt ends, crl.pem ende"},
		{731, "node.crt ende, records.crt ende, crl.pem ende"},
		{7200, "ca.crt ends, node.crt ende, records.crt ende, crl.pem ende"},
	} {
		if got := at(time.Duration(c.days) * day); got != c.want {
			t.Errorf("after %d days: %q, want %q", c.days, got, c.want)
		}
	}
}
