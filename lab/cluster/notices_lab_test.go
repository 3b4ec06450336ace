//go:build lab

package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/api"
	"srr/lab"
)

// TestNotices mails what happens to a real mail server (Debian's aiosmtpd, with
// STARTTLS) on the client: the node that spoke dies, with a service on it.
func TestNotices(t *testing.T) {
	f := newLab(t, lab.Options{Topology: "two", Timers: "bfd20"})
	office := f.postOffice("cl", net.IPv4(10, 71, 9, 10))
	told := filepath.Join(filepath.Dir(f.l.EchoProgram()), "told")
	f.must(os.WriteFile(told, []byte("#!/bin/sh\ncat >>\"$1/$SRR_NODE\"\n"), 0o755))
	f.start(Config{
		Notify: []string{
			fmt.Sprintf("mail: {server: \"10.71.9.10:25\", ca-file: %s, from: srr@lab.example, to: [ops@lab.example]}", office.ca),
			fmt.Sprintf("{command: [%s, %s], on: [failover]}", told, office.dir),
		},
		Services: []Service{{Name: "web", On: Preferences{"n1": 100, "n2": 200, "n3": 300}, Settings: []string{
			fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(0)), fmt.Sprintf("run: [%s, %q]", f.l.EchoProgram(), lab.ServiceAddr(0)),
		}}},
	})
	f.must(f.k.Settled(f.ctx))
	f.must(f.k.WaitOn(f.ctx, "web", "n3"))

	out, err := f.l.Exec(f.ctx, "n1", filepath.Join(f.bin, "srrd"), "notify-test", "--config", f.l.Path("n1", "srr.yaml"))
	if err != nil || !strings.Contains(out, "accepted for ops@lab.example") || !strings.Contains(out, "exit status 0") {
		t.Errorf("notify-test: %v\n%s", err, out)
	}
	f.eventually("the test mail", func() bool { return office.got("[lab] test: node n1", "by node n1 (10.0.0.1) of cluster lab") })

	// What is told of the next minutes begins with what n2 has seen for a while: it
	// publishes every two seconds, and looks at each.
	var seen time.Time
	f.eventually("n2 to see web on n3", func() bool {
		s, err := f.k.Snapshot(f.ctx, "n2")
		if err != nil || len(s.Services) == 0 || len(s.Services[0].Running()) != 1 || s.Services[0].Running()[0].Node != "n3" {
			return false
		}
		if seen.IsZero() {
			seen = s.At
		}
		return s.At.Sub(seen) > 3*time.Second
	})
	f.must(f.l.PowerOff("n3"))
	f.eventually("the mail about the failover", func() bool {
		return office.got("by node n2", "failover: web: runs on n2 now, before on n3: n3 cannot be reached")
	})
	f.eventually("the mail about the node", func() bool { return office.got("by node n2", "degraded: node n3: cannot be reached") })
	f.must(f.l.PowerOn("n3"))
	f.eventually("the mail about its return", func() bool { return office.got("return: node n3: fine again") })
	f.eventually("the mail about the way back", func() bool {
		return office.got("by node n3", "failover: web: runs on n3 now, before on n2: n3 ranks better")
	})

	// An operator's move is no news; that a node is gone comes from the node that speaks.
	f.must(f.do("n2", api.Request{Verb: api.Move, Unit: "web", Node: "n2", Until: time.Now().Add(time.Hour)}))
	f.must(f.k.WaitOn(f.ctx, "web", "n2"))
	f.must(f.l.PowerOff("n1"))
	f.eventually("the mail about n1", func() bool { return office.got("by node n3", "degraded: node n1: cannot be reached") })
	log, err := os.ReadFile(f.l.Path("n2", "log", "supervisor.out"))
	if n := strings.Count(string(log), "event=failover"); err != nil || n != 1 {
		t.Errorf("n2 told of %d failovers, %v", n, err)
	}
	if text, err := os.ReadFile(filepath.Join(office.dir, "n2")); err != nil || !strings.Contains(string(text), `"event":"failover"`) || strings.Contains(string(text), "degraded") {
		t.Errorf("the command was told %s, %v", text, err)
	}
}

// postOffice is a mail server with a directory of what it got.
type postOffice struct{ dir, ca string }

func (f *fixture) postOffice(host string, ip net.IP) *postOffice {
	f.Helper()
	dir := filepath.Join(filepath.Dir(f.l.EchoProgram()), "mail")
	o := &postOffice{dir: dir, ca: filepath.Join(dir, "ca.crt")}
	key := filepath.Join(dir, "key")
	f.must(errors.Join(os.MkdirAll(dir, 0o755), selfSigned(ip, o.ca, key)))
	_, err := f.l.Start(host, "aiosmtpd", "/usr/bin/aiosmtpd", "--nosetuid", "--listen", ip.String()+":25",
		"--tlscert", o.ca, "--tlskey", key, "--class", "aiosmtpd.handlers.Mailbox", filepath.Join(dir, "box"))
	f.must(err)
	return o
}

// got reports whether one mail holds all the texts, in its subject or its body.
func (o *postOffice) got(texts ...string) bool {
	letters, _ := filepath.Glob(filepath.Join(o.dir, "box/new/*"))
	return slices.ContainsFunc(letters, func(path string) bool {
		text := readLetter(path)
		return !slices.ContainsFunc(texts, func(s string) bool { return !strings.Contains(text, s) })
	})
}

// readLetter is the subject and the body; "" for what is no mail.
func readLetter(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	m, err := mail.ReadMessage(file)
	if err != nil {
		return ""
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	body, berr := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || berr != nil {
		return ""
	}
	return subject + "\n" + string(body)
}

// selfSigned writes a certificate for an address, which is its own CA, and its key.
func selfSigned(ip net.IP, certificate, key string) error {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{ip}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600),
	)
}
