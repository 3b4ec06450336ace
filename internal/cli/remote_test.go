package cli

import (
	"context"
	"crypto/tls"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/identity"
	"srr/internal/identity/identitytest"
	"srr/internal/routerid"
	"srr/internal/web"
)

// afar is somebody who runs srrctl on a host without srrd, against real consoles.
type afar struct {
	*shell // what runs, as an operator called anna; its fake is n1
	t      *testing.T
	pki    *identitytest.PKI
	n1     string // HOST:PORT
}

func newAfar(t *testing.T) afar {
	p := identitytest.New(t, "prod")
	f := apitest.NewFake()
	a := afar{&shell{fake: f}, t, p, serveConsole(t, p, "n1", apitest.N1, f, "127.0.0.1:0")}
	a.env = map[string]string{"SRR_SERVER": a.n1, "SRR_CA": a.file("ca.crt", identity.EncodeCertificates(p.CA.Certificate)), "SRR_CERT": a.as("anna", identity.Operator)}
	return a
}

// serveConsole serves the console of a node until the test ends, and returns where.
func serveConsole(t *testing.T, p *identitytest.PKI, name string, id routerid.ID, f *apitest.Fake, address string) string {
	t.Helper()
	a, _ := apitest.Serve(t, f, f)
	s := web.New(web.Options{API: a, Backend: f, Inspector: f, Identity: p.Store(name, id), Log: slog.New(slog.DiscardHandler)})
	l, err := web.Listen(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	apitest.Until(t, func(ctx context.Context) error { return s.Serve(ctx, l) })
	return l.Addr().String()
}

// file writes a file for its owner alone.
func (a afar) file(name string, content []byte) string {
	a.t.Helper()
	path := filepath.Join(a.t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// pem writes a certificate and its key into one file.
func (a afar) pem(c tls.Certificate) string { return a.file("user.pem", a.pki.PEM(c)) }

func (a afar) as(name string, role identity.Role) string {
	return a.pem(a.pki.User(name, role))
}

// TestRemoteSaysTheSame as the socket: what is printed is compared with the same files.
func TestRemoteSaysTheSame(t *testing.T) {
	a := newAfar(t)
	for name, c := range map[string]struct {
		args string
		code int
	}{
		"status":       {"status", exitOK},
		"status-json":  {"status -o json", exitOK},
		"show-dns":     {"show dns", exitOK},
		"explain-web":  {"explain web", exitOK},
		"events-since": {"events --since 8m --service dns", exitOK},
		"lsdb-raw":     {"lsdb --raw", exitOK},
		"doctor":       {"doctor", exitDegraded},
		"output-start": {"output dns start", exitOK},
		"what-if":      {"what-if power-off n1", exitOK},
		"survives":     {"survives", exitDegraded},
	} {
		code, out, errOut := a.run(t.Context(), strings.Fields(c.args)...)
		if code != c.code || errOut != "" {
			t.Errorf("%s: exit code %d, want %d; %s", c.args, code, c.code, errOut)
		}
		golden(t, filepath.Join("testdata", name+".txt"), out)
	}
}

// TestRemoteIsSomebody: a command is the user's, and a role that is too small is told.
func TestRemoteIsSomebody(t *testing.T) {
	a := newAfar(t)
	a.env["SUDO_USER"] = "root-of-some-host"
	if code, _, errOut := a.run(t.Context(), "move", "web", "n2"); code != exitOK || len(a.fake.Commands()) != 1 || a.fake.Commands()[0].Author != "anna" {
		t.Fatalf("%d %s %v", code, errOut, a.fake.Commands())
	}
	if code, _, errOut := a.run(t.Context(), "confirm-stopped", "n2", "mail"); code != exitRefused || !strings.Contains(errOut, "runs twice") {
		t.Errorf("a rule: %d %s", code, errOut)
	}
	a.env["SRR_CERT"] = a.as("bert", identity.Viewer)
	for _, line := range []string{"move web n2", "drain", "what-if power-off n1", "survives"} {
		code, _, errOut := a.run(t.Context(), strings.Fields(line)...)
		if code != exitRefused || !strings.Contains(errOut, "bert is a viewer, and this needs an operator\n  try: --cert ") {
			t.Errorf("%s: %d %s", line, code, errOut)
		}
	}
	if code, _, errOut := a.run(t.Context(), "login", "list"); code != exitRefused || !strings.Contains(errOut, "--role administrator") {
		t.Errorf("what is for administrators: %d %s", code, errOut)
	}
	if len(a.fake.Commands()) != 1 {
		t.Errorf("a viewer's command was done: %v", a.fake.Commands())
	}
}

// TestRemoteOn: the console carries commands and streams to the node that --on names.
func TestRemoteOn(t *testing.T) {
	a := newAfar(t)
	n2 := apitest.NewFake()
	theirs := apitest.Shop()
	theirs.Node, theirs.RouterID = "n2", apitest.N2
	n2.SetSnapshot(theirs)
	snap := apitest.Shop()
	snap.Nodes[1].Console = serveConsole(t, a.pki, "n2", apitest.N2, n2, "127.0.0.1:0")
	a.fake.SetSnapshot(snap)
	for _, node := range []string{"n2", "10.0.0.2"} {
		if code, _, errOut := a.run(t.Context(), "drain", "--no-wait", "--on", node); code != exitOK {
			t.Errorf("%s: %d %s", node, code, errOut)
		}
	}
	if len(n2.Commands()) != 2 || n2.Commands()[0].Author != "anna" || len(a.fake.Commands()) != 0 {
		t.Errorf("n1 %v, n2 %v", a.fake.Commands(), n2.Commands())
	}
	if code, out, errOut := a.run(t.Context(), "status", "-o", "json", "--on", "n2"); code != exitOK || !strings.Contains(out, `"node": "n2"`) {
		t.Errorf("%d %s %s", code, out, errOut)
	}
	n2.DoErr = &api.Refusal{Rule: "state", Text: "web does not run on this node"}
	if code, _, errOut := a.run(t.Context(), "deactivate", "web", "--on", "n2"); code != exitRefused || !strings.Contains(errOut, "srrctl: n2: refused: web does not run on this node") {
		t.Errorf("a refusal there: %d %s", code, errOut)
	}
	n2.Append(api.Event{Node: "n2", Reason: "what n2 did"})
	if code, out, errOut := a.run(t.Context(), "events", "--node", "n2"); code != exitOK || !strings.Contains(out, "what n2 did") {
		t.Errorf("the journal of n2: %d %s %s", code, out, errOut)
	}
	for node, want := range map[string]string{"n9": "n9", "n3": "n3 has no console", "../commands": "name or the router ID"} {
		if code, _, errOut := a.run(t.Context(), "drain", "--on", node); code == exitOK || !strings.Contains(errOut, want) {
			t.Errorf("--on %s: %d %s", node, code, errOut)
		}
	}
	snap.Nodes[1].Console = "127.0.0.1:1"
	a.fake.SetSnapshot(snap)
	if code, _, errOut := a.run(t.Context(), "drain", "--on", "n2"); code != exitUnreachable || !strings.Contains(errOut, "n2 does not answer: dial tcp 127.0.0.1:1") || !strings.Contains(errOut, "try: srrctl nodes") {
		t.Errorf("nobody there: %d %s", code, errOut)
	}
	a.env["SRR_CERT"] = a.as("bert", identity.Viewer)
	for _, line := range []string{"drain --on n2", "survives --on n2"} {
		if code, _, errOut := a.run(t.Context(), strings.Fields(line)...); code != exitRefused || !strings.Contains(errOut, "bert is a viewer") {
			t.Errorf("a viewer, %s: %d %s", line, code, errOut)
		}
	}
}

// TestRemoteFollows: streams go on until they are ended.
func TestRemoteFollows(t *testing.T) {
	a := newAfar(t)
	for _, c := range []struct {
		line, now string
		change    func()
	}{
		{"events -f -o json", "n1", func() { a.fake.Append(api.Event{Node: "n1", Reason: "changed"}) }},
		{"watch", "prod", func() {
			snap := a.fake.Snapshot()
			snap.Cluster = "changed"
			a.fake.SetSnapshot(snap)
		}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		var out syncBuffer
		done := make(chan int, 1)
		go func() {
			done <- Run(ctx, Env{
				Args: strings.Fields(c.line), In: strings.NewReader(""), Out: &out, Err: &out,
				Getenv: func(k string) string { return a.env[k] }, Now: time.Now, OutTerminal: true, Rows: func() int { return 10 },
			})
		}()
		out.await(t, c.now)
		c.change()
		out.await(t, "changed")
		cancel()
		if code := <-done; code != exitOK {
			t.Errorf("%s: exit code %d", c.line, code)
		}
	}
}

func TestRemoteCompletes(t *testing.T) {
	a := newAfar(t)
	server := a.env["SRR_SERVER"]
	delete(a.env, "SRR_SERVER")
	for _, line := range []string{"--server " + server + " move web ", "move web n1 --on ", "--server " + server + " drain --on "} {
		if strings.HasPrefix(line, "move") {
			a.env["SRR_SERVER"] = server
		}
		_, out, errOut := a.run(t.Context(), append([]string{"__complete"}, strings.Split(line, " ")...)...)
		if !strings.HasPrefix(out, "n1\nn2\nn3\n") {
			t.Errorf("%s<TAB>: %q %s", line, out, errOut)
		}
	}
}
