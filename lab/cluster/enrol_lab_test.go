//go:build lab

package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"srr/internal/identity"
	"srr/internal/identity/identitytest"
	"srr/lab"
)

// TestEnrol makes a third node of a cluster of two by a token, over the network of
// the lab, with the programs that an operator has.
func TestEnrol(t *testing.T) {
	f := newLab(t, lab.Options{Topology: "two", Timers: "bfd20"})
	p := identitytest.New(t, "lab")
	dirs := map[string]string{"n1": p.Node("n1", 0x0a000001), "n2": p.Node("n2", 0x0a000002)}
	ca := filepath.Join(dirs["n1"], identity.DirCA)
	f.must(os.Rename(p.Release(), ca))
	f.start(Config{
		PKI: func(host string) string { return dirs[host] }, Signatures: "require", ConsolePort: 8443,
		Services: []Service{{Name: "vip", On: Equal("n1", "n2"), Settings: []string{fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(0))}}},
	})
	f.must(f.k.Settled(f.ctx))
	program := filepath.Join(f.bin, "srrctl")
	srrctl := func(host string, args ...string) (string, error) {
		return f.l.Exec(f.ctx, host, append([]string{program}, args...)...)
	}
	out, err := srrctl("n1", "token", "n3", "--router-id", "10.0.0.3", "--server", "10.0.0.1:8443", "--dir", dirs["n1"])
	f.must(err)
	token := regexp.MustCompile(`srr-join-1\.\S+`).FindString(out)
	there := filepath.Join(t.TempDir(), "pki")
	if out, err := srrctl("n3", "join", token[:len(token)-8]+"AAAAAAAA", "--dir", there); err == nil || !strings.Contains(err.Error()+out, "damaged") {
		t.Errorf("joined with a damaged token: %s %v", out, err)
	}
	out, err = srrctl("n3", "join", token, "--dir", there)
	f.must(err)
	if !strings.Contains(out, "this is node n3 (10.0.0.3) of cluster lab") {
		t.Errorf("%s", out)
	}
	if _, err := srrctl("n3", "join", token, "--dir", filepath.Join(t.TempDir(), "again")); err == nil {
		t.Error("a token was good twice")
	}
	f.must(f.k.Stop())

	dirs["n3"] = there // and it is believed
	f.start(Config{
		PKI: func(host string) string { return dirs[host] }, Signatures: "require",
		Services: []Service{{Name: "vip", On: Preferences{"n1": 100, "n2": 200, "n3": 300}, Settings: []string{fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(0))}}},
	})
	f.must(f.k.WaitOn(f.ctx, "vip", "n3"))
	f.must(f.k.Settled(f.ctx))
	if f.alarm("n1", "signature") {
		t.Error("n1 does not believe n3")
	}
}

// TestRenew: a node whose certificates end soon has them renewed by the node where the
// CA is, without anybody and without a restart, and is believed on.
func TestRenew(t *testing.T) {
	f := newLab(t, lab.Options{Topology: "two", Timers: "bfd20"})
	p := identitytest.New(t, "lab")
	dirs := map[string]string{"n1": p.Node("n1", 0x0a000001), "n2": p.NodeFor("n2", 0x0a000002, 20*time.Minute), "n3": p.Node("n3", 0x0a000003)}
	f.must(os.Rename(p.Release(), filepath.Join(dirs["n1"], identity.DirCA)))
	f.start(Config{
		PKI: func(host string) string { return dirs[host] }, Signatures: "require", ConsolePort: 8443,
		Services: []Service{{Name: "vip", On: Preferences{"n1": 100, "n2": 200, "n3": 100}, Settings: []string{fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(0))}}},
	})
	f.must(f.k.Settled(f.ctx))
	before, _ := f.l.DaemonProcess("n2")
	renewed := func(name string) bool {
		certs, err := identity.ReadCertificates(filepath.Join(dirs["n2"], name))
		f.must(err)
		return time.Until(certs[0].NotAfter) > 24*time.Hour
	}
	f.eventually("both to be renewed", func() bool { return renewed(identity.FileNode) && renewed(identity.FileRecords) })
	f.eventually("the new one to be flooded, and believed", func() bool {
		s, err := f.k.Snapshot(f.ctx, "n1")
		f.must(err)
		return len(s.Alarms) == 0 && !f.alarm("n2", "certificate")
	})
	f.must(f.k.WaitOn(f.ctx, "vip", "n2"))
	if after, ok := f.l.DaemonProcess("n2"); !ok || after.PID != before.PID {
		t.Error("srrd was started again")
	}
}
