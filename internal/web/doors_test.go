package web

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/hearing"
	"srr/internal/identity"
	"srr/internal/identity/identitytest"
)

// shown is a certificate and what it opens. The zero values: nothing.
type shown struct {
	cert tls.Certificate
	role identity.Role
	node string // of the cluster
}

// alternativeNames is an extension of names that Go does not write, of one context
// tag each (RFC 5280, 4.2.1.6).
func alternativeNames(t *testing.T, names map[int]string) pkix.Extension {
	t.Helper()
	var all []asn1.RawValue
	for tag, name := range names {
		v := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, Bytes: []byte(name)}
		v.IsCompound = tag == 0 || tag == 3 || tag == 4 || tag == 5
		all = append(all, v)
	}
	der, err := asn1.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: der}
}

// everybody are holders of certificates of all sorts, most of them of nobody.
func everybody(t *testing.T, p *identitytest.PKI, dirs map[string]string) map[string]shown {
	t.Helper()
	pair := func(dir, cert, key string) tls.Certificate {
		c, err := tls.LoadX509KeyPair(filepath.Join(dir, cert), filepath.Join(dir, key))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	uris := func(names ...string) tls.Certificate {
		return p.Sign(func(c *x509.Certificate) {
			for _, n := range names {
				u, err := url.Parse(n)
				if err != nil {
					t.Fatal(err)
				}
				c.URIs = append(c.URIs, u)
			}
		})
	}
	odd := func(change func(*x509.Certificate)) shown { return shown{cert: p.Sign(change)} }
	const user, role = "srr://prod/user/anna", "srr://prod/role/administrator"
	other := identitytest.New(t, "prod")
	ended := func(c *x509.Certificate) {
		c.NotAfter = time.Now().Add(-time.Minute)
		c.URIs = append(c.URIs, identity.ClusterURI("prod"))
	}
	return map[string]shown{
		"a viewer":                  {p.User("vera", identity.Viewer), identity.Viewer, ""},
		"an operator":               {p.User("otto", identity.Operator), identity.Operator, ""},
		"an administrator":          {p.User("ada", identity.Administrator), identity.Administrator, ""},
		"an administrator by hand":  {uris(user, role), identity.Administrator, ""},
		"a node":                    {pair(dirs["n2"], identity.FileNode, identity.FileNodeKey), identity.Nobody, "n2"},
		"a node that was revoked":   {cert: pair(dirs["n3"], identity.FileNode, identity.FileNodeKey)},
		"a user who was revoked":    {cert: gone(p, dirs)},
		"a key of records":          {cert: pair(dirs["n2"], identity.FileRecords, identity.FileRecordsKey)},
		"a user of another CA":      {cert: other.User("ada", identity.Administrator)},
		"a node of another CA":      {cert: pair(other.Node("n2", 2), identity.FileNode, identity.FileNodeKey)},
		"nobody":                    odd(func(*x509.Certificate) {}),
		"one that has ended":        odd(ended),
		"another cluster":           {cert: uris("srr://test/user/anna", "srr://test/role/administrator")},
		"two roles":                 {cert: uris(user, role, "srr://prod/role/viewer")},
		"two users":                 {cert: uris(user, "srr://prod/user/bert", role)},
		"a user and a node":         {cert: uris(user, role, "srr://prod/node/n2", "srr://prod/router/0.0.0.2")},
		"no role":                   {cert: uris(user)},
		"the role of nobody":        {cert: uris(user, "srr://prod/role/nobody")},
		"a port":                    {cert: uris("srr://prod:443/user/anna", role)},
		"a password":                {cert: uris("srr://x:y@prod/user/anna", role)},
		"a question":                {cert: uris(user+"?x=1", role)},
		"a fragment":                {cert: uris(user, role+"#x")},
		"escapes":                   {cert: uris("srr://prod/user/ann%61", role)},
		"a longer path":             {cert: uris(user+"/x", role)},
		"an IPv6 host in the URI":   {cert: uris("srr://[2001:db8::1]/user/anna", "srr://[2001:db8::1]/role/administrator")},
		"the router ID as IPv6":     {cert: uris("srr://prod/node/n2", "srr://prod/router/::ffff:0.0.0.2")},
		"the router ID as a number": {cert: uris("srr://prod/node/n2", "srr://prod/router/2")},
		"the common name only":      odd(func(c *x509.Certificate) { c.Subject.CommonName = user }),
		"names in DNS":              odd(func(c *x509.Certificate) { c.DNSNames = []string{"n2", "prod", "*"} }),
		"names in e-mail":           odd(func(c *x509.Certificate) { c.EmailAddresses = []string{"anna@prod", user} }),
		"addresses":                 odd(func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv6loopback, net.IPv4(0, 0, 0, 2)} }),
		"an empty alternative name": odd(func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{alternativeNames(t, nil)} }),
		"another kind of name": odd(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{alternativeNames(t, map[int]string{0: "\x06\x03\x55\x04\x03\xa0\x06\x0c\x04anna"})}
		}),
		"a registered ID": odd(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{alternativeNames(t, map[int]string{8: "\x55\x04\x03"})}
		}),
		"for servers only": {cert: p.Sign(func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			c.URIs = mustURIs(t, user, role)
		})},
		"for no use": {cert: p.Sign(func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}
			c.URIs = mustURIs(t, user, role)
		})},
		"an unknown critical demand": {cert: p.Sign(func(c *x509.Certificate) {
			c.URIs = mustURIs(t, user, role)
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
		})},
	}
}

func mustURIs(t *testing.T, names ...string) (out []*url.URL) {
	t.Helper()
	for _, n := range names {
		u, err := url.Parse(n)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, u)
	}
	return out
}

