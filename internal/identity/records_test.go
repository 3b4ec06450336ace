package identity_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/signed"
	"srr/internal/identity"
	"srr/internal/identity/ca"
	"srr/internal/identity/identitytest"
	"srr/internal/routerid"
)

// The keys of records, from the CA's files to the verdict.
func TestRecordKeys(t *testing.T) {
	p := identitytest.New(t, "main")
	a, b := p.Store("n1", 1), p.Store("n2", 2)
	signer := b.Signer()
	author, key, err := a.Certify(signer.Certificate)
	if err != nil || author != 2 || !key.Equal(signer.Public) {
		t.Fatalf("%s %v", author, err)
	}
	sig, err := signer.Sign([]byte("hello"))
	if err != nil || !ed25519.Verify(key, []byte("hello"), sig) {
		t.Fatal(err)
	}
	if n := len(signer.Certificate); n > discovery.MaxCertificate*3/4 {
		t.Errorf("a certificate of %d bytes leaves little room", n)
	}
	book := signed.NewBook(a)
	if err := book.Learn(2, signer.Certificate); err != nil {
		t.Error(err)
	}
	for name, der := range map[string][]byte{
		"of TLS":             block(t, filepath.Join(p.Node("n3", 3), identity.FileNode)),
		"of a user":          p.User("anna", identity.Administrator).Certificate[0],
		"of another cluster": block(t, filepath.Join(identitytest.New(t, "main").Node("n2", 2), identity.FileRecords)),
		"of the CA":          p.CA.Certificate.Raw,
		"nothing":            nil,
		"garbage":            []byte("garbage"),
	} {
		if err := book.Learn(2, der); !errors.Is(err, signed.ErrCertificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := book.Learn(3, signer.Certificate); !errors.Is(err, signed.ErrCertificate) {
		t.Errorf("for another router ID: %v", err)
	}
}

func block(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := pem.Decode(text)
	return b.Bytes
}

// A revoked key is none, for everybody who has the list.
func TestRevokedRecordKey(t *testing.T) {
	p := identitytest.New(t, "main")
	dir := p.Node("n1", 1)
	s, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "main", Node: "n1", RouterID: 1})
	if err != nil {
		t.Fatal(err)
	}
	der := p.Store("n2", 2).Signer().Certificate
	if _, _, err := s.Certify(der); err != nil {
		t.Fatal(err)
	}
	version := s.Version()
	p.Revoke("node/n2", dir)
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Certify(der); err == nil || !strings.Contains(err.Error(), "revoked") || s.Version() == version {
		t.Errorf("%v", err)
	}
}

// The files may come after srrd; then they must not vanish again: a node that
// signs no more is none for the others.
func TestFilesComeAndGo(t *testing.T) {
	p := identitytest.New(t, "main")
	dir := filepath.Join(t.TempDir(), "pki")
	s := identity.New(identity.StoreOptions{Dir: dir, Cluster: "main", Node: "n1", RouterID: 1})
	if err := s.Reload(); !errors.Is(err, identity.ErrNoPKI) || s.Speaks() || s.Signer() != nil {
		t.Errorf("%v", err)
	}
	if _, err := shake(t, s.ServerTLS(), p.Client()); err == nil {
		t.Error("a server without a certificate")
	}
	if err := os.Rename(p.Node("n1", 1), dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err != nil || !s.Speaks() || s.Signer() == nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(dir, identity.FileRecords))
	if err := s.Reload(); err == nil || !strings.Contains(err.Error(), "vanished") || s.Signer() == nil {
		t.Errorf("%v", err)
	}
}

