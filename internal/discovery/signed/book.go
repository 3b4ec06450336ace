// Package signed decides whether a record is its author's: which keys an author
// has, by the word of an authority, and whether one of them signed. It is pure:
// certificates are judged and signatures made by what it is given.
package signed

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// Mode is what signatures are for in a cluster.
type Mode uint8

// The modes, in the order in which a running cluster goes through them.
const (
	Off     Mode = iota // records are neither signed nor verified
	Warn                // signed and verified; what is not trusted raises an alarm and is used
	Require             // what is not trusted is not used
)

// Signer signs the records of a node.
type Signer struct {
	Certificate []byte // of the key, in DER; at most discovery.MaxCertificate
	Public      ed25519.PublicKey
	Sign        func(message []byte) ([]byte, error)
}

// Authority judges the certificates of keys.
type Authority interface {
	// Certify returns whose key it is. It must not depend on the time: all nodes
	// have to decide alike, whatever their clocks say.
	Certify(der []byte) (author routerid.ID, key ed25519.PublicKey, err error)
	// Version grows when an earlier answer may not hold any more.
	Version() uint64
	// Signer is this node's own; nil: it has none. It does not vanish again.
	Signer() *Signer
}

// Sentinels of Judge and Learn, beside discovery.ErrUnsigned; each wraps
// discovery.ErrNotTrusted.
var (
	ErrUnknownKey  = fmt.Errorf("%w: the certificate of its key has not been seen", discovery.ErrNotTrusted)
	ErrForged      = fmt.Errorf("%w: the signature is not of this author and this content", discovery.ErrNotTrusted)
	ErrReplayed    = fmt.Errorf("%w: an old one was flooded again", discovery.ErrNotTrusted)
	ErrCertificate = fmt.Errorf("%w: its certificate is not good", discovery.ErrNotTrusted)
)

// maxKeys bounds the keys of one author. Each has a certificate of the CA, so
// only old ones that are played back can be many.
const maxKeys = 32

// Book holds the keys of all authors.
type Book struct {
	authority Authority
	version   uint64
	mine      [][]byte // this node's own certificates, also former ones: what they signed is flooded still
	keys      map[routerid.ID]map[discovery.KeyID]ed25519.PublicKey
}

// NewBook starts with nothing but this node's own key.
func NewBook(a Authority) *Book {
	b := &Book{authority: a}
	b.Renew()
	return b
}

// Stale reports whether the authority has changed its mind since Renew.
func (b *Book) Stale() bool { return b.authority.Version() != b.version }

// Renew forgets what was learned: every certificate must be shown again.
func (b *Book) Renew() {
	b.version = b.authority.Version()
	b.keys = map[routerid.ID]map[discovery.KeyID]ed25519.PublicKey{}
	s := b.authority.Signer()
	if s != nil && !slices.ContainsFunc(b.mine, func(der []byte) bool { return bytes.Equal(der, s.Certificate) }) {
		b.mine = append(b.mine, s.Certificate)
	}
	for _, der := range b.mine {
		if author, key, err := b.authority.Certify(der); err == nil {
			b.add(author, key)
		}
	}
}

// Own returns the ID of this node's own key; zero: it has none.
func (b *Book) Own() discovery.KeyID {
	if s := b.authority.Signer(); s != nil {
		return discovery.KeyIDOf(s.Public)
	}
	return discovery.KeyID{}
}

// Learn takes the certificate of an author's key.
func (b *Book) Learn(author routerid.ID, der []byte) error {
	of, key, err := b.authority.Certify(der)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrCertificate, err)
	case of != author:
		return fmt.Errorf("%w: it is of %s", ErrCertificate, of)
	}
	b.add(author, key)
	return nil
}

func (b *Book) add(author routerid.ID, key ed25519.PublicKey) {
	keys := b.keys[author]
	if keys == nil {
		keys = map[discovery.KeyID]ed25519.PublicKey{}
		b.keys[author] = keys
	}
	if len(keys) < maxKeys {
		keys[discovery.KeyIDOf(key)] = key
	}
}

// Judge returns nil if an author's key signed the encoded record.
func (b *Book) Judge(author routerid.ID, record []byte) error {
	message, id, signature, err := discovery.Signature(record)
	if err != nil {
		return err
	}
	key, known := b.keys[author][id]
	switch {
	case !known:
		return ErrUnknownKey
	case !ed25519.Verify(key, message, signature):
		return ErrForged
	}
	return nil
}
