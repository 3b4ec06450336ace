package enrol

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/hearing"
	"srr/internal/identity"
	"srr/internal/identity/ca"
	"srr/internal/identity/identitytest"
	"srr/internal/routerid"
)

// bureau is the node n1 where the CA is, which renews.
type bureau struct {
	*testing.T
	pki    *identitytest.PKI
	own    *identity.Store
	dir    string
	server *httptest.Server
	log    bytes.Buffer
	now    time.Time
}

func newBureau(t *testing.T) *bureau {
	b := &bureau{T: t, pki: identitytest.New(t, "main"), now: time.Now()}
	own := b.pki.Node("n1", 1)
	var err error
	if b.own, err = identity.Open(identity.StoreOptions{Dir: own, Cluster: "main", Node: "n1", RouterID: 1}); err != nil {
		t.Fatal(err)
	}
	b.dir = filepath.Dir(b.pki.KeyFile())
	mux := http.NewServeMux()
	mux.Handle("POST "+identity.RenewPath, &Renewer{Dir: b.dir, Node: b.own.Node, Log: slog.New(slog.NewTextHandler(&b.log, nil)), Now: func() time.Time { return b.now }})
	b.server = httptest.NewUnstartedServer(mux)
	b.server.TLS = b.own.ServerTLS()
	b.server.StartTLS()
	t.Cleanup(b.server.Close)
	return b
}

func (b *bureau) address() string { return b.server.Listener.Addr().String() }

// node is one whose certificates last for so long from now; they began an hour ago.
func (b *bureau) node(name string, id routerid.ID, left time.Duration) *identity.Store {
	b.Helper()
	keys, err := ca.NewPrivateKeys()
	if err != nil {
		b.Fatal(err)
	}
	certs, err := b.pki.CA.IssueNode(ca.Node{Name: name, RouterID: id, DNS: []string{"host." + name}}, keys.Public(), left, b.now)
	if err != nil {
		b.Fatal(err)
	}
	list, err := b.pki.CA.List(b.now)
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), name)
	if err := ca.WriteNode(dir, b.pki.CA.Certificate, list, certs, &keys); err != nil {
		b.Fatal(err)
	}
	s, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "main", Node: name, RouterID: id})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// leaf is what a node shows to others.
func leaf(t *testing.T, s *identity.Store) *x509.Certificate {
	t.Helper()
	config, err := s.ServerTLS().GetConfigForClient(nil)
	if err != nil {
		t.Fatal(err)
	}
	return config.Certificates[0].Leaf
}

// A node whose certificates are due gets new ones of its keys, with its names, and
// shows them at once; asking again makes nothing.
func TestRenew(t *testing.T) {
	b := newBureau(t)
	fresh, due := b.node("n2", 2, 55*time.Minute), b.node("n3", 3, 10*time.Minute)
	if is, _ := fresh.RenewalDue(b.now); is {
		t.Error("it is due from the beginning")
	}
	if is, left := due.RenewalDue(b.now); !is || left > 10*time.Minute || left < 9*time.Minute {
		t.Errorf("due %t, %s left", is, left)
	}
	if ws := due.Warnings(b.now); len(ws) != 2 {
		t.Errorf("warnings: %+v", ws)
	}
	before := leaf(t, due)
	b.pki.Release()
	for range 3 {
		if err := Renew(t.Context(), due, "n1", b.address()); err != nil {
			t.Fatal(err)
		}
	}
	after := leaf(t, due)
	if is, left := due.RenewalDue(b.now); is || left < ca.ValidNode-time.Minute {
		t.Errorf("due %t, %s left", is, left)
	}
	if !due.Speaks() || due.Signer() == nil || len(due.Warnings(b.now)) != 0 || after.VerifyHostname("host.n3") != nil || after.Equal(before) {
		t.Errorf("renewed: %v, warnings %+v", after.DNSNames, due.Warnings(b.now))
	}
	if n := strings.Count(b.log.String(), "were renewed"); n != 1 {
		t.Errorf("renewed %d times: %s", n, b.log.String())
	}
	again, err := identity.Open(identity.StoreOptions{Dir: filepath.Dir(due.Warnings(b.now.Add(20 * 365 * 24 * time.Hour))[0].Subject), Cluster: "main", Node: "n3", RouterID: 3})
	if err != nil || !leaf(t, again).Equal(after) {
		t.Errorf("after a restart: %v", err)
	}
}

