package discovery

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"
)

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func signWith(t testing.TB, k ed25519.PrivateKey, b []byte) []byte {
	t.Helper()
	out, err := Sign(b, KeyIDOf(k.Public().(ed25519.PublicKey)), func(m []byte) ([]byte, error) { return ed25519.Sign(k, m), nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A signed record is the record, and any change of a byte is noticed.
func TestSignature(t *testing.T) {
	public := key(1).Public().(ed25519.PublicKey)
	for name, r := range goldenRecords() {
		plain := mustEncode(t, r)
		b := signWith(t, key(1), plain)
		if len(b)-len(plain) > SignatureRoom || len(b)%4 != 0 {
			t.Errorf("%s: %d bytes more", name, len(b)-len(plain))
		}
		if got, err := Decode(cluster, r.Author, b); err != nil || got.Key() != r.Key() || got.Version != r.Version {
			t.Errorf("%s: %v", name, err)
		}
		good := func(b []byte) bool {
			m, id, sig, err := Signature(b)
			return err == nil && id == KeyIDOf(public) && ed25519.Verify(public, m, sig)
		}
		if !good(b) {
			t.Errorf("%s: not good", name)
		}
		for i := range b {
			changed := bytes.Clone(b)
			changed[i] ^= 1
			if good(changed) {
				t.Errorf("%s: byte %d may be changed", name, i)
			}
		}
		for n := range len(b) {
			if good(b[:n]) {
				t.Errorf("%s: %d bytes are enough", name, n)
			}
		}
		if _, _, _, err := Signature(plain); !errors.Is(err, ErrUnsigned) || !errors.Is(err, ErrNotTrusted) {
			t.Errorf("%s: %v", name, err)
		}
		if good(append(bytes.Clone(b), b[len(b)-signatureTLVSize:]...)) {
			t.Errorf("%s: two signatures", name)
		}
	}
}

// The signature of a record counts for nothing in another: its parts cannot be
// exchanged.
func TestSplicedSignature(t *testing.T) {
	public := key(1).Public().(ed25519.PublicKey)
	var all [][]byte
	for _, r := range goldenRecords() {
		all = append(all, signWith(t, key(1), mustEncode(t, r)))
	}
	for i, a := range all {
		for j, b := range all {
			at := len(a) - signatureTLVSize
			m, _, sig, err := Signature(append(bytes.Clone(a[:at]), b[len(b)-signatureTLVSize:]...))
			if ok := err == nil && ed25519.Verify(public, m, sig); ok != (i == j) {
				t.Errorf("record %d with the signature of %d: %t", i, j, ok)
			}
		}
	}
}

// Nothing that was not signed as a record is one.
func TestSignContext(t *testing.T) {
	plain := mustEncode(t, goldenRecords()["node"])
	raw, err := Sign(plain, KeyID{}, func(m []byte) ([]byte, error) { return ed25519.Sign(key(1), m[len(signContext):]), nil })
	if err != nil {
		t.Fatal(err)
	}
	m, _, sig, err := Signature(raw)
	if !bytes.HasPrefix(m, []byte("SRR record, format 1\x00")) {
		t.Errorf("signed: %q", m[:24])
	}
	if err != nil || ed25519.Verify(key(1).Public().(ed25519.PublicKey), m, sig) {
		t.Errorf("%v", err)
	}
	if _, err := Sign(plain, KeyID{}, func([]byte) ([]byte, error) { return []byte("short"), nil }); err == nil {
		t.Error("a short signature was taken")
	}
}

// FuzzSignature: whatever arrives, what verifies is, byte for byte, what was signed.
func FuzzSignature(f *testing.F) {
	public := key(1).Public().(ed25519.PublicKey)
	for _, r := range goldenRecords() {
		b := signWith(f, key(1), mustEncode(f, r))
		f.Add(b)
		f.Add(append(b, b[len(b)-signatureTLVSize:]...))
		f.Add(b[:len(b)-4])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, id, sig, err := Signature(b)
		if err != nil || id != KeyIDOf(public) || !ed25519.Verify(public, m, sig) {
			return
		}
		if again := signWith(t, key(1), b[:len(b)-signatureTLVSize]); !bytes.Equal(again, b) {
			t.Fatal("it verifies, and was not made so")
		}
	})
}
