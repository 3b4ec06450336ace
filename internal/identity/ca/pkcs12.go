package ca

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/base32"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// PKCS12 returns key, certificate and CA as browsers import them (RFC 7292), and the
// password: 80 random bits, in words that can be typed.
func PKCS12(key crypto.PrivateKey, cert, root *x509.Certificate) (file []byte, password string, err error) {
	var b [10]byte
	if _, err := rand.Read(b[:]); err != nil {
		return nil, "", err
	}
	word := strings.ToLower(base32.StdEncoding.EncodeToString(b[:])) // 16 letters and digits
	password = word[:4] + "-" + word[4:8] + "-" + word[8:12] + "-" + word[12:]
	file, err = pkcs12.Modern2023.Encode(key, cert, []*x509.Certificate{root}, password)
	if err != nil {
		return nil, "", fmt.Errorf("encode PKCS #12: %w", err)
	}
	return file, password, nil
}
