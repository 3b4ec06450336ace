package ca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/identity"
)

var start = time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)

func create(t *testing.T) (*CA, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "ca")
	c, err := Create(dir, "main", start)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, dir
}

func issueNode(t *testing.T, c *CA, name string) NodeCertificates {
	t.Helper()
	keys, err := NewPrivateKeys()
	if err != nil {
		t.Fatal(err)
	}
	certs, err := c.IssueNode(Node{Name: name, RouterID: 1}, keys.Public(), ValidNode, start)
	if err != nil {
		t.Fatal(err)
	}
	return certs
}

func serials(es []Entry) string {
	var all []string
	for _, e := range es {
		all = append(all, e.Holder()+":"+string(e.Kind))
	}
	return strings.Join(all, " ")
}

func TestCA(t *testing.T) {
	c, dir := create(t)
	certs := issueNode(t, c, "n1")
	c.Close()
	if _, err := Create(dir, "main", start); err == nil || !strings.Contains(err.Error(), "there is one already") {
		t.Errorf("a second CA in one directory: %v", err)
	}
	for name, mode := range map[string]os.FileMode{"": 0o700, fileKey: 0o600, fileIssued: 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Cluster != "main" || serials(c.Issued()) != "node/n1:node node/n1:records" {
		t.Errorf("%s: %s", c.Cluster, serials(c.Issued()))
	}
	for _, cert := range []*x509.Certificate{certs.TLS, certs.Records, c.Certificate} {
		if err := cert.CheckSignatureFrom(c.Certificate); err != nil || len(cert.SerialNumber.Text(16)) != 16 {
			t.Errorf("%s: %v, serial %x", cert.Subject, err, cert.SerialNumber)
		}
	}
	again, err := c.RenewNode("n1", ValidNode, start.Add(time.Hour))
	if err != nil || !again.TLS.PublicKey.(*ecdsa.PublicKey).Equal(certs.TLS.PublicKey) || again.TLS.SerialNumber.Cmp(certs.TLS.SerialNumber) == 0 {
		t.Errorf("renewed: %v", err)
	}
	if _, err := c.RenewNode("n2", ValidNode, start); err == nil {
		t.Error("renewed what never was")
	}
}

// Two at a time would give one number to two lists.
func TestOneAtATime(t *testing.T) {
	c, dir := create(t)
	opened := make(chan error)
	go func() {
		second, err := Open(dir)
		if err == nil {
			second.Close()
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		t.Errorf("opened twice: %v", err)
	case <-time.After(5 * lockPoll):
		c.Close()
		if err := <-opened; err != nil {
			t.Error(err)
		}
	}
}

func TestRevoke(t *testing.T) {
	c, dir := create(t)
	one, two := issueNode(t, c, "n1"), issueNode(t, c, "n2")
	if done, err := c.Revoke("node/n1", start); err != nil || serials(done) != "node/n1:node node/n1:records" {
		t.Errorf("%s %v", serials(done), err)
	}
	if done, err := c.Revoke(strings.ToUpper(two.TLS.SerialNumber.Text(16)), start); err != nil || serials(done) != "node/n2:node" {
		t.Errorf("%s %v", serials(done), err)
	}
	if done, err := c.Revoke("node/n1", start); err != nil || len(done) != 0 {
		t.Errorf("twice: %s %v", serials(done), err)
	}
	if _, err := c.Revoke("user/nobody", start); err == nil || !strings.Contains(err.Error(), "srrctl ca list") {
		t.Errorf("%v", err)
	}
	c.Close()
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	revoked := func(at time.Time) int {
		text, err := c.List(at)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		l, err := x509.ParseRevocationList(block.Bytes)
		if err != nil || l.CheckSignatureFrom(c.Certificate) != nil {
			t.Fatal(err)
		}
		return len(l.RevokedCertificateEntries)
	}
	if n := revoked(start); n != 3 {
		t.Errorf("%d are on the list", n)
	}
	// Connections end with the certificate; records are proved at any time.
	if n := revoked(start.Add(2 * ValidNode)); n != 1 {
		t.Errorf("%d are on the list when all have expired", n)
	}
	if _, err := c.RenewNode("n1", ValidNode, start); err == nil {
		t.Error("renewed what was revoked")
	}
	_ = one
}

// A crash in the middle of a line costs that line, and no other.
func TestTornLine(t *testing.T) {
	c, dir := create(t)
	issueNode(t, c, "n1")
	c.Close()
	path := filepath.Join(dir, fileIssued)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, `{"serial":"12`...), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		issueNode(t, c, "n2")
		c.Close()
	}
	c, err = Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n := len(c.Issued()); n != 6 {
		t.Errorf("%d certificates", n)
	}
	c.Close()
	if err := os.WriteFile(path, []byte("garbage\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("%v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := Open(t.TempDir()); !errors.Is(err, ErrNone) {
		t.Errorf("%v", err)
	}
	c, dir := create(t)
	c.Close()
	for name, damage := range map[string]func(){
		"chmod 600": func() { os.Chmod(filepath.Join(dir, fileKey), 0o644) },
		"chmod 700": func() { os.Chmod(filepath.Join(dir, fileKey), 0o600); os.Chmod(dir, 0o755) },
	} {
		damage()
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %s", err, name)
		}
		os.Chmod(dir, 0o700)
		os.Chmod(filepath.Join(dir, fileKey), 0o600)
	}
}

// What must not get a certificate.
func TestIssueRefuses(t *testing.T) {
	c, _ := create(t)
	good, err := NewPrivateKeys()
	if err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]Node{
		"no router ID": {Name: "n1"}, "path": {Name: "../n1", RouterID: 1}, "upper case": {Name: "N1", RouterID: 1}, "empty": {RouterID: 1},
	} {
		if _, err := c.IssueNode(n, good.Public(), ValidNode, start); err == nil {
			t.Errorf("%s: issued", name)
		}
		if _, err := c.NewToken(n, time.Hour, start); err == nil {
			t.Errorf("%s: a token", name)
		}
	}
	for name, key := range map[string]any{"RSA": weak.Public(), "P-224": curve.Public(), "none": nil} {
		if _, err := c.IssueUser("anna", identity.Viewer, key, ValidUser, start); err == nil {
			t.Errorf("%s: issued", name)
		}
	}
	if _, err := c.IssueUser("anna", identity.Nobody, good.TLS.Public(), ValidUser, start); err == nil {
		t.Error("issued without a role")
	}
	if n := len(c.Issued()); n != 0 {
		t.Errorf("%d were written down", n)
	}
}

