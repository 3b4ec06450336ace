package identity

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"

	"srr/internal/durable"
)

// ListPath is where a node shows its lists of what was revoked. They are signed
// and no secret: everybody may read them.
const ListPath = "/api/v1/crl"

// MaxLists bounds what is taken of another node, in bytes: 30,000 certificates.
const MaxLists = maxFile

// ServeLists answers GET ListPath.
func (s *Store) ServeLists(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "want GET", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	for _, l := range s.current.Load().lists {
		_, _ = w.Write(EncodeList(l.Raw)) // the other end is gone
	}
}

// Offer takes lists that another node has. Each replaces ours of the same CA if
// its number is higher and its signature is good; what else there is stays, so
// that nobody can take a revocation back. It reports whether something was new,
// which was then written and is in force.
func (s *Store) Offer(text []byte) (bool, error) {
	if len(text) > MaxLists {
		return false, fmt.Errorf("take over what was revoked: %d bytes, at most %d", len(text), MaxLists)
	}
	m := s.current.Load()
	next := append([]*x509.RevocationList(nil), m.lists...)
	news := false
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		l, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return false, fmt.Errorf("take over what was revoked: %w", err)
		}
		if m.issuer(l) == nil {
			continue // of a CA that users come from there and not here
		}
		if merged, newer := merge(next, l); newer {
			next, news = merged, true
		}
	}
	if !news {
		return false, nil
	}
	return true, s.writeLists(next)
}

// merge puts a list in the place of an older one of the same CA.
func merge(all []*x509.RevocationList, l *x509.RevocationList) ([]*x509.RevocationList, bool) {
	for i, old := range all {
		if string(old.RawIssuer) != string(l.RawIssuer) || string(old.AuthorityKeyId) != string(l.AuthorityKeyId) {
			continue
		}
		if l.Number == nil || old.Number != nil && l.Number.Cmp(old.Number) <= 0 {
			return all, false
		}
		all[i] = l
		return all, true
	}
	return append(all, l), true
}

func (s *Store) writeLists(lists []*x509.RevocationList) error {
	var text []byte
	for _, l := range lists {
		text = append(text, EncodeList(l.Raw)...)
	}
	dir, err := os.OpenRoot(s.o.Dir)
	if err != nil {
		return fmt.Errorf("write what was revoked: %w", err)
	}
	err = errors.Join(durable.WriteFile(dir, FileLists, text, 0o644), dir.Close())
	if err != nil {
		return fmt.Errorf("write what was revoked: %w", err)
	}
	return s.Reload()
}
