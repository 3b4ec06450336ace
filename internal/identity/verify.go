package identity

import (
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// mostCertificates is how many a peer may show; the chains of real CAs have two
// or three.
const mostCertificates = 5

// authorities are the CAs whose word counts here, and what they took back.
type authorities struct {
	name    string // of the cluster
	cluster []*x509.Certificate
	users   []*x509.Certificate // other CAs, for users only
	lists   []*x509.RevocationList
	revoked map[revocation]bool
}

// revocation is a certificate that was taken back: the key that signed it and
// its number. Names of CAs may be equal, their keys are not.
type revocation struct{ issuer, serial string }

func revocationOf(issuer *x509.Certificate, serial *big.Int) revocation {
	return revocation{string(issuer.RawSubjectPublicKeyInfo), string(serial.Bytes())}
}

// verified is a certificate that a CA vouches for, at some time and for some use.
type verified struct {
	leaf    *x509.Certificate
	cluster bool   // by the cluster's own CA
	holder  Holder // if cluster, and if it names somebody
}

// verify is the only judge of certificates, of every listener, of connections
// to other nodes and of the keys of records. The chain begins with the
// certificate itself; the others may help. A zero time: at any time.
func (a *authorities) verify(chain []*x509.Certificate, use x509.ExtKeyUsage, now time.Time) (verified, error) {
	switch {
	case len(chain) == 0:
		return verified{}, ErrNoCertificate
	case len(chain) > mostCertificates:
		return verified{}, fmt.Errorf("%d certificates at once, at most %d", len(chain), mostCertificates)
	}
	v := verified{leaf: chain[0], cluster: true}
	if now.IsZero() {
		now = v.leaf.NotBefore
	}
	err := a.chain(a.cluster, chain, use, now)
	if unknown := (x509.UnknownAuthorityError{}); errors.As(err, &unknown) && use == x509.ExtKeyUsageClientAuth {
		v.cluster, err = false, a.chain(a.users, chain, use, now)
	}
	if err != nil {
		return verified{}, fmt.Errorf("certificate of %.100q: %w", v.leaf.Subject, err)
	}
	if v.cluster {
		v.holder, err = HolderOf(a.name, v.leaf.URIs)
		if err != nil && !errors.Is(err, errNotNamed) {
			return verified{}, fmt.Errorf("certificate of %.100q: %w", v.leaf.Subject, err)
		}
	}
	return v, nil
}

// chain looks for a way to one of the roots on which nothing was revoked.
func (a *authorities) chain(roots, chain []*x509.Certificate, use x509.ExtKeyUsage, now time.Time) error {
	o := x509.VerifyOptions{
		Roots: pool(roots), Intermediates: pool(chain[1:]), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{use},
	}
	ways, err := chain[0].Verify(o)
	if err != nil {
		return err
	}
	for _, way := range ways {
		if err = a.notRevoked(way); err == nil {
			return nil
		}
	}
	return err
}

// errRevoked: its CA took it back.
var errRevoked = errors.New("it was revoked")

func (a *authorities) notRevoked(way []*x509.Certificate) error {
	for i, issuer := range way[1:] {
		if a.revoked[revocationOf(issuer, way[i].SerialNumber)] {
			return errRevoked
		}
	}
	return nil
}

func pool(certs []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}

// issuer returns the accepted CA that signed a list; nil: none did.
func (a *authorities) issuer(list *x509.RevocationList) *x509.Certificate {
	for _, cas := range [][]*x509.Certificate{a.cluster, a.users} {
		for _, ca := range cas {
			if string(ca.RawSubject) == string(list.RawIssuer) && list.CheckSignatureFrom(ca) == nil {
				return ca
			}
		}
	}
	return nil
}

// revoke takes a list over. Only that of an accepted CA is one.
func (a *authorities) revoke(list *x509.RevocationList) error {
	ca := a.issuer(list)
	if ca == nil {
		return fmt.Errorf("a list by %.100q, which is no accepted CA", list.Issuer)
	}
	a.lists = append(a.lists, list)
	for _, e := range list.RevokedCertificateEntries {
		a.revoked[revocationOf(ca, e.SerialNumber)] = true
	}
	return nil
}
