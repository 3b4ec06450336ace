package identity

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"srr/internal/durable"
)

// RenewPath is where a node asks another one, where the CA is, for new certificates
// of its keys.
const RenewPath = "/api/v1/renew"

// Due reports whether a certificate is to be renewed: a third of its life is left. Of
// two years that is eight months, long before anybody is warned.
func Due(c *x509.Certificate, now time.Time) bool {
	return now.After(c.NotAfter.Add(-c.NotAfter.Sub(c.NotBefore) / 3))
}

// RenewalDue reports whether this node should have its certificates renewed, and for
// how long it can still ask: until one of them ends.
func (s *Store) RenewalDue(now time.Time) (due bool, left time.Duration) {
	m := s.current.Load()
	if m.node == nil || m.records == nil || m.revokedOwn {
		return false, 0
	}
	speak, sign := m.node.Leaf, m.records.Certificate
	return Due(speak, now) || Due(sign, now), min(speak.NotAfter.Sub(now), sign.NotAfter.Sub(now))
}

// Renew takes over new certificates of this node's keys: they are written, and in
// force at once. Anything but a certificate of the same key and holder, by the
// cluster's CA, that lasts longer, is refused.
func (s *Store) Renew(speak, sign *x509.Certificate) error {
	m := s.current.Load()
	if m.node == nil || m.records == nil {
		return errors.New("renew certificates: this node has none")
	}
	for _, c := range []struct {
		kind Kind
		use  x509.ExtKeyUsage
		old  *x509.Certificate
		key  crypto.PublicKey
		next *x509.Certificate
	}{
		{KindNode, x509.ExtKeyUsageServerAuth, m.node.Leaf, publicKey(m.node), speak},
		{KindRecords, RecordsUse, m.records.Certificate, m.records.Key.Public(), sign},
	} {
		if err := m.successor(s.o, c.kind, c.use, c.next); err != nil {
			return fmt.Errorf("renew the certificate of a %s: %w", c.kind, err)
		}
		same, ok := c.key.(interface{ Equal(crypto.PublicKey) bool })
		if !ok || !same.Equal(c.next.PublicKey) || c.next.NotAfter.Before(c.old.NotAfter) {
			return fmt.Errorf("renew the certificate of a %s: it is of another key, or ends earlier", c.kind)
		}
	}
	return s.writeRenewed(speak, sign)
}

func publicKey(c *tls.Certificate) crypto.PublicKey {
	return c.PrivateKey.(crypto.Signer).Public() // readPair has read it as one
}

// successor judges a certificate that is to be this node's. A node that enrolled
// knows no CA but the cluster's, and that one signs directly.
func (m *material) successor(o StoreOptions, kind Kind, use x509.ExtKeyUsage, c *x509.Certificate) error {
	v, err := m.verify([]*x509.Certificate{c}, use, time.Now())
	if err == nil && v.holder != (Holder{Kind: kind, Name: o.Node, RouterID: o.RouterID}) {
		err = fmt.Errorf("it is of %s %s", v.holder.Kind, v.holder.Name)
	}
	return err
}

// writeRenewed replaces both files. What a crash leaves in between is as good: the
// keys are the same.
func (s *Store) writeRenewed(speak, sign *x509.Certificate) error {
	dir, err := os.OpenRoot(s.o.Dir)
	if err != nil {
		return fmt.Errorf("write renewed certificates: %w", err)
	}
	err = errors.Join(
		durable.WriteFile(dir, FileNode, EncodeCertificates(speak), 0o644),
		durable.WriteFile(dir, FileRecords, EncodeCertificates(sign), 0o644),
		dir.Close(),
	)
	if err != nil {
		return fmt.Errorf("write renewed certificates: %w", err)
	}
	return s.Reload()
}
