package enrol

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/identity"
	"srr/internal/identity/ca"
	"srr/internal/identity/identitytest"
)

// office is the node where the CA is.
type office struct {
	pki    *identitytest.PKI
	anna   tls.Certificate // a user's, with the CA's
	dir    string
	server *httptest.Server
	now    time.Time
	log    bytes.Buffer
}

func newOffice(t *testing.T) *office {
	o := &office{pki: identitytest.New(t, "main"), now: time.Now()}
	store := o.pki.Store("n1", 1)
	o.anna = o.pki.User("anna", identity.Viewer)
	o.anna.Certificate = append(o.anna.Certificate, o.pki.CA.Certificate.Raw)
	o.dir = o.pki.Release() // the handler opens it
	mux := http.NewServeMux()
	mux.Handle(Path, &Handler{Dir: o.dir, Log: slog.New(slog.NewTextHandler(&o.log, nil)), Now: func() time.Time { return o.now }})
	o.server = httptest.NewUnstartedServer(mux)
	o.server.TLS = store.ServerTLS()
	o.server.StartTLS()
	t.Cleanup(o.server.Close)
	return o
}

func (o *office) address() string { return o.server.Listener.Addr().String() }

func (o *office) token(t *testing.T, n ca.Node) Token {
	t.Helper()
	c, err := ca.Open(o.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	token, err := NewToken(c, o.address(), n, time.Hour, o.now)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestEnrol(t *testing.T) {
	o := newOffice(t)
	token := o.token(t, ca.Node{Name: "n2", RouterID: 2, DNS: []string{"n2.example.org"}})
	carried, err := ParseToken(" " + token.String() + "\n")
	if err != nil || carried != token {
		t.Fatalf("%+v %v", carried, err)
	}
	for n := range len(token.String()) {
		if _, err := ParseToken(token.String()[:n]); err == nil {
			t.Errorf("%d characters are enough", n)
		}
	}
	e, err := Join(t.Context(), carried)
	if err != nil {
		t.Fatal(err)
	}
	if e.Cluster != "main" || e.Holder != (identity.Holder{Kind: identity.KindNode, Name: "n2", RouterID: 2}) {
		t.Errorf("%+v", e)
	}
	dir := filepath.Join(t.TempDir(), "pki")
	if err := ca.WriteNode(dir, e.CA, e.List, e.Certificates, &e.Keys); err != nil {
		t.Fatal(err)
	}
	s, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "main", Node: "n2", RouterID: 2})
	if err != nil || !s.Speaks() || s.Signer() == nil {
		t.Fatal(err)
	}
	if _, err := Join(t.Context(), carried); err == nil || !strings.Contains(err.Error(), "was used") {
		t.Errorf("a token is good once: %v", err)
	}
	if strings.Count(o.log.String(), "a node was enrolled") != 1 {
		t.Errorf("log: %s", o.log.String())
	}
}

// Whoever lacks the secret, the connection or the time gets nothing, and
// learns nothing; the token stays good for its node.
func TestEnrolRefuses(t *testing.T) {
	o := newOffice(t)
	token := o.token(t, ca.Node{Name: "n2", RouterID: 2})
	wrong := token
	wrong.Secret[0] ^= 1
	unknown := token
	unknown.ID[0] ^= 1
	for name, tok := range map[string]Token{"wrong secret": wrong, "unknown token": unknown} {
		if _, err := Join(t.Context(), tok); err == nil || !strings.HasSuffix(err.Error(), ca.ErrToken.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	late := o.now
	o.now = o.now.Add(2 * time.Hour)
	if _, err := Join(t.Context(), token); err == nil || !strings.HasSuffix(err.Error(), ca.ErrToken.Error()) {
		t.Errorf("expired: %v", err)
	}
	o.now = late
	if _, err := Join(t.Context(), token); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

// The node takes no other server than that of the token's CA.
func TestEnrolPinsTheCA(t *testing.T) {
	o := newOffice(t)
	token := o.token(t, ca.Node{Name: "n2", RouterID: 2})
	other := identitytest.New(t, "main")
	for name, certs := range map[string]tls.Certificate{
		"another cluster's": other.User("n1", identity.Viewer),
		"a user's":          o.anna,
	} {
		reached := false
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{certs}}
		s.StartTLS()
		tok := token
		tok.Server = s.Listener.Addr().String()
		if _, err := Join(t.Context(), tok); err == nil || reached {
			t.Errorf("%s: %v, reached %t", name, err, reached)
		}
		s.Close()
	}
}

// Another node of the cluster, which somebody took over, answers in the place of
// the one that made the token: it does not know the secret.
func TestEnrolProvesTheServer(t *testing.T) {
	pki := identitytest.New(t, "main")
	store := pki.Store("n9", 9)
	dir := pki.Release()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q request
		_ = json.NewDecoder(r.Body).Decode(&q)
		keys, err := q.keys()
		if err != nil {
			t.Error(err)
		}
		c, err := ca.Open(dir)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		a, err := issue(c, ca.Node{Name: "n2", RouterID: 2}, keys, time.Now())
		if err != nil {
			t.Error(err)
		}
		a.MAC = a.mac(make([]byte, 32), nil)
		_ = json.NewEncoder(w).Encode(a)
	}))
	s.TLS = store.ServerTLS()
	s.StartTLS()
	defer s.Close()
	token := Token{Server: s.Listener.Addr().String(), CA: sha256.Sum256(pki.CA.Certificate.Raw), Secret: [32]byte{1}}
	if _, err := Join(t.Context(), token); err == nil || !strings.Contains(err.Error(), "not by the server") {
		t.Errorf("%v", err)
	}
}

