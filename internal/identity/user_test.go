package identity_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/identity"
	"srr/internal/identity/ca"
	"srr/internal/identity/identitytest"
)

// TestUserTLS: a user believes the node that they asked for, and nobody else.
func TestUserTLS(t *testing.T) {
	p := identitytest.New(t, "shop")
	n2 := p.Store("n2", 0x0a000002).ServerTLS()
	n3, ours := p.Store("n3", 0x0a000003).ServerTLS(), p.Node("n4", 0x0a000004)
	p.Revoke("node/n3", ours)
	lists, err := identity.ReadLists(filepath.Join(ours, identity.FileLists))
	if err != nil {
		t.Fatal(err)
	}
	cas := []*x509.Certificate{p.CA.Certificate}
	ended := endedNode(t, p)
	otherNode := func(err error) bool { _, is := errors.AsType[*identity.OtherNode](err); return is }
	unknown := func(err error) bool { _, is := errors.AsType[x509.UnknownAuthorityError](err); return is }
	invalid := func(err error) bool {
		c, is := errors.AsType[x509.CertificateInvalidError](err)
		return is && c.Reason == x509.Expired
	}
	usage := func(err error) bool {
		c, is := errors.AsType[x509.CertificateInvalidError](err)
		return is && c.Reason == x509.IncompatibleUsage
	}
	revoked := func(err error) bool { _, is := errors.AsType[*identity.RevokedNode](err); return is }
	fine := func(err error) bool { return err == nil }
	for _, c := range []struct {
		name, host string
		server     *tls.Config
		cas        []*x509.Certificate
		want       func(error) bool
		lists      []*x509.RevocationList
	}{
		{"by name", "n2", n2, cas, fine, lists},
		{"by router ID", "10.0.0.2", n2, cas, fine, lists},
		{"by host name", "localhost", n2, cas, fine, lists},
		{"by address", "127.0.0.1", n2, cas, fine, lists},
		{"for another node", "n1", n2, cas, otherNode, lists},
		{"for another router ID", "10.0.0.1", n2, cas, otherNode, lists},
		{"of another CA of that name", "n2", n2, []*x509.Certificate{identitytest.New(t, "shop").CA.Certificate}, unknown, nil},
		{"after its end", "n1", ended, cas, invalid, lists},
		{"a user as a node", "anna", &tls.Config{Certificates: []tls.Certificate{p.User("anna", identity.Administrator)}, MinVersion: tls.VersionTLS13}, cas, usage, lists},
		{"revoked", "n3", n3, cas, revoked, lists},
		{"revoked, as nobody has told", "n3", n3, cas, fine, nil},
	} {
		config, err := identity.UserTLS(c.cas, c.lists, p.User("bert", identity.Viewer), c.host)
		if err != nil {
			t.Fatal(err)
		}
		if err := shakeHands(t, c.server, config); !c.want(err) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := identity.UserTLS([]*x509.Certificate{p.User("anna", identity.Viewer).Leaf}, nil, tls.Certificate{}, "n2"); err == nil || !strings.Contains(err.Error(), "of which cluster") {
		t.Errorf("a user as a CA: %v", err)
	}
	if _, err := identity.UserTLS([]*x509.Certificate{identitytest.New(t, "shop").CA.Certificate}, lists, tls.Certificate{}, "n2"); err == nil || !strings.Contains(err.Error(), "no accepted CA") {
		t.Errorf("the list of another CA: %v", err)
	}
}

// shakeHands returns what the client thinks of the server.
func shakeHands(t *testing.T, server, client *tls.Config) error {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_ = c.(*tls.Conn).Handshake() // a refusal is the client's
			c.Close()
		}
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), client)
	if err == nil {
		c.Close()
	}
	return err
}

// endedNode is n1, whose certificate has ended.
func endedNode(t *testing.T, p *identitytest.PKI) *tls.Config {
	t.Helper()
	keys, err := ca.NewPrivateKeys()
	if err != nil {
		t.Fatal(err)
	}
	certs, err := p.CA.IssueNode(ca.Node{Name: "n1", RouterID: 0x0a000001}, keys.Public(), time.Hour, time.Now().Add(-48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{{Certificate: [][]byte{certs.TLS.Raw}, PrivateKey: keys.TLS}}}
}
