package packet

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// captures returns the LSAs in testdata by name.
func captures(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.hex")
	if err != nil || len(files) < 14 {
		t.Fatalf("testdata: %d captures, %v", len(files), err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out[strings.TrimSuffix(f, ".hex")] = b
	}
	return out
}

func TestCapturesRoundTripAndDescribe(t *testing.T) {
	for name, b := range captures(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			if err := VerifyChecksum(b); err != nil {
				t.Fatal(err)
			}
			l, rest, err := ParseLSA(append(bytes.Clone(b), "rest"...))
			if err != nil || string(rest) != "rest" {
				t.Fatalf("rest %q, %v", rest, err)
			}
			if _, raw := l.Body.(Raw); raw {
				t.Error("the body was not decoded")
			}
			again, err := l.AppendBinary(nil)
			if err != nil || !bytes.Equal(again, b) {
				t.Errorf("encoded again: %v\n%x\n%x", err, again, b)
			}
			golden(t, name+".txt", strings.Join(l.Describe(), "\n")+"\n")
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

// TestSealRestoresChecksum computes what FRR and BIRD have computed.
func TestSealRestoresChecksum(t *testing.T) {
	for name, b := range captures(t) {
		l, _, err := ParseLSA(b)
		if err != nil {
			t.Fatal(err)
		}
		l.Header.Checksum, l.Header.Length = 0, 0
		sealed, err := l.Seal()
		if err != nil || !bytes.Equal(sealed, b) {
			t.Errorf("%s: %v\n%x\n%x", name, err, sealed, b)
		}
	}
}

// TestEveryFlippedBitIsSeen: no single bit error passes the checksum, but the age is not covered.
func TestEveryFlippedBitIsSeen(t *testing.T) {
	for name, b := range captures(t) {
		for bit := 8 * ageSize; bit < 8*len(b); bit++ {
			c := bytes.Clone(b)
			c[bit/8] ^= 1 << (bit % 8)
			if err := VerifyChecksum(c); err == nil {
				t.Errorf("%s: bit %d flipped, and nobody noticed", name, bit)
			}
		}
		b[0] ^= 1
		if err := VerifyChecksum(b); err != nil {
			t.Errorf("%s: the age must not count: %v", name, err)
		}
	}
}

// TestEveryTruncation: a part of an LSA is an error, whether the header admits it or not.
func TestEveryTruncation(t *testing.T) {
	for name, b := range captures(t) {
		for n := range b {
			if _, _, err := ParseLSA(b[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes were enough", name, n, len(b))
			}
		}
	}
}
