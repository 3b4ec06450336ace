package discovery

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// A signature TLV: the key's ID, 8 bytes, and an Ed25519 signature (RFC 8032).
const (
	signatureSize    = len(KeyID{}) + ed25519.SignatureSize
	signatureTLVSize = 4 + signatureSize
)

// signContext stands before what is signed, so that nothing else that the key
// may ever sign passes for a record.
const signContext = "SRR record, format 1\x00"

// ErrNotTrusted is wrapped by every error that says that a record is not proved
// to be its author's.
var ErrNotTrusted = errors.New("not trusted")

// ErrUnsigned: there is no signature at the end.
var ErrUnsigned = fmt.Errorf("%w: it has no signature", ErrNotTrusted)

// KeyID tells the keys of an author apart: the first 8 bytes of the SHA-256 of
// the public key. It proves nothing.
type KeyID [8]byte

// KeyIDOf returns the ID of a key.
func KeyIDOf(key ed25519.PublicKey) KeyID {
	sum := sha256.Sum256(key)
	return KeyID(sum[:8])
}

// Sign appends a signature to an encoded record. It may be longer than MaxSize
// then, by less than SignatureRoom.
func Sign(b []byte, id KeyID, sign func(message []byte) ([]byte, error)) ([]byte, error) {
	sig, err := sign(signed(b))
	if err != nil {
		return nil, fmt.Errorf("sign a record: %w", err)
	}
	if len(sig) != ed25519.SignatureSize {
		return nil, fmt.Errorf("sign a record: a signature of %d bytes, want %d", len(sig), ed25519.SignatureSize)
	}
	b = binary.BigEndian.AppendUint16(b[:len(b):len(b)], uint16(tagSignature))
	b = binary.BigEndian.AppendUint16(b, uint16(signatureSize))
	return append(append(b, id[:]...), sig...), nil
}

// Signature takes a signed record apart: what was signed, by which key, and the
// signature. Whether it is good is not asked here. The error is ErrUnsigned.
func Signature(b []byte) (message []byte, id KeyID, sig []byte, err error) {
	at := len(b) - signatureTLVSize
	if at < headerSize || tag(binary.BigEndian.Uint16(b[at:])) != tagSignature || int(binary.BigEndian.Uint16(b[at+2:])) != signatureSize {
		return nil, KeyID{}, nil, ErrUnsigned
	}
	value := b[at+4:]
	return signed(b[:at]), KeyID(value[:len(id)]), value[len(id):], nil
}

func signed(b []byte) []byte { return append([]byte(signContext), b...) }
