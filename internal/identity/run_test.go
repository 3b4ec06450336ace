package identity_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"srr/internal/identity"
	"srr/internal/identity/ca"
	"srr/internal/identity/identitytest"
)

// Files that change are read again by themselves; what does not fit together is
// told once and changes nothing; what ends soon is told once a day.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := identitytest.New(t, "main")
		dir := p.Node("n1", 1)
		var log lines
		s, err := identity.Open(identity.StoreOptions{Dir: dir, Cluster: "main", Node: "n1", RouterID: 1, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		der := p.Store("n2", 2).Signer().Certificate
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Run(ctx)
		}()
		wait := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		version := s.Version()
		wait(time.Minute)
		if s.Version() != version {
			t.Error("read again without a change")
		}
		p.Revoke("node/n2", dir)
		wait(time.Minute)
		if _, _, err := s.Certify(der); err == nil || s.Version() != version+1 {
			t.Errorf("not read again: %v, version %d", err, s.Version())
		}
		log.take()
		os.WriteFile(filepath.Join(dir, identity.FileNode), []byte("half of it"), 0o644)
		wait(time.Minute)
		text := log.take()
		if n := strings.Count(text, "the old ones are kept"); n != 1 || !s.Speaks() {
			t.Errorf("told %d times: %s", n, text)
		}
		short(t, p, dir)
		log.take()
		for _, c := range []struct {
			hours time.Duration
			told  int
			what  string
		}{{79, 0, "before the last sixth of its life"}, {3, 1, "then"}, {16, 1, "at its end"}, {25, 1, "a day later"}} {
			wait(c.hours * time.Hour)
			text = log.take()
			if n := strings.Count(text, identity.FileRecords); n != c.told {
				t.Errorf("%s: told %d times: %s", c.what, n, text)
			}
		}
		cancel()
		<-done
	})
}

// lines is a log that one goroutine writes and another reads.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// take returns what was written since the last time.
func (l *lines) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return l.b.String()
}

// short replaces the certificates of n1 by some that end in ten days.
func short(t *testing.T, p *identitytest.PKI, dir string) {
	t.Helper()
	keys, err := ca.NewPrivateKeys()
	if err != nil {
		t.Fatal(err)
	}
	certs, err := p.CA.IssueNode(ca.Node{Name: "n1", RouterID: 1}, keys.Public(), 4*24*time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	list, err := p.CA.List(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := ca.WriteNode(dir, p.CA.Certificate, list, certs, &keys); err != nil {
		t.Fatal(err)
	}
}
