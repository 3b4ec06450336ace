package daemon

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"srr/internal/config"
	"srr/internal/notify"
)

// TestTestNotices goes from a file to what each sink says: one works, one does not.
func TestTestNotices(t *testing.T) {
	hooks := make(chan string, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		hooks <- r.Header.Get("Authorization")
	}))
	defer server.Close()
	dir := t.TempDir()
	put := func(name, text string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	path := put("srr.yaml", fmt.Sprintf(`cluster: shop
node: {name: n1, router-id: 10.0.0.1}
medium: {}
notify:
  - webhook: {url: %q, token-file: %s, ca-file: %s}
    on: [return]
  - command: [%s, "7"]
`, server.URL, put("token", "abc\n", 0o600), put("ca.crt", string(ca), 0o644), put("tell", "#!/bin/sh\necho it says no; exit $1\n", 0o700)), 0o600)

	var out strings.Builder
	err := TestNotices(t.Context(), path, &out)
	if err == nil || err.Error() != "send a test notice: 1 of 2 failed" {
		t.Errorf("got %v", err)
	}
	want := fmt.Sprintf("webhook %s: 200 OK\ncommand %s/tell 7: FAILED: run %s/tell: exit status 7: it says no\n", server.URL, dir, dir)
	if out.String() != want || <-hooks != "Bearer abc" {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	c, err := config.Load(path, Prober{})
	if err != nil {
		t.Fatal(err)
	}
	if r := noticeRoutes(c); len(r[0].On) != 1 || r[0].On[0] != notify.Return || r[1].On != nil {
		t.Errorf("routes %+v", r)
	}
	for _, e := range notify.Events() { // the words of the file are those of the events
		text := fmt.Sprintf("cluster: c\nnode: {name: n, router-id: 10.0.0.1}\nmedium: {}\nnotify: [{command: [/bin/true], on: [%s]}]\n", e)
		if _, err := config.Load(put("event.yaml", text, 0o600), nil); err != nil {
			t.Errorf("event %s: %v", e, err)
		}
	}
}
