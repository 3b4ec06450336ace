package ca

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"strings"
	"time"

	"srr/internal/durable"
	"srr/internal/identity"
	"srr/internal/routerid"
)

// Entry is one certificate that the CA issued.
type Entry struct {
	Serial   string        `json:"serial"` // hexadecimal
	Kind     identity.Kind `json:"kind"`
	Name     string        `json:"name"`
	RouterID routerid.ID   `json:"router_id,omitzero"`
	Role     string        `json:"role,omitempty"`
	Issued   time.Time     `json:"issued"`
	NotAfter time.Time     `json:"not_after"`
	Revoked  time.Time     `json:"revoked,omitzero"`
	DER      []byte        `json:"der"`
}

// Holder is KIND/NAME, as operators write it. The two certificates of a node
// are both the node's.
func (e Entry) Holder() string {
	kind := e.Kind
	if kind == identity.KindRecords {
		kind = identity.KindNode
	}
	return string(kind) + "/" + e.Name
}

func entryOf(c *x509.Certificate, h identity.Holder, now time.Time) Entry {
	e := Entry{
		Serial: c.SerialNumber.Text(16), Kind: h.Kind, Name: h.Name, RouterID: h.RouterID,
		Issued: now.UTC().Truncate(time.Second), NotAfter: c.NotAfter, DER: c.Raw,
	}
	if h.Kind == identity.KindUser {
		e.Role = h.Role.String()
	}
	return e
}

// Issued returns every certificate, the oldest first.
func (c *CA) Issued() []Entry { return append([]Entry(nil), c.issued...) }

// note writes an entry down, before anybody gets the certificate.
func (c *CA) note(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := c.dir.OpenFile(fileIssued, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("write down a certificate: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write down a certificate: %w", err)
	}
	c.add(e)
	return durable.Sync(c.dir)
}

// add takes a line over: a new certificate, or the revocation of an older one.
func (c *CA) add(e Entry) {
	for i := range c.issued {
		if c.issued[i].Serial == e.Serial {
			c.issued[i] = e
			return
		}
	}
	c.issued = append(c.issued, e)
}

// readIssued reads what note wrote. A crash may have cut the last line short:
// that certificate was handed to nobody, and the line must not run into the next.
func readIssued(dir *os.Root) ([]Entry, error) {
	f, err := dir.OpenFile(fileIssued, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	whole := bytes.LastIndexByte(text, '\n') + 1
	if err := f.Truncate(int64(whole)); err != nil {
		return nil, err
	}
	var c CA
	for line := range bytes.Lines(text[:whole]) {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", fileIssued, len(c.issued)+1, err)
		}
		c.add(e)
	}
	return c.issued, nil
}

// Revoke takes certificates back: one by its serial number, or all of
// node/NAME or user/NAME. It returns those that were good before.
func (c *CA) Revoke(what string, now time.Time) ([]Entry, error) {
	var done []Entry
	found := false
	for _, e := range c.Issued() {
		if !strings.EqualFold(e.Serial, what) && e.Holder() != what {
			continue
		}
		found = true
		if !e.Revoked.IsZero() {
			continue
		}
		e.Revoked = now.UTC().Truncate(time.Second)
		if err := c.note(e); err != nil {
			return done, err
		}
		done = append(done, e)
	}
	if !found {
		return nil, fmt.Errorf("revoke %.80q: no such certificate; srrctl ca list shows all, say a serial, node/NAME or user/NAME", what)
	}
	return done, nil
}

// List returns the signed list of what was revoked and would still be good, in
// PEM. Its number is the time, so that it grows whatever happened to the files.
func (c *CA) List(now time.Time) ([]byte, error) {
	t := &x509.RevocationList{Number: big.NewInt(now.UnixNano()), ThisUpdate: now.Add(-backdate), NextUpdate: now.Add(validList)}
	for _, e := range c.issued {
		if e.Revoked.IsZero() || now.After(e.NotAfter.Add(backdate)) && e.Kind != identity.KindRecords {
			continue
		}
		serial, ok := new(big.Int).SetString(e.Serial, 16)
		if !ok {
			return nil, fmt.Errorf("sign the list of revoked certificates: %.40q is no serial number", e.Serial)
		}
		t.RevokedCertificateEntries = append(t.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: e.Revoked})
	}
	der, err := x509.CreateRevocationList(rand.Reader, t, c.Certificate, c.key)
	if err != nil {
		return nil, fmt.Errorf("sign the list of revoked certificates: %w", err)
	}
	return identity.EncodeList(der), nil
}
