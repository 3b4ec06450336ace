// Package enrol gives a new node its certificates for a token that is good once.
//
// The token carries the address of a node where the CA is, the SHA-256 of the
// CA's certificate, and a secret. The node connects by TLS and takes only a
// server that this CA vouches for. It sends requests for certificates of keys
// that never leave it, and proves the secret by an HMAC over them that is bound to the
// connection; so does the server. What the certificates say stands in the token
// at the server: the node has no word in it.
package enrol

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"

	"srr/internal/identity/ca"
)

// Token is what an operator carries to the new node.
type Token struct {
	Server string // HOST:PORT of the HTTPS server of the node where the CA is
	CA     [sha256.Size]byte
	ID     ca.TokenID
	Secret [32]byte
}

const prefix = "srr-join-1."

var encoding = base64.RawURLEncoding.Strict()

// fixed is the length of all but the server.
const fixed = len(ca.TokenID{}) + 32 + sha256.Size

// String is the token in one word.
func (t Token) String() string {
	b := append(t.ID[:], t.Secret[:]...)
	b = append(append(b, t.CA[:]...), t.Server...)
	return prefix + encoding.EncodeToString(append(b, check(b)...))
}

// check tells a token that was copied in part, or by hand, from a whole one.
func check(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:4]
}

// ParseToken reads what String wrote.
func ParseToken(s string) (Token, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(s), prefix)
	if !ok || len(text) > 1000 {
		return Token{}, fmt.Errorf("this is no token of srrctl token: it begins with %q", prefix)
	}
	b, err := encoding.DecodeString(text)
	end := len(b) - 4
	if err != nil || end <= fixed || !bytes.Equal(b[end:], check(b[:end])) {
		return Token{}, errors.New("the token is damaged: was all of it copied?")
	}
	b = b[:end]
	t := Token{ID: ca.TokenID(b[:8]), Secret: [32]byte(b[8:40]), CA: [32]byte(b[40:72]), Server: string(b[72:])}
	return t, CheckServer(t.Server)
}

// CheckServer refuses what is no HOST:PORT.
func CheckServer(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err == nil && (host == "" || port == "" || strings.ContainsAny(s, "/@? \t\n")) {
		err = errors.New("want HOST:PORT")
	}
	if err != nil {
		return fmt.Errorf("server %.80q: %w", s, err)
	}
	return nil
}

// request is what a node sends.
type request struct {
	ID      ca.TokenID `json:"id"`
	TLS     []byte     `json:"tls"`     // PKCS #10, DER
	Records []byte     `json:"records"` // the same
	MAC     []byte     `json:"mac"`
}

// answer is what it gets, in PEM.
type answer struct {
	CA      []byte `json:"ca"`
	TLS     []byte `json:"tls"`
	Records []byte `json:"records"`
	List    []byte `json:"list"`
	MAC     []byte `json:"mac"`
}

func (r *request) mac(secret []byte, binding []byte) []byte {
	return mac(secret, "request", binding, r.ID[:], r.TLS, r.Records)
}

func (a *answer) mac(secret []byte, binding []byte) []byte {
	return mac(secret, "answer", binding, a.CA, a.TLS, a.Records, a.List)
}

// mac is the HMAC of parts, each by its own hash, so that none runs into the next.
func mac(secret []byte, what string, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, secret)
	for _, p := range append([][]byte{[]byte("SRR enrolment, " + what)}, parts...) {
		sum := sha256.Sum256(p)
		h.Write(sum[:])
	}
	return h.Sum(nil)
}

// bindingOf is known to the two ends of one TLS connection only (RFC 9266).
func bindingOf(state *tls.ConnectionState) ([]byte, error) {
	if state == nil || !state.HandshakeComplete {
		return nil, errors.New("enrolment needs TLS")
	}
	return state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
}