// Nothing outlives the CA.
func TestValidity(t *testing.T) {
	c, _ := create(t)
	cert, err := c.IssueUser("anna", identity.Viewer, mustKey(t), 2*validCA, start)
	if err != nil || !cert.NotAfter.Equal(c.Certificate.NotAfter) {
		t.Errorf("%v until %s", err, cert.NotAfter)
	}
}

func mustKey(t *testing.T) any {
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return k.Public()
}

func TestTokens(t *testing.T) {
	c, dir := create(t)
	n := Node{Name: "n2", RouterID: 2}
	tok, err := c.NewToken(n, time.Hour, start)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Token(tok.ID, start); err != nil || got.Node.Name != "n2" || string(got.Secret) != string(tok.Secret) {
		t.Errorf("%+v %v", got, err)
	}
	if info, err := os.Stat(filepath.Join(dir, tok.ID.file())); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v", err)
	}
	if _, err := c.Token(tok.ID, start.Add(time.Hour)); !errors.Is(err, ErrToken) {
		t.Errorf("expired: %v", err)
	}
	if err := c.Spend(tok); err != nil {
		t.Error(err)
	}
	if err := c.Spend(tok); !errors.Is(err, ErrToken) {
		t.Errorf("spent twice: %v", err)
	}
	for range maxTokens {
		if _, err := c.NewToken(n, time.Hour, start); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.NewToken(n, time.Hour, start); err == nil {
		t.Error("no bound")
	}
	if _, err := c.NewToken(n, time.Hour, start.Add(2*time.Hour)); err != nil {
		t.Errorf("those that have expired stand in the way: %v", err)
	}
}
