package identity

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Holding is a certificate, or a list of revoked ones, that this node has.
type Holding struct {
	File    string // within the directory, such as node.crt
	Subject string // of a list: empty
	Issuer  string
	Serial  string // in hexadecimal, as audit trails have it; of a list its number
	Begins  time.Time
	Ends    time.Time
	Names   []string // who it is for, beside its subject: URIs, DNS names, addresses
}

// Holdings are all that this node has, its own first.
func (s *Store) Holdings() []Holding {
	m := s.current.Load()
	var out []Holding
	if m.node != nil {
		out = append(out, holdingOf(FileNode, m.node.Leaf))
	}
	if m.records != nil {
		out = append(out, holdingOf(FileRecords, m.records.Certificate))
	}
	for _, c := range m.cluster {
		out = append(out, holdingOf(FileCA, c))
	}
	for _, c := range m.users {
		out = append(out, holdingOf(DirUsers, c))
	}
	for _, l := range m.lists {
		out = append(out, Holding{File: FileLists, Issuer: l.Issuer.String(), Serial: fmt.Sprintf("%x", l.Number), Begins: l.ThisUpdate, Ends: l.NextUpdate})
	}
	return out
}

func holdingOf(file string, c *x509.Certificate) Holding {
	h := Holding{
		File: file, Subject: c.Subject.String(), Issuer: c.Issuer.String(), Serial: fmt.Sprintf("%x", c.SerialNumber),
		Begins: c.NotBefore, Ends: c.NotAfter, Names: slices.Concat(c.DNSNames, addresses(c)),
	}
	for _, u := range c.URIs {
		h.Names = append(h.Names, u.String())
	}
	return h
}
