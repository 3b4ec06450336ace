package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/api/apitest"
	"srr/internal/identity"
	"srr/internal/identity/identitytest"
)

// TestRemoteTrouble: each that can go wrong before anybody answers is told in its own
// words, with the way out.
func TestRemoteTrouble(t *testing.T) {
	a := newAfar(t)
	other := identitytest.New(t, "prod")
	dave := a.as("dave", identity.Operator)
	elsewhere := serveConsole(t, a.pki, "n2", apitest.N2, apitest.NewFake(), "127.0.0.2:0")
	open := a.as("open", identity.Operator)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	revoked := serveConsole(t, a.pki, "n3", apitest.N3, apitest.NewFake(), "127.0.0.3:0")
	theirs := t.TempDir()
	a.pki.Revoke("node/n3", theirs)
	crl := filepath.Join(theirs, identity.FileLists)
	foreign := a.file("other.crt", identity.EncodeCertificates(other.CA.Certificate))
	for _, c := range []struct {
		args string
		code int
		want string // in the error
	}{
		{"--server ftp://x:1 status", exitUsage, "want https://HOST:PORT"},
		{"--server n1 status", exitUsage, "want https://HOST:PORT"},
		{"--server " + a.n1 + " --socket /x status", exitUsage, "which one"},
		{"--server " + a.n1 + " ca list", exitUsage, "without --server"},
		{"--on n2 join TOKEN", exitUsage, "without --server"},
		{"--server https://127.0.0.1:1/ status", exitUnreachable, "console.listen"},
		{"--server " + noTLS(t) + " status", exitUnreachable, "speaks no TLS"},
		{"--server " + elsewhere + " status", exitUnreachable, "node n2 answers at 127.0.0.2, which its certificate does not name\n  try: --server with a name of its certificate (n2, localhost, 127.0.0.1, 10.0.0.2)"},
		{"--server " + revoked + " --crl " + crl + " status", exitUnreachable, "the certificate of who answers at 127.0.0.3 was revoked\n  try: --server with another node"},
		{"--crl /nonexistent status", exitFailed, "read what was revoked: "},
		{"--ca " + foreign + " --crl " + crl + " status", exitFailed, "no accepted CA"},
		{"--ca " + foreign + " status", exitUnreachable, "not of the cluster whose CA was given"},
		{"--ca /nonexistent status", exitFailed, "there is no /nonexistent"},
		{"--ca " + dave + " status", exitFailed, "PRIVATE KEY"},
		{"--cert " + open + " status", exitFailed, "can be read by others (chmod 600"},
		{"--cert " + dave + " --key " + a.env["SRR_CERT"] + " status", exitFailed, "private key does not match"},
		{"--cert " + a.pem(other.User("eve", identity.Administrator)) + " status", exitRefused, "does not take the certificate"},
		{"--cert " + a.node() + " status", exitRefused, "no certificate of a user"},
	} {
		code, out, errOut := a.run(t.Context(), strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(errOut, c.want) || out != "" {
			t.Errorf("srrctl %s: exit code %d, want %d; %q %q, want %q", c.args, code, c.code, out, errOut, c.want)
		}
	}
	a.now = func() time.Time { return time.Now().Add(350 * 24 * time.Hour) }
	if code, out, errOut := a.run(t.Context(), "status"); code != exitOK || out == "" || !strings.Contains(errOut, "your certificate ends at 20") {
		t.Errorf("a certificate that ends soon: %d %s %s", code, out, errOut)
	}
	a.now = func() time.Time { return time.Now().Add(2 * 365 * 24 * time.Hour) }
	if code, _, errOut := a.run(t.Context(), "status"); code != exitFailed || !strings.Contains(errOut, "ended at") {
		t.Errorf("a certificate that has ended: %d %s", code, errOut)
	}
}

// TestRefusalIsHeard: the alert of a node that does not take a certificate comes after
// the client's handshake, and may come while the request is being written.
func TestRefusalIsHeard(t *testing.T) {
	a := newAfar(t)
	eve := a.pem(identitytest.New(t, "prod").User("eve", identity.Administrator))
	for range 100 {
		if code, _, errOut := a.run(t.Context(), "--cert", eve, "status"); code != exitRefused {
			t.Fatalf("exit code %d, want %d; %s", code, exitRefused, errOut)
		}
	}
}

// node is the certificate of a node, with its key.
func (a afar) node() string {
	a.t.Helper()
	dir := a.pki.Node("n3", apitest.N3)
	var all []byte
	for _, f := range []string{identity.FileNode, identity.FileNodeKey} {
		b, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			a.t.Fatal(err)
		}
		all = append(all, b...)
	}
	return a.file("node.pem", all)
}

func noTLS(t *testing.T) string {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// TestRemoteFindsItsFiles in the user's own directory, and asks the socket unless a
// server was named.
func TestRemoteFindsItsFiles(t *testing.T) {
	a := newAfar(t)
	home := t.TempDir()
	a.env["HOME"] = home
	for _, c := range []struct {
		drop, want string
	}{{"SRR_CA", "--server needs --ca FILE"}, {"SRR_CERT", "--server needs --cert FILE"}} {
		kept := a.env[c.drop]
		delete(a.env, c.drop)
		if code, _, errOut := a.run(t.Context(), "status"); code != exitUsage || !strings.Contains(errOut, c.want) {
			t.Errorf("without %s: %d %s", c.drop, code, errOut)
		}
		a.env[c.drop] = kept
	}
	dir := filepath.Join(home, ".config", "srr")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	both, err := os.ReadFile(a.env["SRR_CERT"])
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(a.env["SRR_CA"])
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.Index(both, []byte("-----BEGIN PRIVATE"))
	for name, content := range map[string][]byte{"ca.crt": ca, "user.crt": both[:cut], "user.key": both[cut:]} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	delete(a.env, "SRR_CA")
	delete(a.env, "SRR_CERT")
	if code, _, errOut := a.run(t.Context(), "status"); code != exitOK {
		t.Errorf("with files at home: %d %s", code, errOut)
	}
	delete(a.env, "SRR_SERVER")
	a.env["SRR_SOCKET"] = "/nonexistent"
	if code, _, errOut := a.run(t.Context(), "status"); code != exitUnreachable || !strings.Contains(errOut, "/nonexistent") {
		t.Errorf("without a server: %d %s", code, errOut)
	}
	if code, _, errOut := a.run(t.Context(), "status", "--on", "n2"); code != exitUsage || !strings.Contains(errOut, "--on needs --server") {
		t.Errorf("--on alone: %d %s", code, errOut)
	}
}
