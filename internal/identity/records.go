package identity

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"srr/internal/discovery/signed"
	"srr/internal/routerid"
)

// RecordsUse is the extended key usage of a key that signs records: what it
// signs runs elsewhere. Above all, it is none of those of TLS.
const RecordsUse = x509.ExtKeyUsageCodeSigning

var _ signed.Authority = (*Store)(nil)

// Certify implements signed.Authority: whose key for records it is, at any time.
func (s *Store) Certify(der []byte) (routerid.ID, ed25519.PublicKey, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return 0, nil, fmt.Errorf("read a certificate: %w", err)
	}
	v, err := s.current.Load().verify([]*x509.Certificate{c}, RecordsUse, time.Time{})
	if err != nil {
		return 0, nil, err
	}
	key, ok := c.PublicKey.(ed25519.PublicKey)
	if !ok || v.holder.Kind != KindRecords {
		return 0, nil, errors.New("it is for no key that signs records")
	}
	return v.holder.RouterID, key, nil
}

// Signer implements signed.Authority.
func (s *Store) Signer() *signed.Signer {
	r := s.current.Load().records
	if r == nil {
		return nil
	}
	return &signed.Signer{
		Certificate: r.Certificate.Raw,
		Public:      r.Certificate.PublicKey.(ed25519.PublicKey), // own checked that
		Sign:        func(m []byte) ([]byte, error) { return r.Key.Sign(rand.Reader, m, crypto.Hash(0)) },
	}
}
