package ca

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"os"

	"srr/internal/durable"
	"srr/internal/identity"
)

// PrivateKeys are the keys of a node, where they are made.
type PrivateKeys struct {
	TLS     crypto.Signer
	Records ed25519.PrivateKey
}

// NewPrivateKeys makes the keys of a node.
func NewPrivateKeys() (PrivateKeys, error) {
	key, err := NewKey()
	if err != nil {
		return PrivateKeys{}, fmt.Errorf("make a key: %w", err)
	}
	_, records, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return PrivateKeys{}, fmt.Errorf("make a key: %w", err)
	}
	return PrivateKeys{key, records}, nil
}

// Public returns what is to be certified.
func (p PrivateKeys) Public() NodeKeys {
	return NodeKeys{p.TLS.Public(), p.Records.Public().(ed25519.PublicKey)}
}

// WriteNode writes the directory of a node, as identity.Open reads it. Without
// keys, those that are there stay: a renewal.
func WriteNode(dir string, root *x509.Certificate, list []byte, certs NodeCertificates, keys *PrivateKeys) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write certificates: %w", err)
	}
	d, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("write certificates: %w", err)
	}
	defer d.Close()
	files, err := nodeFiles(root, list, certs, keys)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := durable.WriteFile(d, f.name, f.text, f.mode); err != nil {
			return fmt.Errorf("write %s in %s: %w", f.name, dir, err)
		}
	}
	return nil
}

type file struct {
	name string
	text []byte
	mode os.FileMode
}

func nodeFiles(root *x509.Certificate, list []byte, certs NodeCertificates, keys *PrivateKeys) ([]file, error) {
	files := []file{
		{identity.FileNode, identity.EncodeCertificates(certs.TLS), 0o644},
		{identity.FileRecords, identity.EncodeCertificates(certs.Records), 0o644},
		{identity.FileLists, list, 0o644},
		{identity.FileCA, identity.EncodeCertificates(root), 0o644},
	}
	if keys == nil {
		return files, nil
	}
	speak, err := identity.EncodeKey(keys.TLS)
	if err != nil {
		return nil, err
	}
	sign, err := identity.EncodeKey(keys.Records)
	if err != nil {
		return nil, err
	}
	return append([]file{{identity.FileNodeKey, speak, 0o600}, {identity.FileRecordsKey, sign, 0o600}}, files...), nil
}
