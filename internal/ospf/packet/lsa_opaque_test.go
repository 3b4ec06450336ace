package packet

import "testing"

func TestOpaque(t *testing.T) {
	for _, typ := range []Type{TypeOpaqueLink, TypeOpaqueArea, TypeOpaqueAS} {
		testBodies(t, []bodyCase{
			{"no data", typ, "", &Opaque{}},
			{"four bytes", typ, "01020304", &Opaque{Data: []byte{1, 2, 3, 4}}},
			{"not a multiple of four", typ, "0102030405", &Opaque{Data: []byte{1, 2, 3, 4, 5}}},
		})
	}
}

func TestOpaqueLinkStateID(t *testing.T) {
	h := Header{Type: TypeOpaqueArea, ID: OpaqueLinkStateID(222, 0xff010203)}
	if h.ID != 0xde010203 || h.OpaqueType() != 222 || h.OpaqueID() != 0x010203 {
		t.Errorf("ID %s, opaque type %d, opaque ID %#x", h.ID, h.OpaqueType(), h.OpaqueID())
	}
}

// TestOpaqueDataIsCopied: a parsed LSA outlives the buffer that it came in.
func TestOpaqueDataIsCopied(t *testing.T) {
	l := LSA{Header: Header{Type: TypeOpaqueAS}, Body: &Opaque{Data: []byte("abcd")}}
	b, err := l.Seal()
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := ParseLSA(b)
	if err != nil {
		t.Fatal(err)
	}
	clear(b)
	if s := string(got.Body.(*Opaque).Data); s != "abcd" {
		t.Errorf("data became %q", s)
	}
}
