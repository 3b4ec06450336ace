package packet

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// reader walks over a body. The first field that does not fit sets err, and
// everything read after it is zero, so that a parser checks once at its end.
type reader struct {
	b   []byte
	err error
}

func (r *reader) take(n int, field string) []byte {
	if r.err != nil {
		return nil
	}
	if len(r.b) < n {
		r.err = fmt.Errorf("%s: %d bytes left, want %d", field, len(r.b), n)
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) u8(field string) uint8 {
	if b := r.take(1, field); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u16(field string) uint16 {
	if b := r.take(2, field); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) u24(field string) uint32 {
	if b := r.take(3, field); b != nil {
		return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
	}
	return 0
}

func (r *reader) u32(field string) uint32 {
	if b := r.take(4, field); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) quad(field string) Quad { return Quad(r.u32(field)) }

// rest returns a copy of what is left; nil if nothing is.
func (r *reader) rest() []byte {
	b := bytes.Clone(r.b)
	r.b = nil
	if len(b) == 0 {
		return nil
	}
	return b
}

// end tells whether anything was wrong: a field, or bytes after the last one.
func (r *reader) end(last string) error {
	if r.err == nil && len(r.b) > 0 {
		r.err = fmt.Errorf("%d bytes after the last %s", len(r.b), last)
	}
	return r.err
}

// appendU24 writes the low 24 bits; callers have checked the range.
func appendU24(b []byte, v uint32) []byte {
	return append(b, byte(v>>16), byte(v>>8), byte(v))
}
