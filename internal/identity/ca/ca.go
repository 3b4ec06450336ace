// Package ca is the cluster's certificate authority: a directory with its key
// and the list of what it issued. It is used by srrctl where an operator keeps
// it; srrd needs it only to enrol nodes, and only there.
package ca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"srr/internal/durable"
	"srr/internal/identity"
)

// The files of the directory.
const (
	fileKey    = "ca.key"
	fileCert   = "ca.crt"
	fileIssued = "issued.jsonl" // one line for each certificate and each revocation
	fileLock   = "lock"
)

// How long what is issued is good for.
const (
	validCA   = 20 * 365 * 24 * time.Hour
	ValidNode = 2 * 365 * 24 * time.Hour
	ValidUser = 365 * 24 * time.Hour
	validList = 365 * 24 * time.Hour // each use of the CA makes a new one
	// backdate: clocks of a cluster's hosts differ.
	backdate = time.Hour
)

// CA is an open certificate authority. Only one at a time has the directory.
type CA struct {
	Cluster     string
	Certificate *x509.Certificate

	dir    *os.Root
	key    crypto.Signer
	lock   *os.File
	issued []Entry
}

// Create makes the CA of a cluster in a directory, which must not hold one.
func Create(dir, cluster string, now time.Time) (*CA, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create a CA: %w", err)
	}
	c, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	if err := c.create(cluster, now); err != nil {
		c.Close()
		return nil, fmt.Errorf("create a CA in %s: %w", dir, err)
	}
	return c, nil
}

func (c *CA) create(cluster string, now time.Time) error {
	if _, err := c.dir.Lstat(fileKey); !errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is one already; a new one would make every certificate of the cluster worthless")
	}
	if _, err := (identity.Holder{Kind: identity.KindUser, Name: "x", Role: identity.Viewer}).URIs(cluster); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	c.key, c.Cluster = key, cluster
	t := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "SRR cluster " + cluster},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(validCA),
		URIs:                  []*url.URL{identity.ClusterURI(cluster)},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
	}
	if c.Certificate, err = c.sign(t, t, key.Public()); err != nil {
		return err
	}
	text, err := identity.EncodeKey(key)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(c.dir, fileCert, identity.EncodeCertificates(c.Certificate), 0o644); err != nil {
		return err
	}
	// The key last: with it, the CA is there.
	return durable.WriteFile(c.dir, fileKey, text, 0o600)
}

// ErrNone: the directory holds no CA.
var ErrNone = errors.New("no CA here: srrctl ca works on the host where srrctl ca init was run")

// Open opens the CA in a directory.
func Open(dir string) (*CA, error) {
	if _, err := os.Lstat(filepath.Join(dir, fileKey)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", dir, ErrNone)
	}
	c, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	if err := c.read(dir); err != nil {
		c.Close()
		return nil, fmt.Errorf("open the CA: %w", err)
	}
	return c, nil
}

func (c *CA) read(dir string) (err error) {
	if c.key, err = identity.ReadKey(filepath.Join(dir, fileKey)); err != nil {
		return err
	}
	certs, err := identity.ReadCertificates(filepath.Join(dir, fileCert))
	if err != nil {
		return err
	}
	c.Certificate = certs[0]
	if len(c.Certificate.URIs) != 1 || *c.Certificate.URIs[0] != *identity.ClusterURI(c.Certificate.URIs[0].Host) {
		return fmt.Errorf("%s does not say of which cluster it is", fileCert)
	}
	c.Cluster = c.Certificate.URIs[0].Host
	c.issued, err = readIssued(c.dir)
	return err
}

// openDir opens a directory that nobody else can look into, and waits for a
// while until nobody else uses it.
func openDir(dir string) (*CA, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the CA: %w", err)
	}
	c := &CA{dir: root}
	if err := c.take(); err != nil {
		c.Close()
		return nil, fmt.Errorf("open the CA: %w", err)
	}
	return c, nil
}

func (c *CA) take() error {
	info, err := c.dir.Stat(".")
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is open to others (chmod 700 %s)", c.dir.Name(), c.dir.Name())
	}
	if c.lock, err = c.dir.OpenFile(fileLock, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	for wait := lockWait; ; wait -= lockPoll {
		err := unix.Flock(int(c.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		if wait <= 0 {
			return errors.New("somebody else is at work with it: another srrctl ca, or a node that enrols; try again")
		}
		time.Sleep(lockPoll)
	}
}

// Nobody works with a CA for long.
const (
	lockWait = 3 * time.Second
	lockPoll = 20 * time.Millisecond
)

// Hash is the SHA-256 of the CA's certificate, by which a new node knows it.
func (c *CA) Hash() [sha256.Size]byte { return sha256.Sum256(c.Certificate.Raw) }

// Close lets others use the CA.
func (c *CA) Close() {
	if c.lock != nil {
		_ = c.lock.Close() // nothing was written
	}
	_ = c.dir.Close()
}

// sign fills in what every certificate has.
func (c *CA) sign(t, parent *x509.Certificate, key crypto.PublicKey) (*x509.Certificate, error) {
	serial := make([]byte, 8)
	if _, err := rand.Read(serial); err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive, and always of the same length
	t.SerialNumber = new(big.Int).SetBytes(serial)
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key, c.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
