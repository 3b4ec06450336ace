//go:build lab

package console

import (
	"os"
	"path/filepath"
	"strings"

	"srr/internal/api"
	"srr/internal/identity"
)

// testRemote moves a service and drains a node with srrctl on the client's machine,
// where no srrd runs.
func (f *fixture) testRemote() {
	ca := f.file("ca.crt", identity.EncodeCertificates(f.pki.CA.Certificate))
	srrctl := func(cert string, args ...string) (string, error) {
		program := filepath.Join(filepath.Dir(binary(f.T)), "srrctl")
		server := strings.TrimPrefix(f.console("n1"), "https://")
		return f.l.Exec(f.ctx, "cl", append([]string{program, "--server", server, "--ca", ca, "--cert", cert}, args...)...)
	}
	operator := f.file("anna.pem", f.pki.PEM(f.pki.User("anna", identity.Operator)))
	viewer := f.file("bert.pem", f.pki.PEM(f.pki.User("bert", identity.Viewer)))
	if out, err := srrctl(viewer, "move", "vip", "n2"); err == nil || !strings.Contains(err.Error(), "exit status 4: srrctl: bert is a viewer, and this needs an operator") {
		f.Errorf("a viewer moved a service: %s %v", out, err)
	}
	if out, err := srrctl(viewer, "status"); err != nil || !strings.Contains(out, "3 of 3 nodes up") {
		f.Errorf("status: %s %v", out, err)
	}
	to := "n2"
	if i := f.k.Instance(f.ctx, "n2", "vip"); i != nil && i.State == "active/started" {
		to = "n3"
	}
	if out, err := srrctl(operator, "move", "vip", to); err != nil {
		f.Fatalf("move: %s %v", out, err)
	}
	f.must(f.k.WaitOn(f.ctx, "vip", to))
	if out, err := srrctl(operator, "unmove", "vip"); err != nil {
		f.Errorf("unmove: %s %v", out, err)
	}
	if out, err := srrctl(operator, "--on", "n3", "maintenance", "on"); err != nil {
		f.Fatalf("maintenance of n3: %s %v", out, err)
	}
	f.eventually("n3 is in maintenance", func() bool {
		out, err := srrctl(viewer, "nodes")
		return err == nil && strings.Contains(out, string(api.Maintenance))
	})
	if out, err := srrctl(operator, "--on", "n3", "maintenance", "off"); err != nil {
		f.Errorf("the end of maintenance: %s %v", out, err)
	}
}

// file writes a file for its owner alone.
func (f *fixture) file(name string, content []byte) string {
	f.Helper()
	path := filepath.Join(f.TempDir(), name)
	f.must(os.WriteFile(path, content, 0o600))
	return path
}
