// Package database reads from ospfd's vty what its API cannot carry: FRR 8.4
// sends no LSA over the OSPF API that is larger than a message, 1,500 bytes,
// which is a router LSA with more than about 120 links.
package database

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"srr/internal/frr/vty"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// Shower is how ospfd is asked; see vty.Client.
type Shower interface {
	Show(ctx context.Context, daemon, command string) ([]byte, error)
}

// LSA is an LSA of one area, encoded.
type LSA struct {
	Area packet.AreaID
	Raw  []byte
}

// Routers returns the router LSAs of at least the given length in bytes. ospfd
// prints them; they are put together again, and the checksum that it prints
// tells whether that is what it has. What is not is left out, and the error says
// so beside what was read.
func Routers(ctx context.Context, s Shower, atLeast int) ([]LSA, error) {
	text, err := s.Show(ctx, vty.OSPFd, "show ip ospf database router")
	if err != nil {
		return nil, fmt.Errorf("read router LSAs: %w", err)
	}
	var all []LSA
	var failed error
	r := reader{atLeast: atLeast, done: func(l LSA, err error) {
		if err != nil {
			failed = err
		} else {
			all = append(all, l)
		}
	}}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		r.line(strings.TrimSpace(lines.Text()))
	}
	r.end()
	return all, failed
}

// reader puts LSAs together from the lines of ospfd.
type reader struct {
	atLeast int
	done    func(LSA, error)

	area    packet.AreaID
	areaErr error
	inside  bool // an LSA has begun
	header  packet.Header
	body    packet.Router
	err     error
}

func (r *reader) line(line string) {
	if after, ok := strings.CutPrefix(line, "Router Link States (Area "); ok {
		r.end()
		text, _, _ := strings.Cut(after, ")")
		text, _, _ = strings.Cut(text, " ") // [NSSA]
		r.area = packet.AreaID(r.quad(text))
		r.areaErr, r.err = r.err, nil
		return
	}
	key, value, ok := strings.Cut(line, ": ")
	if !ok {
		return
	}
	word, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	if key == "LS age" {
		r.end()
		r.inside = true
		r.header = packet.Header{Type: packet.TypeRouter}
	}
	if r.inside {
		r.field(key, word, value)
	}
}

// field takes one line of an LSA. Lines that are no part of the LSA itself, as
// ospfd's own flags, are left out.
func (r *reader) field(key, word, value string) {
	h := &r.header
	switch key {
	case "LS age":
		h.Age = uint16(r.number(word, 10, 16))
	case "Options":
		h.Options = packet.Options(r.number(word, 0, 8))
	case "Flags":
		r.body.Flags = packet.RouterFlags(r.number(word, 0, 8))
	case "Link State ID":
		h.ID = packet.Quad(r.quad(word))
	case "Advertising Router":
		h.AdvRouter = routerid.ID(r.quad(word))
	case "LS Seq Number":
		h.Seq = int32(uint32(r.number(word, 16, 32)))
	case "Checksum":
		h.Checksum = uint16(r.number(word, 0, 16))
	case "Length":
		h.Length = uint16(r.number(word, 10, 16))
	case "Link connected to":
		r.body.Links = append(r.body.Links, packet.RouterLink{Type: linkTypes[value]})
	default:
		r.link(key, word)
	}
}

// linkTypes are the words of ospfd.
var linkTypes = map[string]packet.LinkType{
	"another Router (point-to-point)": packet.LinkPointToPoint,
	"a Transit Network":               packet.LinkTransit,
	"Stub Network":                    packet.LinkStub,
	"a Virtual Link":                  packet.LinkVirtual,
}

func (r *reader) link(key, word string) {
	if len(r.body.Links) == 0 {
		return
	}
	l := &r.body.Links[len(r.body.Links)-1]
	switch {
	case strings.HasPrefix(key, "(Link ID)"):
		l.ID = packet.Quad(r.quad(word))
	case strings.HasPrefix(key, "(Link Data)"):
		l.Data = packet.Quad(r.quad(word))
	case key == "TOS 0 Metric":
		l.Metric = uint16(r.number(word, 10, 16))
	}
}

// end completes the LSA that has begun.
func (r *reader) end() {
	if r.inside && int(r.header.Length) >= r.atLeast {
		r.done(r.complete())
	}
	r.inside, r.body, r.err = false, packet.Router{}, nil
}

func (r *reader) complete() (LSA, error) {
	l := packet.LSA{Header: r.header, Body: &r.body}
	raw, err := l.AppendBinary(nil)
	switch {
	case r.areaErr != nil || r.err != nil:
		err = cmp.Or(r.areaErr, r.err)
	case err == nil && len(raw) != int(r.header.Length):
		err = fmt.Errorf("%d bytes, ospfd says %d", len(raw), r.header.Length)
	case err == nil:
		err = packet.VerifyChecksum(raw)
	}
	if err != nil {
		return LSA{}, fmt.Errorf("put together router LSA of %s: %w", r.header.AdvRouter, err)
	}
	return LSA{r.area, raw}, nil
}

func (r *reader) number(text string, base, bits int) uint64 {
	n, err := strconv.ParseUint(text, base, bits)
	if err != nil {
		r.err = err
	}
	return n
}

func (r *reader) quad(text string) uint32 {
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is4() {
		r.err = fmt.Errorf("%q is no IPv4 address", text)
		return 0
	}
	return uint32(routerid.FromAddr(a))
}
