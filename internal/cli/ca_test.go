package cli

import (
	"crypto/tls"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"srr/internal/identity"
	"srr/internal/identity/enrol"
	"srr/internal/routerid"
)

// files runs srrctl on certificates in a directory of its own. No daemon runs.
type files struct {
	*shell
	t      *testing.T
	dir    string
	golden string // directory of what must be printed
}

func newFiles(t *testing.T) files {
	golden := mustAbs(t, "testdata")
	t.Chdir(t.TempDir())
	return files{&shell{env: map[string]string{"SRR_SOCKET": "/nonexistent"}}, t, filepath.Join(t.TempDir(), "pki"), golden}
}

// do runs one command line that must work, or with an error that must not and says why.
func (f files) do(line, wrong string) string {
	f.t.Helper()
	code, out, errOut := f.run(f.t.Context(), append(strings.Fields(line), "--dir", f.dir)...)
	if wrong == "" && code != exitOK || wrong != "" && (code == exitOK || !strings.Contains(errOut, wrong)) {
		f.t.Fatalf("srrctl %s: code %d: %s%s, want %q", line, code, out, errOut, wrong)
	}
	return out
}

func (f files) store(dir, node string, id routerid.ID) *identity.Store {
	f.t.Helper()
	s, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "shop", Node: node, RouterID: 0x0a000000 + id})
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

func TestCA(t *testing.T) {
	f := newFiles(t)
	f.do("ca list", "srrctl ca init was run")
	f.do("ca init", "--cluster")
	f.do("ca init --cluster SHOP", "no name of a cluster")
	if out := f.do("ca init --cluster shop", ""); !strings.Contains(out, "srrd init") {
		t.Errorf("%s", out)
	}
	f.do("ca init --cluster shop", "belongs to cluster shop")
	os.Remove(filepath.Join(f.dir, identity.FileCA))
	f.do("ca init --cluster shop", "there is one already")
	f.do("ca crl", "") // which puts the CA's certificate back

	f.do("ca issue node n1", "--router-id")
	f.do("ca issue node n1 --router-id 10.0.0.1 --ip n1", "want an address")
	f.do("ca issue node N1 --router-id 10.0.0.1", "no name of a node")
	f.do("ca issue node n1 --router-id 10.0.0.1 --here --ip 192.0.2.1 --dns n1.example.org", "")
	f.do("ca issue node n1 --router-id 10.0.0.1 --here", "there are keys already")
	n1 := f.store(f.dir, "n1", 1)
	f.do("ca issue node n2 --router-id 10.0.0.2", "")
	n2 := f.store(mustAbs(t, "n2"), "n2", 2)
	if !n1.Speaks() || n2.Signer() == nil {
		t.Error("the files are no certificates")
	}

	f.do("ca issue host n3", "node or user")
	f.do("ca issue user anna", "--role")
	f.do("ca issue user anna --role root", "is no role")
	f.do("ca issue user anna --role operator --pem anna.pem", "")
	if _, err := tls.LoadX509KeyPair("anna.pem", "anna.pem"); err != nil {
		t.Error(err)
	}
	checkP12(t, f.do("ca issue user bob --role viewer", ""), "bob.p12")
	for _, name := range []string{"anna.pem", "bob.p12", "n2/node.key"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}

	f.do("ca renew n2", "renew node/NAME")
	f.do("ca renew node/n9", "no certificates")
	f.do("ca renew node/n2", "")
	if err := n2.Reload(); err != nil {
		t.Error(err)
	}
	f.do("ca revoke nobody", "srrctl ca list")
	if out := f.do("ca revoke node/n2", ""); strings.Count(out, "revoked ") != 4 {
		t.Errorf("%s", out)
	}
	before := n2.Signer().Certificate
	if err := n1.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := n1.Certify(before); err == nil {
		t.Error("a revoked key still counts")
	}
	if out := f.do("ca crl", ""); !strings.HasPrefix(out, "-----BEGIN X509 CRL-----") {
		t.Errorf("%s", out)
	}
	var all []struct{ Name, State string }
	if err := json.Unmarshal([]byte(f.do("ca list -o json", "")), &all); err != nil || len(all) != 8 || all[0].State != "good" || all[3].State != "revoked" {
		t.Errorf("%v %+v", err, all)
	}
	serial := regexp.MustCompile(`(?m)^[0-9a-f]{16} `)
	golden(t, filepath.Join(f.golden, "ca-list.txt"), serial.ReplaceAllString(f.do("ca list", ""), "0123456789abcdef "))
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func checkP12(t *testing.T, out, file string) {
	t.Helper()
	_, password, _ := strings.Cut(out, "password: ")
	password, _, _ = strings.Cut(password, "\n")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, cert, cas, err := pkcs12.DecodeChain(b, password)
	if err != nil || cert.Subject.CommonName != "bob" || len(cas) != 1 || len(password) != 19 {
		t.Errorf("%v, password %q", err, password)
	}
}

// A token on the host of the CA, and join on another one.
func TestTokenAndJoin(t *testing.T) {
	here, there := newFiles(t), newFiles(t)
	here.now, there.now = time.Now, time.Now // TLS looks at the clock
	here.do("ca init --cluster shop", "")
	here.do("ca issue node n1 --router-id 10.0.0.1 --here", "")
	s := httptest.NewUnstartedServer(&enrol.Handler{Dir: filepath.Join(here.dir, identity.DirCA), Log: slog.New(slog.DiscardHandler), Now: here.now})
	s.TLS = here.store(here.dir, "n1", 1).ServerTLS()
	s.StartTLS()
	defer s.Close()
	here.do("token n2 --router-id 10.0.0.2", "--server")
	here.do("token n2 --router-id 10.0.0.2 --server n1", "--server")
	here.do("token n2 --router-id 10.0.0.2 --server n1:1 --valid 8d", "up to 7d")
	out := here.do("token n2 --router-id 10.0.0.2 --server "+s.Listener.Addr().String(), "")
	token := strings.TrimSpace(out[strings.Index(out, "srr-join-1."):])

	there.do("join x", "no token")
	there.do("join "+token[:len(token)-1]+"!", "damaged")
	if out := there.do("join "+token, ""); !strings.Contains(out, "node n2 (10.0.0.2) of cluster shop") {
		t.Errorf("%s", out)
	}
	if n2 := there.store(there.dir, "n2", 2); !n2.Speaks() || n2.Signer() == nil {
		t.Error("the files are no certificates")
	}
	there.do("join "+token, "there are keys already")
	os.RemoveAll(there.dir)
	there.do("join "+token, "was used")
}
