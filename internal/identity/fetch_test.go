package identity_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"srr/internal/hearing"
	"srr/internal/identity"
	"srr/internal/identity/identitytest"
)

// TestFetchHearsARefusal: a node that others no longer take is told that, whenever their
// word comes, and not that a connection was closed.
func TestFetchHearsARefusal(t *testing.T) {
	p := identitytest.New(t, "main")
	dir, n2 := p.Node("n1", 1), p.Store("n2", 2)
	p.Revoke("node/n2", dir)
	n1, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "main", Node: "n1", RouterID: 1})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(n1.ServeLists))
	server.TLS = n1.ServerTLS()
	server.StartTLS()
	t.Cleanup(server.Close)
	for range 20 {
		if _, err := n2.Fetch(t.Context(), "n1", server.Listener.Addr().String()); !errors.As(err, new(*hearing.Refused)) {
			t.Fatalf("%v", err)
		}
	}
}
