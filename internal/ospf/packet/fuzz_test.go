package packet

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzParseLSA: whatever is accepted is encoded as it was, has the size that it
// says and can be described.
func FuzzParseLSA(f *testing.F) {
	for _, b := range captures(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		l, rest, err := ParseLSA(b)
		if err != nil {
			return
		}
		used := b[:len(b)-len(rest)]
		if l.Size() != len(used) || int(l.Header.Length) != len(used) {
			t.Errorf("size %d, length %d, but %d bytes were read", l.Size(), l.Header.Length, len(used))
		}
		again, err := l.AppendBinary(nil)
		if err != nil || !bytes.Equal(again, used) {
			t.Errorf("encoded again: %v\n%x\n%x", err, again, used)
		}
		if !bytes.Equal(b, before) {
			t.Error("the input was modified")
		}
		if lines := l.Describe(); len(lines) > 8+2+len(b) || !SameContent(&l, &l) {
			t.Errorf("%d lines for %d bytes", len(lines), len(b))
		}
	})
}

// FuzzBody parses a body as every type, so that the fuzzer need not find the type.
func FuzzBody(f *testing.F) {
	for _, b := range captures(f) {
		f.Add(b[3], b[HeaderLen:])
	}
	f.Fuzz(func(t *testing.T, typ byte, body []byte) {
		parse := bodyParser(Type(typ))
		if parse == nil {
			return
		}
		got, err := parse(body)
		if err != nil {
			return
		}
		again, err := got.append(nil)
		if err != nil || !bytes.Equal(again, body) || got.size() != len(body) {
			t.Errorf("size %d, encoded again: %v\n%x\n%x", got.size(), err, again, body)
		}
		got.describe(Header{Type: Type(typ)})
	})
}

// FuzzChecksum: a sealed LSA always verifies, and the two ways to compute agree.
func FuzzChecksum(f *testing.F) {
	for _, b := range captures(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := VerifyChecksum(b); err == nil {
			h, _ := ParseHeader(b)
			if sum := Checksum(b[:h.Length]); sum != h.Checksum && !zeroForOnes(sum, h.Checksum) {
				t.Errorf("checksum %#x verifies, but computed is %#x", h.Checksum, sum)
			}
		} else if !errors.Is(err, ErrChecksum) {
			return
		}
		l, _, err := ParseRaw(b)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := l.Seal()
		if err != nil || VerifyChecksum(sealed) != nil {
			t.Errorf("sealed: %v, %v: %x", err, VerifyChecksum(sealed), sealed)
		}
	})
}

// zeroForOnes: modulo 255, an octet 0x00 is as good as 0xff.
func zeroForOnes(a, b uint16) bool {
	return a>>8%255 == b>>8%255 && a&0xff%255 == b&0xff%255
}
