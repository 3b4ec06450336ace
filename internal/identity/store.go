package identity

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// DefaultDir is where a node keeps its certificates.
const DefaultDir = "/etc/srr/pki"

// The files of a node's directory.
const (
	FileCA         = "ca.crt"      // the cluster's CA; several while it is replaced
	FileNode       = "node.crt"    // this node's certificate for TLS
	FileNodeKey    = "node.key"    // its key
	FileRecords    = "records.crt" // what signs this node's records
	FileRecordsKey = "records.key"
	FileLists      = "crl.pem" // what was revoked, by any accepted CA; optional
	DirUsers       = "users"   // *.crt and *.pem: other CAs that users may come from; optional
	DirCA          = "ca"      // of the node where srrctl ca runs, and of no other
)

// interval is how often the files are looked at. Nobody waits for them, and a
// look is a few calls.
const interval = 5 * time.Second

// StoreOptions of Open.
type StoreOptions struct {
	Dir      string      // default DefaultDir
	Cluster  string      // required
	Node     string      // required: name of this node
	RouterID routerid.ID // required
	Rules    []Rule      // who comes in with a certificate of another CA; the first that fits counts
	Log      *slog.Logger
}

// Store holds the certificates of this node and judges those of others. It is
// safe for concurrent use.
type Store struct {
	o       StoreOptions
	rules   atomic.Pointer[[]Rule]
	current atomic.Pointer[material]
	version atomic.Uint64
	print   atomic.Pointer[string] // fingerprint of what was read last, good or bad
}

// material is everything that was read, at one moment. It never changes.
type material struct {
	authorities
	node       *tls.Certificate // nil: none
	records    *RecordKey       // nil: none
	revokedOwn bool             // one of them
}

// RecordKey signs records.
type RecordKey struct {
	Certificate *x509.Certificate
	Key         crypto.Signer // Ed25519
}

// ErrNoPKI: there is no directory, or no CA in it: this cluster has no certificates.
var ErrNoPKI = errors.New("no certificates: srrctl ca init makes a CA, srrctl join enrols this node")

// New returns a store that knows nobody until Reload or Run has read the
// directory.
func New(o StoreOptions) *Store {
	if o.Dir == "" {
		o.Dir = DefaultDir
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{o: o}
	s.rules.Store(&o.Rules)
	s.print.Store(new(string))
	s.current.Store(&material{authorities: authorities{name: o.Cluster}})
	return s
}

// Open is New, and reads the directory.
func Open(o StoreOptions) (*Store, error) {
	s := New(o)
	if err := s.Reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// SetRules replaces the rules.
func (s *Store) SetRules(rules []Rule) {
	rules = slices.Clone(rules)
	s.rules.Store(&rules)
}

// Reload reads the directory again. After an error everything stays as it was.
// It is or wraps ErrNoPKI if there is nothing to read; anything else says which
// file must be mended, and how.
func (s *Store) Reload() error {
	fingerprint := s.fingerprint()
	s.print.Store(&fingerprint)
	m, err := s.read()
	if old := s.current.Load(); err == nil && (old.node != nil && m.node == nil || old.records != nil && m.records == nil) {
		err = fmt.Errorf("%s: this node's certificates have vanished", s.o.Dir)
	}
	if err != nil {
		return fmt.Errorf("read certificates: %w", err)
	}
	s.current.Store(m)
	s.version.Add(1)
	return nil
}

// Version grows each time that the files were read: what was concluded from an
// older one may not hold any more.
func (s *Store) Version() uint64 { return s.version.Load() }

// Speaks reports whether this node has a certificate for TLS by now.
func (s *Store) Speaks() bool { return s.current.Load().node != nil }

// Run reads the files again when they have changed, and says what will expire,
// until ctx ends. A change counts once it is complete: when nothing moved
// between two looks.
func (s *Store) Run(ctx context.Context) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	last, told := "", map[string]time.Time{}
	for {
		s.tellWarnings(time.Now(), told)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := s.fingerprint()
		if now == last && now != *s.print.Load() {
			if err := s.Reload(); err != nil {
				s.o.Log.Error("the certificates have changed and cannot be used; the old ones are kept", "err", err)
			} else {
				s.o.Log.Info("certificates were read again", "path", s.o.Dir)
			}
		}
		last = now
	}
}

func (s *Store) path(name string) string { return filepath.Join(s.o.Dir, name) }

// fingerprint changes with each change of a file.
func (s *Store) fingerprint() string {
	var b strings.Builder
	names := append([]string{FileCA, FileNode, FileNodeKey, FileRecords, FileRecordsKey, FileLists}, s.userFiles()...)
	for _, n := range names {
		info, err := os.Stat(s.path(n))
		if err != nil {
			fmt.Fprintf(&b, "%s %t\n", n, errors.Is(err, fs.ErrNotExist))
			continue
		}
		fmt.Fprintf(&b, "%s %d %d %s\n", n, info.ModTime().UnixNano(), info.Size(), info.Mode())
	}
	return b.String()
}

func (s *Store) userFiles() []string {
	entries, err := os.ReadDir(s.path(DirUsers))
	if err != nil {
		return nil // Reload says why
	}
	var names []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext == ".crt" || ext == ".pem" {
			names = append(names, filepath.Join(DirUsers, e.Name()))
		}
	}
	return names
}

