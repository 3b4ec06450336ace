package web

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

// pair are the consoles of n1 and n2 of one cluster, each with a certificate of
// its own from one CA.
func pair(t *testing.T) (n1, n2 *site) {
	ca := newAuthority(t)
	second := &authority{cert: ca.cert, key: ca.key, revoked: ca.revoked, serial: 1000}
	second.own = second.issue(t, "n2", "node")
	n1, n2 = newSiteOf(t, ca), newSiteOf(t, second)
	snap := apitest.Shop()
	snap.Nodes[1].Console = strings.TrimPrefix(n2.url, "https://")
	n1.fake.SetSnapshot(snap)
	theirs := apitest.Shop()
	theirs.Node, theirs.RouterID = "n2", apitest.N2
	theirs.Nodes[0].Self, theirs.Nodes[1].Self = false, true
	n2.fake.SetSnapshot(theirs)
	return n1, n2
}

// TestVerbIsCarriedToTheNode that it is about, in the name of the user, and both
// nodes write it down.
func TestVerbIsCarriedToTheNode(t *testing.T) {
	n1, n2 := pair(t)
	c := n1.as("operator")
	ask := n1.get(c, "/act?verb=undrain&at=10.0.0.2")
	form := url.Values{"token": {tokenIn(ask.body)}, "verb": {"undrain"}, "at": {"10.0.0.2"}}
	if !strings.Contains(ask.body, "on the command line of n2: <code>srrctl undrain") {
		t.Errorf("typed here, it would be about n1: %s", ask.body)
	}
	if got := n1.send(c, "POST", "/act", form); got.status != http.StatusOK || !strings.Contains(got.body, "Accepted") {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if len(n1.fake.Commands()) != 0 || len(n2.fake.Commands()) != 1 || n2.fake.Commands()[0].Author != "anna" {
		t.Errorf("here %v, there %v", n1.fake.Commands(), n2.fake.Commands())
	}
	if !strings.Contains(n1.deeds.String(), "anna (operator, certificate ") || !strings.Contains(n1.deeds.String(), "on n2: undrain: accepted: done") {
		t.Errorf("here: %s", n1.deeds)
	}
	if !strings.Contains(n2.deeds.String(), "anna (operator, node n1, certificate ") || !strings.Contains(n2.deeds.String(), ", which says 127.0.0.1:") {
		t.Errorf("there: %s", n2.deeds)
	}
	n2.fake.DoErr = &api.Refusal{Rule: "x", Text: "there is a reason", Advice: "wait"}
	if got := n1.send(c, "POST", "/act", form); got.status != http.StatusConflict || !strings.Contains(got.body, "there is a reason") {
		t.Errorf("a refusal there: %d %s", got.status, got.body)
	}
}

// TestRoleIsJudgedThere: what a user may do on this node is nothing to another one.
func TestRoleIsJudgedThere(t *testing.T) {
	n1, n2 := pair(t)
	c := n1.as("operator")
	form := url.Values{"token": {tokenIn(n1.get(c, "/act?verb=undrain&at=10.0.0.2").body)}, "verb": {"undrain"}, "at": {"10.0.0.2"}}
	n2.ca.mu.Lock()
	n2.ca.revoked = map[string]bool{"anna": true}
	n2.ca.mu.Unlock()
	if got := n1.send(c, "POST", "/act", form); got.status == http.StatusOK || len(n2.fake.Commands()) != 0 {
		t.Errorf("somebody who was revoked there: %d, %v", got.status, n2.fake.Commands())
	}
}

// TestAPIOfAnotherNode: any path of the API, streams too, but no more than the user may.
func TestAPIOfAnotherNode(t *testing.T) {
	n1, n2 := pair(t)
	viewer := n1.as("viewer")
	if got := n1.get(viewer, "/v1/on/n2/snapshot"); got.status != http.StatusOK || !strings.Contains(got.body, `"node":"n2"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, path := range []string{"/v1/on/n2/nothing", "/v1/on/n9/snapshot", "/v1/on/n3/snapshot", "/v1/on/n2/on/n1/snapshot", "/v1/on/n2/../../metrics", "/v1/on/n2/%2e%2e/metrics"} {
		if got := n1.get(viewer, path); got.status == http.StatusOK {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if got := n1.send(viewer, "POST", "/v1/on/n2/commands", nil, apiHeader, "1"); got.status != http.StatusForbidden {
		t.Errorf("a viewer's command: %d", got.status)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n1.url+"/v1/on/n2/events?follow=true&after=5", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := viewer.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n2.fake.Append(api.Event{Node: "n2", Reason: "news"})
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil || !strings.Contains(line, `"reason":"news"`) {
		t.Errorf("the stream of another node: %q %v", line, err)
	}
}

// TestSessionIsCarried in the name of who has logged in, as an operator at most: the
// other node takes a node's word for it.
func TestSessionIsCarried(t *testing.T) {
	n1, n2 := pair(t)
	c := n1.loggedIn("administrator")
	form := url.Values{"token": {tokenIn(n1.get(c, "/act?verb=undrain&at=10.0.0.2").body)}, "verb": {"undrain"}, "at": {"10.0.0.2"}}
	if got := n1.send(c, "POST", "/act", form); got.status != http.StatusOK || len(n2.fake.Commands()) != 1 || n2.fake.Commands()[0].Author != "anna" {
		t.Fatalf("%d %v %s", got.status, n2.fake.Commands(), got.body)
	}
	if !strings.Contains(n2.deeds.String(), "anna (operator, node n1, which says session ") || !strings.Contains(n2.deeds.String(), "token by root) from 127.0.0.1:") {
		t.Errorf("there: %s", n2.deeds)
	}
	if got := n1.get(c, "/v1/on/n2/snapshot"); got.status != http.StatusOK || !strings.Contains(got.body, `"node":"n2"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := n1.get(c, "/v1/on/n2/logins"); got.status != http.StatusForbidden {
		t.Errorf("what is for administrators: %d %s", got.status, got.body)
	}
	viewer := n1.loggedIn("viewer")
	if got := n1.send(viewer, "POST", "/v1/on/n2/commands", nil, apiHeader, "1"); got.status != http.StatusForbidden {
		t.Errorf("a viewer's command: %d", got.status)
	}
}

// TestOnlyNodesVouch: what is said of a user who has logged in counts from a node of
// the cluster, and half of it is nothing.
func TestOnlyNodesVouch(t *testing.T) {
	s := newSite(t)
	node := &http.Client{Transport: &http.Transport{TLSClientConfig: s.ca.ClientTLS("n1")}}
	for said, want := range map[string]int{
		"viewer anna session 1": http.StatusOK, "viewer anna": http.StatusOK, "nobody anna x": http.StatusUnauthorized, "viewer": http.StatusUnauthorized,
		"viewer <anna> x": http.StatusUnauthorized, "administrator": http.StatusUnauthorized, " viewer anna": http.StatusOK, // HTTP trims
	} {
		if got := s.get(node, "/v1/snapshot", loginHeader, said); got.status != want {
			t.Errorf("%q: %d", said, got.status)
		}
		for _, role := range []string{"", "viewer"} {
			if got := s.get(s.as(role), "/v1/survives", loginHeader, strings.Replace(said, "viewer", "operator", 1)); got.status == http.StatusOK {
				t.Errorf("%q from %q", said, role)
			}
		}
	}
	if got := s.get(node, "/", loginHeader, "viewer anna x"); got.status != http.StatusUnauthorized {
		t.Errorf("a page: %d", got.status)
	}
}

// TestNodesAreNoUsers: a node's certificate alone opens nothing, and what it brings
// is judged.
func TestNodesAreNoUsers(t *testing.T) {
	s := newSite(t)
	node := &http.Client{Transport: &http.Transport{TLSClientConfig: s.ca.ClientTLS("n1")}}
	chain := func(role string) string {
		c := s.ca.issue(t, "anna", role)
		state := tls.ConnectionState{PeerCertificates: nil}
		for _, der := range c.Certificate {
			state.PeerCertificates = append(state.PeerCertificates, mustParse(t, der))
		}
		return chainOf(state.PeerCertificates)
	}
	for name, c := range map[string]struct {
		path, user string
		want       int
	}{
		"without a user":    {"/v1/snapshot", "", http.StatusUnauthorized},
		"with a viewer":     {"/v1/snapshot", chain("viewer"), http.StatusOK},
		"with garbage":      {"/v1/snapshot", "AAAA", http.StatusUnauthorized},
		"with another node": {"/v1/snapshot", chain("node"), http.StatusUnauthorized},
		"for a page":        {"/", chain("administrator"), http.StatusUnauthorized},
		"with far too many": {"/v1/snapshot", strings.Repeat(chain("viewer")+",", 5), http.StatusUnauthorized},
	} {
		var header []string
		if c.user != "" {
			header = []string{userHeader, c.user}
		}
		if got := s.get(node, c.path, header...); got.status != c.want {
			t.Errorf("%s: %d, want %d", name, got.status, c.want)
		}
	}
	// Whoever is no node cannot bring somebody else.
	if got := s.get(s.as("viewer"), "/routing", userHeader, chain("administrator")); got.status != http.StatusForbidden {
		t.Errorf("a viewer who brings an administrator: %d", got.status)
	}
}

// deadlines is an answer that notes until when it may be read and written.
type deadlines struct {
	*httptest.ResponseRecorder
	read, write time.Time
	during      time.Time // write, while something is written
	wrote       func()
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.read = t
	return nil
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.write = t
	return nil
}

func (d *deadlines) Write(b []byte) (int, error) {
	d.during = d.write
	d.wrote()
	return len(b), nil
}

// TestCarriedStreamGoesOn: a stream that is carried ended after a minute, when other
// answers have to be over.
func TestCarriedStreamGoesOn(t *testing.T) {
	n1, _ := pair(t)
	user := n1.ca.issue(t, "anna", "viewer")
	leaf, err := x509.ParseCertificate(user.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/on/n2/snapshot", nil) // as a stream is
	r.TLS = &tls.ConnectionState{HandshakeComplete: true, PeerCertificates: []*x509.Certificate{leaf}}
	at := time.Now()
	d := &deadlines{ResponseRecorder: httptest.NewRecorder(), read: at, write: at, wrote: cancel}
	func() {
		defer func() { _ = recover() }() // how a ReverseProxy ends when its client has gone
		n1.server.handler().ServeHTTP(d, r)
	}()
	if d.Code != http.StatusOK || d.during.IsZero() || !d.read.IsZero() || !d.write.IsZero() {
		t.Errorf("%d; time to read until %v, to write until %v, %v while it is written", d.Code, d.read, d.write, d.during)
	}
}

// TestRefusalOfAnotherNodeIsHeard: what another node has against the certificate of this
// one is said, by the page and by the API, whenever its word comes.
func TestRefusalOfAnotherNodeIsHeard(t *testing.T) {
	n1, n2 := pair(t)
	c := n1.as("operator")
	form := url.Values{"token": {tokenIn(n1.get(c, "/act?verb=undrain&at=10.0.0.2").body)}, "verb": {"undrain"}, "at": {"10.0.0.2"}}
	n2.ca.refuse.Store(true)
	const want = "the certificate is not taken there (tls: bad certificate)"
	for range 10 {
		if got := n1.send(c, "POST", "/act", form); !strings.Contains(got.body, want) {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if got := n1.get(c, "/v1/on/n2/snapshot"); !strings.Contains(got.body, want) {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
}
