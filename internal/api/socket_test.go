package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/api/client"
	"srr/internal/service"
)

func serve(t *testing.T) (*apitest.Fake, *api.Server, *client.Client, string) {
	t.Helper()
	f := apitest.NewFake()
	s, path := apitest.Serve(t, f, f)
	c := client.New(path)
	t.Cleanup(c.Close)
	return f, s, c, path
}

func TestSocketIsForItsOwner(t *testing.T) {
	_, _, _, path := serve(t)
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", p, info.Mode(), err, want)
		}
	}
}

func TestListenRefuses(t *testing.T) {
	base := t.TempDir()
	open := filepath.Join(base, "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(base, "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(closed, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(closed, filepath.Join(base, "link")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(open, "s"):                                              "open to others",
		filepath.Join(closed, "file"):                                         "not a socket",
		filepath.Join(base, "link", "s"):                                      "not a directory",
		filepath.Join(base, strings.Repeat("x", 99), strings.Repeat("y", 99)): "may have 107",
	} {
		l, err := api.Listen(path)
		if err == nil {
			l.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("listen on %s: %v, want %q", path, err, want)
		}
	}
}

func TestListenTakesOverFromTheDeadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "s")
	l, err := api.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.Listen(path); !errors.Is(err, api.ErrInUse) {
		t.Errorf("second Listen: %v", err)
	}
	l.Close()
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	stale.Close() // leaves its socket, like a killed daemon
	l, err = api.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

func TestQuestions(t *testing.T) {
	f, _, c, _ := serve(t)
	ctx := t.Context()
	snap, err := c.Snapshot(ctx)
	if diff := cmp.Diff(f.Snapshot(), snap, cmpSnapshot); err != nil || diff != "" {
		t.Errorf("snapshot: %v %s", err, diff)
	}
	e, err := c.Explain(ctx, "web")
	if err != nil || e.Unit != "shop" || !e.Group {
		t.Errorf("explain: %+v %v", e, err)
	}
	if _, err = c.LSDB(ctx, api.LSDBQuery{Type: "11", ID: "222.", Raw: true}); err != nil {
		t.Error(err)
	}
	if want := (api.LSDBQuery{Type: "11", ID: "222.", Raw: true}); f.LastLSDB() != want {
		t.Errorf("lsdb was asked for %+v", f.LastLSDB())
	}
	if checks, err := c.Doctor(ctx); err != nil || len(checks) != 4 {
		t.Errorf("doctor: %v %v", checks, err)
	}
	if out, err := c.Outputs(ctx, "dns", "start"); err != nil || len(out) != 1 || out[0].Text != strings.ToValidUTF8(apitest.Hostile, "\ufffd") {
		t.Errorf("outputs: %+v %v", out, err)
	}
	if _, err := c.Outputs(ctx, "nothing", ""); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("outputs of nothing: %v", err)
	}
	if _, err := c.Status(ctx, "dns"); err != nil {
		t.Error(err)
	}
}

// JSON replaces what is not UTF-8.
var cmpSnapshot = cmp.Comparer(func(a, b string) bool {
	return strings.ToValidUTF8(a, "\ufffd") == strings.ToValidUTF8(b, "\ufffd")
})

func TestCommands(t *testing.T) {
	f, _, c, _ := serve(t)
	until := time.Now().Add(time.Hour)
	reply, err := c.Do(t.Context(), api.Request{Verb: api.Move, Unit: "web", Node: "n2", Until: until, Reason: "test", OnBehalf: "anna"})
	if err != nil || reply.Text != "done" {
		t.Fatal(reply, err)
	}
	got := f.Commands()[0]
	want := api.Command{
		Verb: api.Move, Unit: service.Unit{Name: "shop", Group: true}, Node: apitest.N2,
		Until: until.Truncate(time.Second), Reason: "test", Author: "anna as root",
	}
	if os.Geteuid() != 0 {
		want.Author = got.Author
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Error(diff)
	}

	f.DoErr = &api.Refusal{Rule: "drained", Text: "n2 is drained", Advice: "undrain it", List: []string{"a"}}
	_, err = c.Do(t.Context(), api.Request{Verb: api.Start, Unit: "group/shop"})
	refusal, ok := errors.AsType[*api.Refusal](err)
	if !ok || refusal.Text != "n2 is drained" || refusal.Advice != "undrain it" || len(refusal.List) != 1 {
		t.Errorf("refusal: %v", err)
	}
}

func TestBadRequests(t *testing.T) {
	_, _, _, path := serve(t)
	h := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", path)
	}}}
	defer h.CloseIdleConnections()
	for _, c := range []struct {
		name, method, path, contentType, body string
		status                                int
		want                                  string
	}{
		{"no such path", "GET", "/v1/passwords", "", "", 404, "no such path"},
		{"wrong method", "PUT", "/v1/commands", "", "", 404, "no such path or method"},
		{"form from a browser", "POST", "/v1/commands", "text/plain", `{"verb":"drain"}`, 400, "content type"},
		{"not JSON", "POST", "/v1/commands", "application/json", `drain`, 400, "read the request"},
		{"two values", "POST", "/v1/commands", "application/json", `{"verb":"drain"} {}`, 400, "something follows"},
		{"too large", "POST", "/v1/commands", "application/json", `{"reason":"` + strings.Repeat("x", 1<<17) + `"}`, 413, "too large"},
		{"unknown verb", "POST", "/v1/commands", "application/json", `{"verb":"explode"}`, 400, "unknown verb"},
		{"mistyped filter", "GET", "/v1/events?sevice=web", "", "", 400, "unknown parameter"},
		{"bad time", "GET", "/v1/events?since=yesterday", "", "", 400, "since"},
		{"bad query", "GET", "/v1/lsdb?type=%zz", "", "", 400, "read the query"},
		{"no such unit", "GET", "/v1/explain?unit=wbe", "", "", 404, `did you mean \"web\"`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, "http://srrd"+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", c.contentType)
		resp, err := h.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status || !strings.Contains(string(b), c.want) || !json.Valid(b) {
			t.Errorf("%s: %d %s; want %d %q", c.name, resp.StatusCode, b, c.status, c.want)
		}
	}
}

func TestHeadersAreBounded(t *testing.T) {
	_, _, _, path := serve(t)
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		_, _ = io.WriteString(conn, "GET /v1/snapshot HTTP/1.1\r\nHost: srrd\r\nX: "+strings.Repeat("x", 1<<20)+"\r\n\r\n")
	}()
	b := make([]byte, 64)
	n, _ := io.ReadFull(conn, b)
	if !strings.Contains(string(b[:n]), "431") {
		t.Errorf("answer to a header of 1 MiB: %q", b[:n])
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	_, _, c, path := serve(t)
	var conns []net.Conn
	for range 200 {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	// The last ones are closed at once, although they never said a word.
	last := conns[len(conns)-1]
	_ = last.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := last.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("connection 200: %v", err)
	}
	for _, conn := range conns {
		conn.Close()
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		if _, err := c.Snapshot(t.Context()); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("no answer after the flood: %v", err)
		}
	}
}
