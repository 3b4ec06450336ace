package discovery

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"srr/internal/service"
)

// The failure TLV: code u8, 3 bytes reserved, exit i32, count u32, claim u64, the
// text. An unknown code is not an error: newer nodes may know more of them.
const failureFixed = 20

func appendFailure(b []byte, f *Failure) []byte {
	b = append(b, byte(f.Code), 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(int32(f.Exit)))
	b = binary.BigEndian.AppendUint32(b, uint32(f.Count))
	b = binary.BigEndian.AppendUint64(b, f.Claim)
	return append(b, f.Text...)
}

func parseFailure(v []byte) (Failure, error) {
	if len(v) < failureFixed {
		return Failure{}, fmt.Errorf("length %d, want at least %d", len(v), failureFixed)
	}
	return Failure{
		Code:  service.FailureCode(v[0]),
		Exit:  int(int32(binary.BigEndian.Uint32(v[4:]))),
		Count: int(binary.BigEndian.Uint32(v[8:])),
		Claim: binary.BigEndian.Uint64(v[12:]),
		Text:  string(v[failureFixed:]),
	}, nil
}

func (f *Failure) check() error {
	if f.Exit < math.MinInt32 || f.Exit > math.MaxInt32 {
		return fmt.Errorf("exit code %d: more than 32 bits", f.Exit)
	}
	if f.Count < 0 || f.Count > math.MaxInt32 {
		return fmt.Errorf("count %d: want 0 to %d", f.Count, math.MaxInt32)
	}
	return checkText("text", f.Text, maxFailure)
}

// nonEmpty reads a name whose absence is said by leaving the TLV out.
func nonEmpty(v []byte) (string, error) {
	if len(v) == 0 {
		return "", errors.New("empty")
	}
	return string(v), nil
}

func fromMilliseconds(v []byte) time.Duration {
	return time.Duration(binary.BigEndian.Uint32(v)) * time.Millisecond
}