// A request that is relayed over another connection is none: the proof is bound
// to the first.
func TestEnrolIsBoundToTheConnection(t *testing.T) {
	o := newOffice(t)
	token := o.token(t, ca.Node{Name: "n2", RouterID: 2})
	keys, err := ca.NewPrivateKeys()
	if err != nil {
		t.Fatal(err)
	}
	dial := func() (*tls.Conn, []byte) {
		c, err := tls.Dial("tcp", token.Server, identity.EnrolTLS(token.CA))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		state := c.ConnectionState()
		b, err := bindingOf(&state)
		if err != nil {
			t.Fatal(err)
		}
		return c, b
	}
	_, first := dial()
	second, own := dial()
	if bytes.Equal(first, own) {
		t.Fatal("two connections with one binding")
	}
	q, err := newRequest(token, keys, first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := post(t.Context(), second, token.Server, q); err == nil || err.Error() != ca.ErrToken.Error() {
		t.Errorf("relayed: %v", err)
	}
	third, binding := dial()
	weak := *q
	weak.Records = q.TLS // ECDSA where Ed25519 is wanted
	weak.MAC = weak.mac(token.Secret[:], binding)
	if _, err := post(t.Context(), third, token.Server, &weak); err == nil || !strings.Contains(err.Error(), "Ed25519") {
		t.Errorf("the wrong kind of key: %v", err)
	}
}

// What strangers may send to the door.
func TestHostileRequests(t *testing.T) {
	o := newOffice(t)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: o.pki.Client(), DisableKeepAlives: true}}
	send := func(method, body string) int {
		r, err := http.NewRequestWithContext(t.Context(), method, "https://localhost:"+port(t, o.address())+Path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	for body, want := range map[string]int{
		"":                           400,
		"{}":                         403,
		`{"id":"../../../../etc/x"}`: 400,
		`{"id":"00000000000000"}`:    400,
		`{"id":"0000000000000000"}`:  403,
		`{"other":1}`:                400,
		`{"tls":"` + strings.Repeat("A", maxBody) + `"}`: 400,
		`[`: 400,
	} {
		if got := send(http.MethodPost, body); got != want {
			t.Errorf("%.40q: %d, want %d", body, got, want)
		}
	}
	if got := send(http.MethodGet, ""); got != 405 {
		t.Errorf("GET: %d", got)
	}
	plain := httptest.NewServer(&Handler{Dir: o.dir, Log: slog.New(slog.DiscardHandler)})
	defer plain.Close()
	response, err := http.Post(plain.URL+Path, "application/json", strings.NewReader("{}"))
	if err != nil || response.StatusCode != 400 {
		t.Errorf("without TLS: %v %v", response, err)
	}
	response.Body.Close()
}

func port(t *testing.T, address string) string {
	t.Helper()
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Where the CA is not, the handler says so.
func TestNoCAHere(t *testing.T) {
	h := &Handler{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	var f *fault
	if _, _, err := h.enrol(&request{}, nil); !errors.As(err, &f) || f.code != http.StatusNotFound {
		t.Errorf("%v", err)
	}
}

func TestJoinEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // which never answers
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Join(ctx, Token{Server: l.Addr().String()}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(Token{Server: "n1.example.org:7222"}.String())
	f.Add(Token{Server: "[2001:db8::1]:7222", ID: ca.TokenID{1}}.String())
	f.Add("srr-join-1.")
	f.Add("srr-join-1.AAAA")
	f.Fuzz(func(t *testing.T, s string) {
		token, err := ParseToken(s)
		if err != nil {
			return
		}
		if again, err := ParseToken(token.String()); err != nil || again != token {
			t.Errorf("%q: %+v, %v", s, again, err)
		}
	})
}
