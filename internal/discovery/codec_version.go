package discovery

import (
	"encoding/binary"
	"errors"

	"srr/internal/routerid"
)

// The version TLV: incarnation u64, counter u64, nonce u64, boot ID 16 bytes.
const versionSize = 40

func (w *writer) version(r *Record) {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, versionSize), r.Version.Incarnation)
	b = binary.BigEndian.AppendUint64(b, r.Version.Counter)
	b = binary.BigEndian.AppendUint64(b, r.Nonce)
	w.put(tagVersion, append(b, r.Boot[:]...))
}

func (d *decoder) version(v []byte) error {
	if err := size(v, versionSize); err != nil {
		return err
	}
	d.head.Version.Incarnation = binary.BigEndian.Uint64(v)
	d.head.Version.Counter = binary.BigEndian.Uint64(v[8:])
	d.head.Nonce = binary.BigEndian.Uint64(v[16:])
	d.head.Boot = BootID(v[24:])
	return nil
}

// record assembles what walk collected.
func (d *decoder) record(author routerid.ID, k kind) Record {
	r := d.head
	r.Author = author
	switch k {
	case kindNode:
		r.Node = &d.node
	case kindCertificate:
		r.Certificate = d.certificate
	default:
		for k := range d.inst.Confirmed {
			d.inst.Confirmed[k].Service = d.inst.Service
		}
		r.Instance = &d.inst
	}
	return r
}

// tidy returns r with the texts for people cut and cleaned. It shares nothing
// that it changes.
func (r Record) tidy() Record {
	if r.Node != nil {
		n := r.Node.tidy()
		r.Node = &n
	}
	if r.Instance != nil {
		i := r.Instance.tidy()
		r.Instance = &i
	}
	return r
}

// check refuses what must not be in a record, on the way out and on the way in.
func (r *Record) check() error {
	switch {
	case r.Author == 0:
		return errors.New("author is 0.0.0.0")
	case r.Version.Incarnation == 0:
		return errors.New("incarnation is 0")
	case r.Version.Incarnation > MaxIncarnation:
		return errors.New("incarnation is above 2^62: none would be left to begin with")
	case r.Version.Counter == 0:
		return errors.New("counter is 0")
	case r.Certificate != nil && (r.Node != nil || r.Instance != nil), r.Node != nil && r.Instance != nil:
		return errors.New("more than one of node, instance and certificate")
	case r.Node != nil:
		return r.Node.check()
	case r.Instance != nil:
		return r.Instance.check()
	case r.Certificate != nil:
		return checkCertificate(r.Certificate)
	}
	return errors.New("neither node nor instance nor certificate")
}
