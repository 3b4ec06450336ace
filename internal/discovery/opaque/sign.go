package opaque

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/signed"
)

// Signatures are the mode, and who knows the keys; the latter is needed unless
// the mode is off.
type Signatures struct {
	Mode      signed.Mode
	Authority signed.Authority
}

// Check says why they cannot be used.
func (s *Signatures) Check() error {
	if s.Mode != signed.Off && (s.Authority == nil || s.Authority.Signer() == nil) {
		return errors.New("signatures are asked for and this node has no key for records")
	}
	return nil
}

// Sign changes how records are signed and verified. Another value is taken over
// with the next Step: everything is judged again, and flooded again where it has
// to be.
func (c *Core) Sign(s *Signatures) { c.signing = s }

// encode returns a record as it is flooded.
func (c *Core) encode(r *discovery.Record) ([]byte, error) {
	b, err := c.o.Codec.Encode(r)
	if err != nil || c.signing.Mode == signed.Off {
		return b, err
	}
	s := c.signing.Authority.Signer()
	return discovery.Sign(b, discovery.KeyIDOf(s.Public), s.Sign)
}

// fresh returns the records that may be flooded.
func (c *Core) fresh() []discovery.Record {
	past := func(r discovery.Record) bool { return r.Version.Incarnation <= c.floor }
	fresh := c.wanted
	if slices.ContainsFunc(fresh, past) {
		fresh = slices.DeleteFunc(slices.Clone(fresh), past)
	}
	return c.withCertificate(slices.Clip(fresh))
}

// withCertificate adds the certificate of this node's key to what is flooded,
// under the incarnation of the rest, and once more with each new one.
func (c *Core) withCertificate(records []discovery.Record) []discovery.Record {
	signing := c.signing
	if signing.Mode == signed.Off {
		return records
	}
	for _, r := range records {
		if r.Node != nil {
			r.Node, r.Certificate = nil, signing.Authority.Signer().Certificate
			r.Version.Counter = signing.Authority.Version() + 1
			return append(records, r)
		}
	}
	return records
}

// renew takes over new certificates, lists and modes: everything is judged
// again, and what was signed otherwise is flooded again.
func (c *Core) renew(now time.Time) error {
	t := c.db.trust
	before := t.own
	events, changed := t.renew(c.signing)
	if !changed {
		return nil
	}
	c.emit(events...)
	if err := c.disowned(); err != nil {
		return err
	}
	c.nextAudit = time.Time{}
	if t.own != before {
		c.outbox.repeat() // who joins later hears of the new key only
	}
	c.accept(now)
	return nil
}

// disowned says why nobody who asks for proof believes this node. It must not run
// services then, because the others start them: the medium counts as lost.
func (c *Core) disowned() error {
	signing := c.signing
	if signing.Mode != signed.Require {
		return nil
	}
	if _, _, err := signing.Authority.Certify(signing.Authority.Signer().Certificate); err != nil {
		return refusal{fmt.Errorf("no other node believes this one: its certificate for records: %w", err)}
	}
	return nil
}

// ofCertificate: certificates are the business of media.
func ofCertificate(e discovery.Event) bool {
	switch e := e.(type) {
	case discovery.Seen:
		return e.Record.Certificate != nil
	case discovery.Gone:
		return e.Key.OfCertificate()
	case discovery.Refused:
		return e.Key.OfCertificate() // like the node's own record, which is told
	}
	return false
}

// repeat has everything originated again though it says the same.
func (o *outbox) repeat() {
	for k, s := range o.sent {
		s.version = discovery.Version{}
		o.stir(k)
	}
}
