package database

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"srr/internal/ospf/packet"
)

// ospfd prints router LSAs as FRR 8.4 does.
type ospfd string

func (o ospfd) Show(_ context.Context, _, command string) ([]byte, error) {
	if command != "show ip ospf database router" {
		return nil, fmt.Errorf("unknown command: %s", command)
	}
	return []byte(o), nil
}

var idWords = map[packet.LinkType]string{
	packet.LinkPointToPoint: "Neighboring Router ID", packet.LinkTransit: "Designated Router address",
	packet.LinkStub: "Net", packet.LinkVirtual: "Neighboring Router ID",
}

func text(l *packet.LSA) string {
	b := &strings.Builder{}
	h, r := &l.Header, l.Body.(*packet.Router)
	fmt.Fprintf(b, "  LS age: %d\n  Options: 0x%x  : *|-|O|-|-|-|E|-\n  LS Flags: 0x6  \n  Flags: 0x%x : ASBR\n", h.Age, uint8(h.Options), uint8(r.Flags))
	fmt.Fprintf(b, "  LS Type: router-LSA\n  Link State ID: %s \n  Advertising Router: %s\n", h.ID, h.AdvRouter)
	fmt.Fprintf(b, "  LS Seq Number: %08x\n  Checksum: 0x%04x\n  Length: %d\n\n   Number of Links: %d\n\n", uint32(h.Seq), h.Checksum, h.Length, len(r.Links))
	for _, k := range r.Links {
		words := ""
		for w, t := range linkTypes {
			if t == k.Type {
				words = w
			}
		}
		data := "Router Interface address"
		if k.Type == packet.LinkStub {
			data = "Network Mask"
		}
		fmt.Fprintf(b, "    Link connected to: %s\n     (Link ID) %s: %s\n     (Link Data) %s: %s\n      Number of TOS metrics: 0\n       TOS 0 Metric: %d\n\n",
			words, idWords[k.Type], k.ID, data, k.Data, k.Metric)
	}
	return b.String() + "\n"
}

// router makes a sealed LSA with links of every type.
func router(t *testing.T, id uint32, links int) (*packet.LSA, []byte) {
	t.Helper()
	body := &packet.Router{Flags: packet.RouterE}
	for i := range links {
		body.Links = append(body.Links, packet.RouterLink{
			Type: packet.LinkType(i%4 + 1), ID: packet.Quad(0x0a480000 + i), Data: packet.Quad(0xfffffffe - i), Metric: uint16(i),
		})
	}
	l := &packet.LSA{Header: packet.Header{Age: 17, Options: 0x42, Type: packet.TypeRouter, ID: packet.Quad(id), Seq: packet.InitialSeq + 4}, Body: body}
	l.Header.AdvRouter = 0x0a000001
	raw, err := l.Seal()
	if err != nil {
		t.Fatal(err)
	}
	return l, raw
}

func TestRouters(t *testing.T) {
	small, smallRaw := router(t, 1, 3)
	large, largeRaw := router(t, 2, 200)
	other, otherRaw := router(t, 3, 150)
	all := "\n       OSPF Router with ID (10.0.0.1)\n\n                Router Link States (Area 0.0.0.0)\n\n" +
		text(small) + text(large) + "\n                Router Link States (Area 0.0.0.7 [NSSA])\n\n" + text(other)
	got, err := Routers(t.Context(), ospfd(all), 1489)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d, %v", len(got), err)
	}
	if !bytes.Equal(got[0].Raw, largeRaw) || got[0].Area != 0 || !bytes.Equal(got[1].Raw, otherRaw) || got[1].Area != 7 {
		t.Errorf("areas %s and %s, or not the same bytes", got[0].Area, got[1].Area)
	}
	if got, err = Routers(t.Context(), ospfd(all), 0); err != nil || len(got) != 3 || !bytes.Equal(got[0].Raw, smallRaw) {
		t.Errorf("%d, %v", len(got), err)
	}
}

// What differs from ospfd's checksum is not shown, and does not hide the rest.
func TestRoutersUnlike(t *testing.T) {
	one, _ := router(t, 1, 200)
	two, raw := router(t, 2, 200)
	for _, change := range [][2]string{
		{"TOS 0 Metric: 5\n", "TOS 0 Metric: 6\n"},
		{"(Link ID) Net: 10.72.0.2", "(Link ID) Net: a new word"},
		{"    Link connected to: Stub Network\n", ""},
		{"Stub Network", "a Tunnel"},
		{"Length: 2424", "Length: 2436"},
	} {
		damaged := strings.Replace(text(one), change[0], change[1], 1)
		if damaged == text(one) {
			t.Fatalf("%q is not there", change[0])
		}
		got, err := Routers(t.Context(), ospfd("Router Link States (Area 0.0.0.0)\n"+damaged+text(two)), 1489)
		if err == nil || len(got) != 1 || !bytes.Equal(got[0].Raw, raw) {
			t.Errorf("%q: %d LSAs, %v", change[1], len(got), err)
		}
	}
}

func FuzzRouters(f *testing.F) {
	f.Add("Router Link States (Area 0.0.0.0)\nLS age: 1\nLength: 24\n(Link ID) x: 1.2.3.4\nLS age: 2\nLink connected to: Stub Network\n")
	f.Fuzz(func(t *testing.T, s string) {
		all, _ := Routers(t.Context(), ospfd(s), 0)
		for _, l := range all {
			if err := packet.VerifyChecksum(l.Raw); err != nil {
				t.Error(err)
			}
		}
	})
}

// What FRR 8.4.4 printed of a router with 160 loopbacks and of its neighbor; see
// TestLabRouters.
func TestCapture(t *testing.T) {
	b, err := os.ReadFile("testdata/router-8.4.4.txt")
	if err != nil {
		t.Fatal(err)
	}
	for atLeast, want := range map[int]int{0: 2, 1489: 1} {
		if all, err := Routers(t.Context(), ospfd(b), atLeast); err != nil || len(all) != want {
			t.Errorf("at least %d bytes: %d LSAs, want %d: %v", atLeast, len(all), want, err)
		}
	}
}
