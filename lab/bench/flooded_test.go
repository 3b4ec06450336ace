package bench

import (
	"encoding/binary"
	"testing"
)

// update makes an IPv4 packet with a Link State Update of these LSA types,
// 28 bytes each.
func update(types ...byte) []byte {
	p := make([]byte, 20+28)
	p[0], p[9] = 0x45, 89
	p[20], p[21] = 2, 4
	binary.BigEndian.PutUint32(p[44:], uint32(len(types)))
	for _, kind := range types {
		lsa := make([]byte, 28)
		lsa[3] = kind
		binary.BigEndian.PutUint16(lsa[18:], 28)
		p = append(p, lsa...)
	}
	return p
}

func TestOpaqueLSAs(t *testing.T) {
	p := update(1, 11, 5, 10)
	if lsas, bytes := opaqueLSAs(p); lsas != 2 || bytes != 56 {
		t.Errorf("got %d LSAs, %d bytes", lsas, bytes)
	}
	// Nothing that comes over the wire may be a panic.
	for n := range p {
		opaqueLSAs(p[:n])
	}
	zero := update(11)
	binary.BigEndian.PutUint16(zero[20+28+18:], 0)
	if lsas, _ := opaqueLSAs(zero); lsas != 0 {
		t.Errorf("an LSA of length 0 counts")
	}
	tcp := update(11)
	tcp[9] = 6
	if lsas, _ := opaqueLSAs(tcp); lsas != 0 {
		t.Errorf("TCP counts")
	}
}
