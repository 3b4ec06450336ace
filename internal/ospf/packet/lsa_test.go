package packet

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bodyCase is a body in bytes as the RFC draws it and what it means.
type bodyCase struct {
	name string
	typ  Type
	hex  string // spaces and line breaks do not count
	want Body
}

func (c bodyCase) bytes(t *testing.T) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(c.hex), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// testBodies parses, compares, encodes again, and cuts off every number of bytes.
func testBodies(t *testing.T, cases []bodyCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			body := c.bytes(t)
			l := LSA{Header: Header{Type: c.typ}, Body: Raw(body)}
			b, err := l.Seal()
			if err != nil {
				t.Fatal(err)
			}
			got, rest, err := ParseLSA(b)
			if err != nil || len(rest) != 0 {
				t.Fatalf("rest %x, %v", rest, err)
			}
			if d := cmp.Diff(c.want, got.Body); d != "" {
				t.Errorf("body (-want +got):\n%s", d)
			}
			if again, err := got.AppendBinary(nil); err != nil || !bytes.Equal(again, b) {
				t.Errorf("encoded again: %v\n%x\n%x", err, again, b)
			}
			if got.Size() != len(b) {
				t.Errorf("size %d, want %d", got.Size(), len(b))
			}
			testCuts(t, c.typ, body)
		})
	}
}

// testCuts: what is left of a body is an error, or something that is encoded as
// it was. It never panics and never reads on.
func testCuts(t *testing.T, typ Type, body []byte) {
	t.Helper()
	for n := range body {
		l := LSA{Header: Header{Type: typ}, Body: Raw(body[:n:n])}
		b, err := l.Seal()
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := ParseLSA(b); err == nil {
			if again, err := got.AppendBinary(nil); err != nil || !bytes.Equal(again, b) {
				t.Errorf("%d bytes: encoded again: %v\n%x\n%x", n, err, again, b)
			}
		}
	}
}

// testRefused: bodies of a type that are errors, by what the error must name.
func testRefused(t *testing.T, typ Type, cases map[string]string) {
	t.Helper()
	for want, text := range cases {
		l := LSA{Header: Header{Type: typ}, Body: Raw(bodyCase{hex: text}.bytes(t))}
		b, err := l.Seal()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := ParseLSA(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that names %q", text, err, want)
		}
		if raw, _, err := ParseRaw(b); err != nil || !bytes.Equal(raw.Body.(Raw), b[HeaderLen:]) {
			t.Errorf("%s: ParseRaw: %v", text, err)
		}
	}
}

// testNotEncodable: values that their fields cannot hold.
func testNotEncodable(t *testing.T, cases map[string]Body) {
	t.Helper()
	for want, body := range cases {
		l := LSA{Body: body}
		if _, err := l.Seal(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that names %q", err, want)
		}
	}
}

func TestUnknownTypesStayRaw(t *testing.T) {
	for _, typ := range []Type{0, TypeGroup, TypeExternalAttributes, 12, 255} {
		testBodies(t, []bodyCase{{typ.String(), typ, "0102 03", Raw{1, 2, 3}}})
	}
}

func TestTooLong(t *testing.T) {
	testNotEncodable(t, map[string]Body{"length: 65536": &Opaque{Data: make([]byte, 65516)}})
	l := LSA{Body: &Opaque{Data: make([]byte, 65515)}}
	if b, err := l.Seal(); err != nil || len(b) != 65535 || VerifyChecksum(b) != nil {
		t.Errorf("largest LSA: %d bytes, %v, checksum %v", len(b), err, VerifyChecksum(b))
	}
}

func TestSameContent(t *testing.T) {
	lsa := func(age uint16, o Options, data string) *LSA {
		return &LSA{Header: Header{Age: age, Options: o, Type: TypeOpaqueAS, Seq: int32(age)}, Body: &Opaque{Data: []byte(data)}}
	}
	for _, c := range []struct {
		a, b *LSA
		same bool
	}{
		{lsa(1, 2, "abcd"), lsa(99, 2, "abcd"), true},
		{lsa(1, 2, "abcd"), lsa(1, 3, "abcd"), false},
		{lsa(1, 2, "abcd"), lsa(1, 2, "abce"), false},
		{lsa(1, 2, "abcd"), lsa(1, 2, "abcdabcd"), false},
		{lsa(1, 2, "abcd"), lsa(3600, 2, "abcd"), false},
	} {
		if got := SameContent(c.a, c.b); got != c.same {
			t.Errorf("SameContent(%v %v, %v %v) = %v", c.a, c.a.Body, c.b, c.b.Body, got)
		}
	}
}

func TestDescribeKeepsTerminalsSafe(t *testing.T) {
	l := LSA{Header: Header{Type: TypeOpaqueAS}, Body: &Opaque{Data: []byte("\x1b[2Jhi\xff\n")}}
	text := strings.Join(l.Describe(), "|")
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) || !strings.Contains(text, ".[2Jhi..") {
		t.Errorf("%q", text)
	}
}
