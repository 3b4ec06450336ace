package packet

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestHeader(t *testing.T) {
	b := []byte{
		0x80, 0x2a, 0x42, 0x0b, // age 42 with DoNotAge, options O and E, type 11
		0xde, 0x00, 0x00, 0x07, 0x0a, 0x00, 0x00, 0x01,
		0x80, 0x00, 0x00, 0x01, 0x12, 0x34, 0x00, 0x14,
	}
	h, err := ParseHeader(b)
	want := Header{
		Age: 0x802a, Options: OptionE | OptionO, Type: TypeOpaqueAS, ID: 0xde000007,
		AdvRouter: 0x0a000001, Seq: InitialSeq, Checksum: 0x1234, Length: 20,
	}
	if err != nil || h != want {
		t.Fatalf("got %+v, %v", h, err)
	}
	if !h.DoNotAge() || h.AgeDuration() != 42*time.Second || h.IsMaxAge() {
		t.Errorf("age %v, do not age %v, MaxAge %v", h.AgeDuration(), h.DoNotAge(), h.IsMaxAge())
	}
	if got := h.Append(nil); !bytes.Equal(got, b) {
		t.Errorf("encoded again: %x", got)
	}
	if got := h.String(); got != "opaque AS 222.0.0.7 from 10.0.0.1 seq 0x80000001" {
		t.Errorf("String: %s", got)
	}
}

func TestHeaderErrorsNameTheField(t *testing.T) {
	fields := map[int]string{
		1: "age", 2: "options", 3: "type", 7: "link-state ID", 11: "advertising router",
		15: "sequence number", 17: "checksum", 19: "length",
	}
	for n, want := range fields {
		if _, err := ParseHeader(make([]byte, n)); err == nil || !strings.Contains(err.Error(), want+":") {
			t.Errorf("%d bytes: error %v, want one that names %q", n, err, want)
		}
	}
	b := make([]byte, 20)
	b[19] = 19
	if _, err := ParseHeader(b); err == nil || !strings.Contains(err.Error(), "length: 19") {
		t.Errorf("length 19: %v", err)
	}
	b[19] = 21
	if err := VerifyChecksum(b); err == nil || errors.Is(err, ErrChecksum) {
		t.Errorf("length above the bytes: %v", err)
	}
	b[19] = 20
	if err := VerifyChecksum(b); !errors.Is(err, ErrChecksum) {
		t.Errorf("checksum zero: %v", err)
	}
}

// TestCompare walks RFC 2328, section 13.1, in its order.
func TestCompare(t *testing.T) {
	base := Header{Age: 100, Seq: 5, Checksum: 500}
	with := func(f func(*Header)) Header { h := base; f(&h); return h }
	for name, c := range map[string]struct {
		a    Header
		want int
	}{
		"same":                            {base, 0},
		"higher sequence number":          {with(func(h *Header) { h.Seq = 6; h.Checksum = 1 }), 1},
		"sequence numbers are signed":     {with(func(h *Header) { h.Seq = InitialSeq }), -1},
		"larger checksum":                 {with(func(h *Header) { h.Checksum = 501; h.Age = 3000 }), 1},
		"MaxAge":                          {with(func(h *Header) { h.Age = 3600 }), 1},
		"above MaxAge is MaxAge":          {with(func(h *Header) { h.Age = 4000 }), 1},
		"MaxAge, do not age":              {with(func(h *Header) { h.Age = 0x8000 | 3600 }), 1},
		"older by MaxAgeDiff: same":       {with(func(h *Header) { h.Age = 1000 }), 0},
		"older by more than MaxAgeDiff":   {with(func(h *Header) { h.Age = 1001 }), -1},
		"do not age does not add 9 hours": {with(func(h *Header) { h.Age |= 0x8000 }), 0},
	} {
		if got := Compare(c.a, base); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if got := Compare(base, c.a); got != -c.want {
			t.Errorf("%s, the other way round: %d, want %d", name, got, -c.want)
		}
	}
}

func TestScopes(t *testing.T) {
	want := map[Type]Scope{
		1: ScopeArea, 2: ScopeArea, 3: ScopeArea, 4: ScopeArea, 5: ScopeAS, 6: ScopeArea, 7: ScopeArea,
		8: ScopeAS, 9: ScopeLink, 10: ScopeArea, 11: ScopeAS, 0: ScopeArea, 200: ScopeArea,
	}
	for typ, s := range want {
		if typ.Scope() != s {
			t.Errorf("%s: scope %s, want %s", typ, typ.Scope(), s)
		}
	}
}

func TestMask(t *testing.T) {
	for n := range 33 {
		if got, ok := Mask(n).MaskBits(); !ok || got != n {
			t.Errorf("Mask(%d) = %s: %d, %v", n, Mask(n), got, ok)
		}
	}
	for _, q := range []Quad{1, 0xff00ff00, 0x7fffffff, 0xfffffffd} {
		if n, ok := q.MaskBits(); ok {
			t.Errorf("%s is no mask, but it has length %d", q, n)
		}
	}
	if p, ok := Prefix(0x0a4903ff, 0xffffff00); !ok || p.String() != "10.73.3.0/24" {
		t.Errorf("Prefix: %s, %v", p, ok)
	}
}