// gone is a user whose certificate was taken back, as n1 knows.
func gone(p *identitytest.PKI, dirs map[string]string) tls.Certificate {
	c := p.User("gone", identity.Administrator)
	p.Revoke("user/gone", dirs["n1"])
	return c
}

// TestEveryDoor shows certificates of all sorts at every door of a node where one
// counts: at each route, directly and brought by another node; at what is for nodes
// only; in the place of a server; and as the key of records. What they open there is
// the word of one judge.
func TestEveryDoor(t *testing.T) {
	p := identitytest.New(t, "prod")
	dirs := map[string]string{"n1": p.Node("n1", 1), "n2": p.Node("n2", 2), "n3": p.Node("n3", 3)}
	p.Revoke("node/n3", dirs["n1"])
	all := everybody(t, p, dirs)
	store, err := identity.Open(identity.StoreOptions{Dir: dirs["n1"], Cluster: "prod", Node: "n1", RouterID: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	o := s.server.opt
	o.Identity, o.Lists = store, store.ServeLists
	o.Renew = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("renewed")) })
	s.server = New(o)
	s.url = serve(t, s.server)
	bearer := all["a node"].cert
	for name, who := range all {
		t.Run(name, func(t *testing.T) {
			d := doors{site: s, T: t, pki: p, who: who, revoked: filepath.Join(dirs["n1"], identity.FileLists)}
			d.routes("directly", d.client(who.cert), nil)
			d.routes("brought by a node", d.client(bearer), func(r *http.Request) {
				r.Header.Set(userHeader, chainOf([]*x509.Certificate{mustParse(t, who.cert.Certificate[0])}))
			})
			for path, method := range map[string]string{identity.ListPath: http.MethodGet, identity.RenewPath: http.MethodPost} {
				if status := d.ask(d.client(who.cert), method, path, nil); (status == http.StatusOK) != (who.node != "") {
					t.Errorf("what is for nodes, %s: %d", path, status)
				}
			}
			d.asServer(store)
			if _, _, err := store.Certify(who.cert.Certificate[0]); (err == nil) != (name == "a key of records") {
				t.Errorf("as the key of records: %v", err)
			}
		})
	}
}

// doors are all of a node, for one who stands before them.
type doors struct {
	*testing.T
	site    *site
	pki     *identitytest.PKI
	who     shown
	revoked string // the list of n1
}

func (d *doors) client(cert tls.Certificate) *http.Client {
	config := d.pki.Client()
	config.ServerName = "n1"
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	tr := hearing.On(&http.Transport{TLSClientConfig: config})
	d.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// ask returns the status; 401 also stands for a handshake that the node refuses, and
// 400 for a form without its token.
func (d *doors) ask(c *http.Client, method, path string, change func(*http.Request)) int {
	d.Helper()
	r, err := http.NewRequestWithContext(d.Context(), method, d.site.url+path, strings.NewReader(""))
	if err != nil {
		d.Fatal(err)
	}
	r.Header.Set(apiHeader, "1")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	resp, err := c.Do(r)
	if errors.As(err, new(*hearing.Refused)) {
		return http.StatusUnauthorized
	}
	if err != nil {
		d.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.Fatal(err)
	}
	if resp.StatusCode == http.StatusForbidden && strings.Contains(string(text), "Please do that again") {
		return http.StatusBadRequest
	}
	return resp.StatusCode
}

// routes tries each. Nodes bring requests to the API only.
func (d *doors) routes(how string, c *http.Client, change func(*http.Request)) {
	d.Helper()
	for _, r := range d.site.server.routes() {
		method, path := example(r.pattern)
		opens := d.who.role >= r.role
		if change != nil {
			opens = opens && strings.HasPrefix(path, "/"+api.Version+"/")
		}
		if opens && endless[r.pattern] {
			continue
		}
		status := d.ask(c, method, path, change)
		if refused := status == http.StatusUnauthorized || status == http.StatusForbidden; refused == opens {
			d.Errorf("%s %s: %d", how, r.pattern, status)
		}
	}
}

// lists is what a user knows to be revoked.
func (d *doors) lists() []*x509.RevocationList {
	d.Helper()
	lists, err := identity.ReadLists(d.revoked)
	if err != nil {
		d.Fatal(err)
	}
	return lists
}

// asServer lets the holder answer where a node, and where a user, asks for n2. Who was
// revoked is asked for by its own name.
func (d *doors) asServer(store *identity.Store) {
	d.Helper()
	name, id := "n2", "0.0.0.2"
	if h, err := identity.HolderOf("prod", d.who.cert.Leaf.URIs); err == nil && h.Name == "n3" {
		name, id = "n3", "0.0.0.3"
	}
	user, err := identity.UserTLS([]*x509.Certificate{d.pki.CA.Certificate}, d.lists(), d.pki.User("vera", identity.Viewer), id)
	if err != nil {
		d.Fatal(err)
	}
	for how, config := range map[string]*tls.Config{"a node": store.ClientTLS(name), "a user": user} {
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{d.who.cert}, MinVersion: tls.VersionTLS13})
		if err != nil {
			d.Fatal(err)
		}
		go func() {
			if c, err := l.Accept(); err == nil {
				_ = c.(*tls.Conn).HandshakeContext(d.Context()) // the client judges
				c.Close()
			}
		}()
		c, err := (&tls.Dialer{Config: config}).DialContext(d.Context(), "tcp", l.Addr().String())
		if err == nil {
			c.Close()
		}
		l.Close()
		if (err == nil) != (d.who.node == "n2") {
			d.Errorf("as a server for %s: %v", how, err)
		}
	}
}