// What was revoked spreads from node to node, and nobody can take it back.
func TestListsSpread(t *testing.T) {
	p := identitytest.New(t, "main")
	dir := p.Node("n1", 1)
	open := func(dir, name string, id routerid.ID) *identity.Store {
		s, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "main", Node: name, RouterID: id})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	n1, n2 := open(dir, "n1", 1), p.Store("n2", 2)
	gone := p.Store("n3", 3).Signer().Certificate
	p.Revoke("node/n3", dir)
	if err := n1.Reload(); err != nil {
		t.Fatal(err)
	}
	fetch := func(s *identity.Store) []byte {
		w := httptest.NewRecorder()
		s.ServeLists(w, httptest.NewRequest(http.MethodGet, identity.ListPath, nil))
		return w.Body.Bytes()
	}
	old, fresh := fetch(n2), fetch(n1)
	if news, err := n2.Offer(fresh); err != nil || !news {
		t.Fatalf("%t %v", news, err)
	}
	if _, _, err := n2.Certify(gone); err == nil {
		t.Error("still good")
	}
	for name, text := range map[string][]byte{
		"the same": fresh, "an older one": old, "nothing": nil,
		"of another cluster": fetch(identitytest.New(t, "main").Store("n1", 1)),
	} {
		if news, err := n2.Offer(text); err != nil || news {
			t.Errorf("%s: %t %v", name, news, err)
		}
	}
	for name, text := range map[string][]byte{"garbage": identity.EncodeList([]byte("x")), "huge": make([]byte, identity.MaxLists+1)} {
		if _, err := n2.Offer(text); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, _, err := n2.Certify(gone); err == nil {
		t.Error("good again")
	}
	w := httptest.NewRecorder()
	n1.ServeLists(w, httptest.NewRequest(http.MethodPost, identity.ListPath, nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// Fetch asks the node that it means, over TLS, and follows nobody elsewhere.
func TestFetchLists(t *testing.T) {
	p := identitytest.New(t, "main")
	dir := p.Node("n1", 1)
	n2 := p.Store("n2", 2)
	gone := p.Store("n3", 3).Signer().Certificate
	p.Revoke("node/n3", dir)
	n1, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "main", Node: "n1", RouterID: 1})
	if err != nil {
		t.Fatal(err)
	}
	serve := func(h http.HandlerFunc) string {
		s := httptest.NewUnstartedServer(h)
		s.TLS = n1.ServerTLS()
		s.StartTLS()
		t.Cleanup(s.Close)
		return s.Listener.Addr().String()
	}
	reached := false
	elsewhere := serve(func(http.ResponseWriter, *http.Request) { reached = true })
	redirect := serve(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+elsewhere+identity.ListPath, http.StatusFound)
	})
	if news, err := n2.Fetch(t.Context(), "n1", redirect); err == nil || news || reached {
		t.Errorf("redirected: %t %v, reached %t", news, err, reached)
	}
	good := serve(n1.ServeLists)
	if news, err := n2.Fetch(t.Context(), "n9", good); err == nil || news {
		t.Errorf("another node: %t %v", news, err)
	}
	if news, err := n2.Fetch(t.Context(), "n1", good); err != nil || !news {
		t.Fatalf("%t %v", news, err)
	}
	if _, _, err := n2.Certify(gone); err == nil {
		t.Error("still good")
	}
}

// Whatever the clock says, records are proved alike on all nodes; connections
// go by the clock.
func TestExpiredKeys(t *testing.T) {
	long := time.Now().Add(-1000 * 24 * time.Hour)
	c, err := ca.Create(filepath.Join(t.TempDir(), identity.DirCA), "main", long)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	dir := filepath.Join(t.TempDir(), "pki")
	keys, err := ca.NewPrivateKeys()
	if err != nil {
		t.Fatal(err)
	}
	certs, err := c.IssueNode(ca.Node{Name: "n1", RouterID: 1}, keys.Public(), time.Hour, long)
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.List(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := ca.WriteNode(dir, c.Certificate, list, certs, &keys); err != nil {
		t.Fatal(err)
	}
	s, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "main", Node: "n1", RouterID: 1})
	if err != nil {
		t.Fatalf("a node without certificates is worse than one with old ones: %v", err)
	}
	if author, _, err := s.Certify(s.Signer().Certificate); err != nil || author != 1 {
		t.Errorf("records: %s %v", author, err)
	}
	if _, err := shake(t, s.ServerTLS(), s.ClientTLS("n1")); err == nil {
		t.Error("a connection")
	}
	if ws := s.Warnings(time.Now()); len(ws) != 2 || !strings.HasPrefix(ws[0].Text, "ended on") {
		t.Errorf("%+v", ws)
	}
}
