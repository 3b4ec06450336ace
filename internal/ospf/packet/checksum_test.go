package packet

import (
	"encoding/binary"
	"errors"
	"testing"
)

// TestChecksumNeverHasAZeroOctet: the standard writes 255 for zero, and zero
// means "not computed" (RFC 2328, section 12.1.7). Some LSA of these would have
// the checksum 0x0000 otherwise; with it, it is refused although the sums vanish.
func TestChecksumNeverHasAZeroOctet(t *testing.T) {
	seen := false
	for v := range uint32(1 << 17) {
		l := LSA{Header: Header{Type: TypeOpaqueAS}, Body: &Opaque{Data: binary.BigEndian.AppendUint32(nil, v)}}
		b, err := l.Seal()
		if err != nil {
			t.Fatal(err)
		}
		sum := l.Header.Checksum
		if sum>>8 == 0 || sum&0xff == 0 {
			t.Fatalf("data %08x: checksum %04x", v, sum)
		}
		if sum != 0xffff {
			continue
		}
		seen = true
		binary.BigEndian.PutUint16(b[checksumOffset:], 0)
		if err := VerifyChecksum(b); !errors.Is(err, ErrChecksum) {
			t.Errorf("data %08x: checksum 0x0000: %v", v, err)
		}
	}
	if !seen {
		t.Error("no LSA with checksum 0xffff among them")
	}
}
