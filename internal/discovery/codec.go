package discovery

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"srr/internal/routerid"
)

// Sizes of an encoded record, in bytes.
const (
	MaxSize       = 1280 // what Encode produces at most
	SignatureRoom = 128  // what a signature TLV may add at the end, its header included
	headerSize    = 20
	// FormatMajor is the format that this code writes. A reader refuses a higher one.
	FormatMajor = 1
)

// Sentinels of Decode. Any other error: the record claims to be ours and is malformed.
var (
	// ErrForeign: not a record, or one of another cluster. To be ignored silently.
	ErrForeign = errors.New("record of another cluster")
	// ErrNewer: a record of this cluster that needs a newer srrd: a higher
	// major version, an unknown kind, or a TLV that must be understood.
	ErrNewer = errors.New("record needs a newer srrd")
)

// The header of an encoded record, big endian like everything that follows it:
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+---------------+---------------+---------------+---------------+
//	|      'S'      |      'R'      |      'R'      |     major     |
//	+---------------+---------------+---------------+---------------+
//	|                 first 8 bytes of the SHA-256                  |
//	|                    of the cluster's name                      |
//	+---------------+---------------+---------------+---------------+
//	|                      author's router ID                       |
//	+---------------+---------------+---------------+---------------+
//	|     kind      |                 reserved, 0                   |
//	+---------------+---------------+---------------+---------------+
//
// The first 16 bytes keep their meaning in every major version, so that a
// reader can tell "another cluster" from "too new for me".
var magic = []byte("SRR")

type kind uint8

const (
	kindNode        kind = 1
	kindInstance    kind = 2
	kindCertificate kind = 3
)

// ClusterHash is how a cluster's name appears in its records.
func ClusterHash(cluster string) [8]byte {
	sum := sha256.Sum256([]byte(cluster))
	return [8]byte(sum[:8])
}

// Encode returns r as it is flooded in the named cluster, a multiple of four
// bytes and at most MaxSize. Texts for people are cut to their limits and
// cleaned of what cannot be printed; anything else out of range is an error
// that names the field, as is a record that is too large.
func Encode(cluster string, r Record) ([]byte, error) {
	r = r.tidy()
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("encode record of %s: %w", r.describe(), err)
	}
	w := writer{b: appendHeader(make([]byte, 0, 256), cluster, &r), fields: make([]field, 0, 16)}
	w.version(&r)
	switch {
	case r.Node != nil:
		w.node(r.Node)
	case r.Instance != nil:
		w.instance(r.Instance)
	default:
		w.certificate(r.Certificate)
	}
	if len(w.b) > MaxSize {
		most := w.largest()
		return nil, fmt.Errorf("encode record of %s: %d bytes, at most %d: %s alone takes %d",
			r.describe(), len(w.b), MaxSize, most.tag, most.size)
	}
	return w.b, nil
}

func appendHeader(b []byte, cluster string, r *Record) []byte {
	hash := ClusterHash(cluster)
	b = append(append(b, magic...), FormatMajor)
	b = append(b, hash[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(r.Author))
	k := kindNode
	switch {
	case r.Instance != nil:
		k = kindInstance
	case r.Certificate != nil:
		k = kindCertificate
	}
	return append(b, byte(k), 0, 0, 0)
}

// Decode reads what Encode wrote. The author is the one that the medium
// vouches for; a record that names another one is an error. Unknown TLVs are
// skipped, a signature TLV is not verified here. The errors are described at the
// sentinels; Decode never returns half a record.
func Decode(cluster string, author routerid.ID, b []byte) (Record, error) {
	k, err := decodeHeader(cluster, author, b)
	if err != nil {
		return Record{}, err
	}
	var d decoder
	if err := d.walk(k, b[headerSize:]); err != nil {
		return Record{}, fmt.Errorf("decode record of %s: %w", author, err)
	}
	r := d.record(author, k)
	if err := r.check(); err != nil {
		return Record{}, fmt.Errorf("decode record of %s: %w", r.describe(), err)
	}
	return r, nil
}

func decodeHeader(cluster string, author routerid.ID, b []byte) (kind, error) {
	if !bytes.HasPrefix(b, magic) {
		return 0, ErrForeign
	}
	if len(b) < headerSize {
		return 0, fmt.Errorf("decode record of %s: header of %d bytes, want %d", author, len(b), headerSize)
	}
	if hash := ClusterHash(cluster); !bytes.Equal(b[4:12], hash[:]) {
		return 0, ErrForeign
	}
	if b[3] > FormatMajor {
		return 0, fmt.Errorf("decode record of %s: format %d, know %d: %w", author, b[3], FormatMajor, ErrNewer)
	}
	k := kind(b[16])
	named := routerid.ID(binary.BigEndian.Uint32(b[12:]))
	switch {
	case b[3] == 0:
		return 0, fmt.Errorf("decode record of %s: format 0", author)
	case len(b)%4 != 0 || len(b) > MaxSize+SignatureRoom:
		return 0, fmt.Errorf("decode record of %s: length %d", author, len(b))
	case named != author:
		return 0, fmt.Errorf("decode record of %s: written by %s", author, named)
	case k != kindNode && k != kindInstance && k != kindCertificate:
		return 0, fmt.Errorf("decode record of %s: kind %d: %w", author, k, ErrNewer)
	}
	return k, nil
}

// describe names r for an error message.
func (r *Record) describe() string {
	if r.Instance != nil {
		return fmt.Sprintf("%s, service %.40q", r.Author, r.Instance.Service)
	}
	if r.Certificate != nil {
		return r.Author.String() + ", certificate"
	}
	return r.Author.String() + ", node"
}
