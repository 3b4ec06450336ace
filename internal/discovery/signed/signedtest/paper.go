// Package signedtest has an authority for tests, whose certificates are plain
// words: a router ID and a key.
package signedtest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"sync"
	"testing"

	"srr/internal/discovery"
	"srr/internal/discovery/signed"
	"srr/internal/routerid"
)

// Key returns the key number seed.
func Key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// Certificate says that a key is an author's.
func Certificate(author routerid.ID, key ed25519.PrivateKey) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(author)), key.Public().(ed25519.PublicKey)...)
}

// Sign signs an encoded record.
func Sign(record []byte, key ed25519.PrivateKey) []byte {
	id := discovery.KeyIDOf(key.Public().(ed25519.PublicKey))
	b, err := discovery.Sign(record, id, func(m []byte) ([]byte, error) { return ed25519.Sign(key, m), nil })
	if err != nil {
		panic(err) // of a key of the right size
	}
	return b
}

// Payload is how an author of cluster "lab" floods a record; a nil key: unsigned.
func Payload(t testing.TB, r discovery.Record, key ed25519.PrivateKey) []byte {
	t.Helper()
	b, err := discovery.Encode("lab", r)
	if err != nil {
		t.Fatal(err)
	}
	if key != nil {
		b = Sign(b, key)
	}
	return b
}

// CertificateRecord is an author's first, with its certificate.
func CertificateRecord(author routerid.ID, key ed25519.PrivateKey) discovery.Record {
	return discovery.Record{
		Author: author, Version: discovery.Version{Incarnation: 1, Counter: 1},
		Certificate: Certificate(author, key),
	}
}

// Authority is a signed.Authority on paper. It is safe for concurrent use.
type Authority struct {
	Self routerid.ID

	mu      sync.Mutex
	key     ed25519.PrivateKey
	version uint64
	revoked map[routerid.ID]bool
	asked   int
}

// New returns the authority of a node whose own key is key number seed.
func New(self routerid.ID, seed byte) *Authority {
	return &Authority{Self: self, key: Key(seed), revoked: map[routerid.ID]bool{}}
}

// Certify implements signed.Authority.
func (a *Authority) Certify(der []byte) (routerid.ID, ed25519.PublicKey, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	if len(der) != 4+ed25519.PublicKeySize {
		return 0, nil, errors.New("no certificate")
	}
	id := routerid.ID(binary.BigEndian.Uint32(der))
	if a.revoked[id] {
		return 0, nil, errors.New("it was revoked")
	}
	return id, der[4:], nil
}

// Version implements signed.Authority.
func (a *Authority) Version() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.version
}

// Signer implements signed.Authority.
func (a *Authority) Signer() *signed.Signer {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := a.key
	return &signed.Signer{
		Certificate: Certificate(a.Self, key), Public: key.Public().(ed25519.PublicKey),
		Sign: func(m []byte) ([]byte, error) { return ed25519.Sign(key, m), nil },
	}
}

// Revoke takes the certificates of an author back.
func (a *Authority) Revoke(author routerid.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.version++
	a.revoked[author] = true
}

// Pardon undoes Revoke, like a new certificate.
func (a *Authority) Pardon(author routerid.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.version++
	delete(a.revoked, author)
}

// Change gives the node another key.
func (a *Authority) Change(seed byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.version++
	a.key = Key(seed)
}

// Asked is how often Certify was called.
func (a *Authority) Asked() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}
