package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/identity"
	"srr/internal/identity/login"
	"srr/internal/routerid"
)

// authority is a CA made for one test. It says who somebody is by the common
// name of the certificate, and what they may do by its organization.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	own  tls.Certificate

	left   time.Duration // of what is issued; 0: an hour
	refuse atomic.Bool   // every certificate, in the handshake

	mu      sync.Mutex
	revoked map[string]bool
	serial  int64
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{revoked: map[string]bool{}, serial: 1}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.key = key
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.own = a.issue(t, "n1", "node")
	return a
}

func (a *authority) issue(t testing.TB, name, role string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.serial++
	c := &x509.Certificate{
		SerialNumber: big.NewInt(a.serial), Subject: pkix.Name{CommonName: name, Organization: []string{role}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(cmp.Or(a.left, time.Hour)),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// ServerTLS implements Identity.
func (a *authority) ServerTLS(...string) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{a.own}, ClientAuth: tls.RequestClientCert, VerifyConnection: func(s tls.ConnectionState) error {
		if a.refuse.Load() && len(s.PeerCertificates) > 0 {
			return errors.New("nobody is let in")
		}
		return nil
	}}
}

// User implements Identity.
func (a *authority) User(s tls.ConnectionState) (identity.User, error) {
	if len(s.PeerCertificates) == 0 {
		return identity.User{}, errors.New("no certificate")
	}
	c := s.PeerCertificates[0]
	_, err := c.Verify(x509.VerifyOptions{Roots: a.pool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return identity.User{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.revoked[c.Subject.CommonName] {
		return identity.User{}, errors.New("revoked")
	}
	role, err := identity.ParseRole(c.Subject.Organization[0])
	return identity.User{Name: c.Subject.CommonName, Role: role, Via: "certificate " + c.SerialNumber.Text(16)}, err
}

// Node implements Identity.
func (a *authority) Node(s tls.ConnectionState) (string, bool) {
	if len(s.PeerCertificates) == 0 || s.PeerCertificates[0].Subject.Organization[0] != "node" {
		return "", false
	}
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: a.pool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return s.PeerCertificates[0].Subject.CommonName, err == nil
}

// ClientTLS implements Identity.
func (a *authority) ClientTLS(node string) *tls.Config {
	return &tls.Config{
		RootCAs: a.pool(), Certificates: []tls.Certificate{a.own},
		VerifyConnection: func(s tls.ConnectionState) error {
			if got := s.PeerCertificates[0].Subject.CommonName; got != node {
				return errors.New(got + " answers in place of " + node)
			}
			return nil
		},
	}
}

// site is a console that is served.
type site struct {
	*testing.T
	url    string
	ca     *authority
	fake   *apitest.Fake
	server *Server
	router *fakeRouter
	files  *fakeFiles
	log    *lockedBuffer
	deeds  *lockedBuffer
}

// fakeRouter answers with the command itself.
type fakeRouter struct {
	mu   sync.Mutex
	seen []string
}

func (f *fakeRouter) Show(_ context.Context, daemon, command string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, daemon+": "+command)
	return []byte("answer to " + command + "\n<script>alert(1)</script>\x1b[2J\n"), nil
}

// Configure implements Router.
func (f *fakeRouter) Configure(_ context.Context, daemon string, lines ...string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, daemon+": "+strings.Join(lines, " / "))
	if strings.Contains(lines[len(lines)-1], "nonsense") {
		return errors.New("unknown command: " + lines[len(lines)-1] + "<script>\x1b[2J")
	}
	return nil
}

func (f *fakeRouter) commands() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

// fakeSurvey is the network of the Shop cluster; each way passes r1.
type fakeSurvey struct{}

func (fakeSurvey) Survey(_ context.Context, from routerid.ID, to ...netip.Addr) (api.Survey, error) {
	backbone, branch, both := []string{"0.0.0.0"}, []string{"0.0.0.1"}, []string{"0.0.0.0", "0.0.0.1"}
	s := api.Survey{
		Points: []api.Point{
			{RouterID: apitest.N1, ID: "10.0.0.1", Areas: backbone},
			{RouterID: apitest.N2, ID: "10.0.0.2", Areas: branch},
			{RouterID: 0x0a0000fb, ID: "10.0.0.251", Areas: both, Border: true},
			{RouterID: 0x0a0000fc, ID: "10.0.0.252", Areas: both, Border: true},
			{Network: "10.71.1.0/24", ID: "0.0.0.0 10.71.1.1", Areas: backbone},
			{Network: "10.71.2.0/24", ID: "0.0.0.1 10.71.2.2", Areas: branch},
			{Network: "10.71.9.0/24", ID: "0.0.0.0 10.71.9.1", Areas: backbone},
		},
		Lines: []api.Line{
			{From: 0, To: 4, Cost: 10},
			{From: 2, To: 4, Cost: 10},
			{From: 3, To: 4, Cost: 20},
			{From: 1, To: 5, Cost: 10},
			{From: 2, To: 5, Cost: 10},
			{From: 3, To: 5, Cost: 20},
			{From: 2, To: 6, Cost: 10},
			{From: 3, To: 6, Cost: 10},
		},
	}
	for range to {
		s.Ways = append(s.Ways, api.Way{Path: []int{3, 6, 2, 4, 0}, End: "delivered"})
	}
	return s, nil
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newSite(t *testing.T) *site { return newSiteOf(t, newAuthority(t)) }

func newSiteOf(t *testing.T, ca *authority) *site {
	t.Helper()
	s := &site{T: t, ca: ca, fake: apitest.NewFake(), router: &fakeRouter{}, files: newFakeFiles(), log: &lockedBuffer{}, deeds: &lockedBuffer{}}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	a := api.New(s.fake, s.fake, log)
	a.Simulate(s.fake)
	a.Measure(s.fake)
	a.Describe(s.fake)
	a.Audit = func(d api.Deed) { _, _ = io.WriteString(s.deeds, d.String()+"\n") }
	s.server = New(Options{API: a, Backend: s.fake, Inspector: s.fake, Surveyor: fakeSurvey{}, Identity: s.ca, Configurator: s.files, Router: s.router, Log: log})
	s.url = serve(t, s.server)
	return s
}

// serve serves until the test ends.
func serve(t testing.TB, s *Server) string {
	t.Helper()
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	apitest.Until(t, func(ctx context.Context) error { return s.Serve(ctx, l) })
	return "https://" + l.Addr().String()
}

// as is a client with a certificate of that role; "" has none.
func (s *site) as(role string) *http.Client {
	s.Helper()
	config := &tls.Config{RootCAs: s.ca.pool()}
	if role != "" {
		config.Certificates = []tls.Certificate{s.ca.issue(s.T, "anna", role)}
	}
	tr := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	s.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// loggedIn is a client without a certificate that has logged in by a token.
func (s *site) loggedIn(role string) *http.Client {
	s.Helper()
	r, err := identity.ParseRole(role)
	if err != nil {
		s.Fatal(err)
	}
	token, _, err := s.server.desk.Issue(time.Now(), login.Grant{Name: "anna", Role: r, By: "root", Valid: time.Minute, Lasts: time.Hour})
	if err != nil {
		s.Fatal(err)
	}
	c := s.as("")
	if c.Jar, err = cookiejar.New(nil); err != nil {
		s.Fatal(err)
	}
	if got := s.send(c, http.MethodPost, "/login", url.Values{"token": {token}, "to": {"/nodes"}}); got.status != http.StatusSeeOther || got.header.Get("Location") != "/nodes" {
		s.Fatalf("log in: %d %s", got.status, got.body)
	}
	return c
}

type answer struct {
	status int
	body   string
	header http.Header
}

func (s *site) send(c *http.Client, method, path string, form url.Values, header ...string) answer {
	s.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(s.Context(), method, s.url+path, body)
	if err != nil {
		s.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return s.ask(c, r)
}

func (s *site) ask(c *http.Client, r *http.Request) answer {
	s.Helper()
	resp, err := c.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return answer{resp.StatusCode, string(b), resp.Header}
}

func (s *site) get(c *http.Client, path string, header ...string) answer {
	s.Helper()
	return s.send(c, http.MethodGet, path, nil, header...)
}

func mustPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func mustParse(t testing.TB, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