func (s *Store) read() (*material, error) {
	m := &material{authorities: authorities{name: s.o.Cluster, revoked: map[revocation]bool{}}}
	err := m.readAuthorities(s)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", s.path(FileCA), ErrNoPKI)
	}
	if err != nil {
		return nil, err
	}
	return m, m.readOwn(s)
}

func (m *material) readAuthorities(s *Store) (err error) {
	if m.cluster, err = readAuthorities(s.path(FileCA)); err != nil {
		return err
	}
	for _, c := range m.cluster {
		if err := ofCluster(c, s.o.Cluster); err != nil {
			return fmt.Errorf("%s: %w", s.path(FileCA), err)
		}
	}
	for _, n := range s.userFiles() {
		cas, err := readAuthorities(s.path(n))
		if err != nil {
			return err
		}
		m.users = append(m.users, cas...)
	}
	lists, err := ReadLists(s.path(FileLists))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, l := range lists {
		if err := m.revoke(l); err != nil {
			return fmt.Errorf("%s: %w", s.path(FileLists), err)
		}
	}
	return nil
}

// ofCluster refuses the CA of another cluster. One that srrctl did not make
// says nothing.
func ofCluster(ca *x509.Certificate, cluster string) error {
	for _, u := range ca.URIs {
		if u.Scheme == scheme && *u != *ClusterURI(cluster) {
			return fmt.Errorf("the CA is of cluster %.40q, the configuration says %q", u.Host, cluster)
		}
	}
	return nil
}

// readOwn reads this node's certificates, which may both be missing: this host
// then knows others and cannot be known.
func (m *material) readOwn(s *Store) error {
	chain, key, err := s.readPair(FileNode, FileNodeKey)
	if err != nil {
		return err
	}
	if chain != nil {
		if err := m.own(s, KindNode, chain, x509.ExtKeyUsageServerAuth); err != nil {
			return fmt.Errorf("%s: %w", s.path(FileNode), err)
		}
		m.node = &tls.Certificate{PrivateKey: key, Leaf: chain[0]}
		for _, c := range m.withRoot(chain) {
			m.node.Certificate = append(m.node.Certificate, c.Raw)
		}
	}
	if chain, key, err = s.readPair(FileRecords, FileRecordsKey); err != nil || chain == nil {
		return err
	}
	if err := m.own(s, KindRecords, chain, RecordsUse); err != nil {
		return fmt.Errorf("%s: %w", s.path(FileRecords), err)
	}
	if _, ok := chain[0].PublicKey.(ed25519.PublicKey); !ok || len(chain[0].Raw) > discovery.MaxCertificate {
		return fmt.Errorf("%s: want an Ed25519 key and at most %d bytes", s.path(FileRecords), discovery.MaxCertificate)
	}
	m.records = &RecordKey{chain[0], key}
	return nil
}

// readPair reads a certificate, with what leads to its CA, and its key.
func (s *Store) readPair(certFile, keyFile string) ([]*x509.Certificate, crypto.Signer, error) {
	chain, err := ReadCertificates(s.path(certFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	key, err := ReadKey(s.path(keyFile))
	if err != nil {
		return nil, nil, err
	}
	type comparable interface{ Equal(crypto.PublicKey) bool }
	if p, ok := key.Public().(comparable); !ok || !p.Equal(chain[0].PublicKey) {
		return nil, nil, fmt.Errorf("%s is not the key of %s", s.path(keyFile), s.path(certFile))
	}
	return chain, key, nil
}

// own checks a certificate of this node. That it has expired is told, but is no
// reason to have none.
func (m *material) own(s *Store, kind Kind, chain []*x509.Certificate, use x509.ExtKeyUsage) error {
	v, err := m.verify(chain, use, time.Time{})
	want := Holder{Kind: kind, Name: s.o.Node, RouterID: s.o.RouterID}
	switch {
	case errors.Is(err, errRevoked):
		m.revokedOwn = true // told by Warnings
	case err != nil:
		return err
	case v.holder != want:
		return fmt.Errorf("it is of %s %s (%s), this is node %s (%s): srrctl ca issue node %s --router-id %s",
			v.holder.Kind, v.holder.Name, v.holder.RouterID, want.Name, want.RouterID, want.Name, want.RouterID)
	}
	return nil
}

// withRoot appends the CA itself: who enrols knows only its hash.
func (m *material) withRoot(chain []*x509.Certificate) []*x509.Certificate {
	chain = slices.Clone(chain)
	for _, ca := range m.cluster {
		last := chain[len(chain)-1]
		if !slices.ContainsFunc(chain, ca.Equal) && last.CheckSignatureFrom(ca) == nil {
			return append(chain, ca)
		}
	}
	return chain
}
