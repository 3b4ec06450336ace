package identity

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"

	"srr/internal/agent/trust"
)

// maxFile bounds what is read of one file.
const maxFile = 1 << 20

// The blocks of PEM files.
const (
	pemCertificate = "CERTIFICATE"
	pemKey         = "PRIVATE KEY" // PKCS #8
	pemList        = "X509 CRL"
)

// readFile reads what nobody but root could have written. A secret must be
// readable by nobody else either.
func readFile(path string, secret bool) ([]byte, error) {
	if err := trust.File(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if secret && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (chmod 600 %s)", path, path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("%s: more than %d bytes", path, maxFile)
	}
	return b, err
}

// blocks returns the blocks of one type in a PEM file, which holds nothing else.
func blocks(path string, secret bool, typ string) ([][]byte, error) {
	b, err := readFile(path, secret)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for {
		block, rest := pem.Decode(b)
		if block == nil {
			break
		}
		if block.Type != typ {
			return nil, fmt.Errorf("%s: holds a %.40q, want %s", path, block.Type, typ)
		}
		all, b = append(all, block.Bytes), rest
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: holds no %s in PEM", path, typ)
	}
	return all, nil
}

// ReadCertificates reads a PEM file of certificates.
func ReadCertificates(path string) ([]*x509.Certificate, error) {
	return parseAll(path, pemCertificate, x509.ParseCertificate)
}

// ReadLists reads a PEM file of revocation lists.
func ReadLists(path string) ([]*x509.RevocationList, error) {
	return parseAll(path, pemList, x509.ParseRevocationList)
}

func parseAll[T any](path, typ string, parse func([]byte) (T, error)) ([]T, error) {
	all, err := blocks(path, false, typ)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(all))
	for i, b := range all {
		if out[i], err = parse(b); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return out, nil
}

// readAuthorities reads certificates of CAs.
func readAuthorities(path string) ([]*x509.Certificate, error) {
	certs, err := ReadCertificates(path)
	if err != nil {
		return nil, err
	}
	for _, c := range certs {
		if !c.BasicConstraintsValid || !c.IsCA {
			return nil, fmt.Errorf("%s: %.100q is no CA", path, c.Subject)
		}
	}
	return certs, nil
}

// ReadKey reads a private key, which must be secret.
func ReadKey(path string) (crypto.Signer, error) {
	all, err := blocks(path, true, pemKey)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(all[0])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok || len(all) != 1 {
		return nil, fmt.Errorf("%s: want one key that signs", path)
	}
	return signer, nil
}

// EncodeKey returns a private key as ReadKey reads it.
func EncodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: der}), nil
}

// EncodeCertificates returns certificates as ReadCertificates reads them.
func EncodeCertificates(certs ...*x509.Certificate) []byte {
	var b []byte
	for _, c := range certs {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: c.Raw})...)
	}
	return b
}

// EncodeList returns a revocation list as ReadLists reads it.
func EncodeList(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemList, Bytes: der})
}
