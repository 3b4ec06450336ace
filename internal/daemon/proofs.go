package daemon

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"sync"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/signed"
	"srr/internal/routerid"
)

// proofs says of the records that people look at who signed them. It has keys of
// its own: what decides is the medium's, and does not wait for people.
type proofs struct {
	authority signed.Authority

	mu    sync.Mutex
	book  *signed.Book
	known map[[sha256.Size]byte]string // by author and content
}

// maxProofs bounds what is remembered; beyond it, all is judged again.
const maxProofs = 10_000

func newProofs(a signed.Authority) *proofs {
	return &proofs{authority: a, book: signed.NewBook(a), known: map[[sha256.Size]byte]string{}}
}

// learn takes the certificates among the records, before any is judged.
func (p *proofs) learn(records func(yield func(routerid.ID, discovery.Record) bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.book.Stale() {
		p.book.Renew()
		clear(p.known)
	}
	for author, r := range records {
		if r.Certificate != nil {
			_ = p.book.Learn(author, r.Certificate) // its own verdict tells
		}
	}
}

// of is one line about who signed a record; empty where nobody signs: this node
// has no key.
func (p *proofs) of(author routerid.ID, record []byte) string {
	if p.authority.Signer() == nil {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %x", author, sha256.Sum256(record))
	key := [sha256.Size]byte(h.Sum(nil))
	p.mu.Lock()
	defer p.mu.Unlock()
	if said, ok := p.known[key]; ok {
		return said
	}
	err := p.book.Judge(author, record)
	if err == signed.ErrUnknownKey {
		return "signature: " + err.Error() // which changes without the record
	}
	said := "signature: good, by the key of the author"
	if err != nil {
		said = "signature: " + err.Error()
	}
	if len(p.known) >= maxProofs {
		clear(p.known)
	}
	p.known[key] = said
	return said
}

// certificateWords is what a certificate record tells, whether it is good or not.
func certificateWords(der []byte) string {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return "certificate that cannot be read: " + err.Error()
	}
	return fmt.Sprintf("certificate %x of the key for records of %q, until %s, by %q",
		c.SerialNumber, c.Subject.CommonName, c.NotAfter.UTC().Format(time.DateOnly), c.Issuer.CommonName)
}