// Nobody gets another's certificates, and nothing is issued for who was revoked.
func TestRenewRefuses(t *testing.T) {
	b := newBureau(t)
	n2, n3 := b.node("n2", 2, 10*time.Minute), b.node("n3", 3, 10*time.Minute)
	user := b.pki.User("anna", identity.Administrator)
	if _, err := b.pki.CA.Revoke("node/n3", b.now); err != nil { // and n1 does not know yet
		t.Fatal(err)
	}
	b.pki.Release()
	if err := Renew(t.Context(), n3, "n1", b.address()); err == nil || !strings.Contains(err.Error(), "500") {
		t.Errorf("who was revoked: %v", err)
	}
	if err := Renew(t.Context(), n2, "n4", b.address()); err == nil {
		t.Error("n1 answered for n4")
	}
	for name, certs := range map[string][]tls.Certificate{"nobody": nil, "a user": {user}} {
		client := b.pki.Client(certs...)
		client.ServerName = "n1"
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: client}}
		resp, err := c.Post("https://"+b.address()+identity.RenewPath, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
	elsewhere := &Renewer{Dir: filepath.Join(t.TempDir(), "none"), Node: b.own.Node, Log: slog.New(slog.DiscardHandler)}
	b.server.Config.Handler = elsewhere
	if err := Renew(t.Context(), n2, "n1", b.address()); !errors.Is(err, ErrElsewhere) {
		t.Errorf("where no CA is: %v", err)
	}
}

// What a node with bad intent answers is not taken over.
func TestRenewIsJudged(t *testing.T) {
	b := newBureau(t)
	n2, n3 := b.node("n2", 2, 10*time.Minute), b.node("n3", 3, 10*time.Minute)
	b.node("n3", 3, 50*time.Minute) // of other keys
	theirs, _, err := b.pki.CA.Renewal("n3", b.now)
	if err != nil {
		t.Fatal(err)
	}
	older, err := b.pki.CA.RenewNode("n2", time.Minute, b.now)
	if err != nil {
		t.Fatal(err)
	}
	good, err := b.pki.CA.RenewNode("n2", ca.ValidNode, b.now)
	if err != nil {
		t.Fatal(err)
	}
	before := leaf(t, n2)
	for name, c := range map[string]ca.NodeCertificates{
		"another's":        theirs,
		"ends earlier":     older,
		"the wrong way":    {TLS: good.Records, Records: good.TLS},
		"half another's":   {TLS: good.TLS, Records: theirs.Records},
		"of the CA itself": {TLS: b.pki.CA.Certificate, Records: good.Records},
	} {
		if err := n2.Renew(c.TLS, c.Records); err == nil || !leaf(t, n2).Equal(before) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := n3.Renew(theirs.TLS, theirs.Records); err == nil || !strings.Contains(err.Error(), "another key") {
		t.Errorf("of another key: %v", err)
	}
	if err := n2.Renew(good.TLS, good.Records); err != nil || leaf(t, n2).Equal(before) {
		t.Errorf("the right one: %v", err)
	}
}

// TestWhoComesTooLateIsToldSo: a certificate that has ended cannot be renewed over the
// network, and the words that say why are those of the refusal, whenever it comes.
func TestWhoComesTooLateIsToldSo(t *testing.T) {
	b := newBureau(t)
	late := b.node("n3", 3, -time.Minute)
	for range 20 {
		if err := Renew(t.Context(), late, "n1", b.address()); !errors.As(err, new(*hearing.Refused)) {
			t.Fatalf("%v", err)
		}
	}
}
