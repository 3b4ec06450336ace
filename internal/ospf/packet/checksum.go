package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Offsets in an encoded LSA. The checksum leaves out the age, which changes on
// the way (RFC 2328, section 12.1.7).
const (
	ageSize        = 2
	checksumOffset = 16
	lengthOffset   = 18
)

// ErrChecksum is the error of an LSA whose checksum does not match. RFC 2328,
// section 13 (1): discard it.
var ErrChecksum = errors.New("checksum does not match")

// Checksum computes the checksum of an encoded LSA, whatever its checksum
// field holds: the Fletcher checksum of ISO 8473, RFC 905, annex B. b holds
// exactly one LSA of at least HeaderLen bytes.
func Checksum(b []byte) uint16 {
	b = b[ageSize:]
	const at = checksumOffset - ageSize
	var c0, c1 int
	for i, v := range b {
		if i == at || i == at+1 {
			v = 0
		}
		c0 += int(v)
		if c0 >= 255 {
			c0 -= 255
		}
		c1 += c0
		if c1 >= 255 {
			c1 -= 255
		}
	}
	x := ((len(b)-at-1)*c0 - c1) % 255
	if x <= 0 {
		x += 255
	}
	y := 510 - c0 - x
	if y > 255 {
		y -= 255
	}
	return uint16(x)<<8 | uint16(y)
}

// VerifyChecksum checks the first LSA in b, of the length that its header
// claims. The error is ErrChecksum, or that of a header that cannot be read.
// A checksum of zero is never valid (RFC 2328, section 12.1.7).
func VerifyChecksum(b []byte) error {
	h, err := ParseHeader(b)
	if err != nil {
		return err
	}
	if int(h.Length) > len(b) {
		return fmt.Errorf("length: %d, but only %d bytes", h.Length, len(b))
	}
	b = b[:h.Length]
	if h.Checksum == 0 || !fletcherZero(b[ageSize:]) {
		return ErrChecksum
	}
	return nil
}

// fletcherZero reports whether both sums over b, checksum included, vanish
// modulo 255. This accepts 0x00 and 0xff for each other, as other routers do.
func fletcherZero(b []byte) bool {
	var c0, c1 int
	for _, v := range b {
		c0 = (c0 + int(v)) % 255
		c1 = (c1 + c0) % 255
	}
	return c0 == 0 && c1 == 0
}

// putLengthAndChecksum completes an encoded LSA.
func putLengthAndChecksum(b []byte) {
	binary.BigEndian.PutUint16(b[lengthOffset:], uint16(len(b)))
	binary.BigEndian.PutUint16(b[checksumOffset:], Checksum(b))
}
