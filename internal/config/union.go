package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"srr/internal/routerid"
)

// Values that may be written in more than one way decode themselves.

// MediumLoss is the word stop, or a mapping with keep.
type MediumLoss struct {
	// Run on for so long; for network services that tolerate to run twice.
	Keep time.Duration `yaml:"keep" need:"required" min:"100ms" max:"1h"`
}

func (m *MediumLoss) decodeYAML(d *decoder, n ast.Node) {
	if word, ok := stringOf(n); ok {
		if word != "stop" {
			d.fail(n, `write stop, or {keep: 10s}`, "unknown value %q", clip(word))
		}
		return
	}
	type plain MediumLoss
	d.mapping(n, (*plain)(m), `write stop, or {keep: 10s}`)
}

// ScopeValue is the word as, or a mapping with area or link.
type ScopeValue struct {
	// The whole autonomous system (opaque type 11).
	AS bool `yaml:"-"`
	// One area, as a number or in dotted form (opaque type 10).
	Area *AreaID `yaml:"area"`
	// One interface (opaque type 9). Not available in this version: ospfd (FRR 8.4) crashes when the interface goes down.
	Link string `yaml:"link"`
}

const scopeHint = `write as or {area: 0.0.0.1}`

func (s *ScopeValue) decodeYAML(d *decoder, n ast.Node) {
	if word, ok := stringOf(n); ok {
		if s.AS = word == "as"; !s.AS {
			d.fail(n, scopeHint, "unknown value %q", clip(word))
		}
		return
	}
	type plain ScopeValue
	if !d.mapping(n, (*plain)(s), scopeHint) {
		return
	}
	if (s.Area == nil) == (s.Link == "") {
		d.fail(n, scopeHint, "want exactly one of area and link")
	}
	if s.Link != "" && !interfaceName.MatchString(s.Link) {
		d.fail(n, "", "%q is no name of an interface", clip(s.Link))
	}
}

// AreaID is an OSPF area: 1 or 0.0.0.1.
type AreaID uint32

func (a *AreaID) decodeYAML(d *decoder, n ast.Node) {
	text := n.GetToken().Value
	if v, err := strconv.ParseUint(text, 10, 32); err == nil {
		*a = AreaID(v)
		return
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || !addr.Is4() {
		d.fail(n, "write a number, or four octets such as 0.0.0.1", "%q is no area", clip(text))
		return
	}
	b := addr.As4()
	*a = AreaID(uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]))
}

func (a AreaID) String() string {
	return netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}).String()
}

// RouterIDText is four octets. The same as a number is refused: no other tool shows it so.
type RouterIDText string

func (r *RouterIDText) decodeYAML(d *decoder, n ast.Node) {
	number, ok := n.(*ast.IntegerNode)
	if !ok {
		d.scalar(n, (*string)(r))
		return
	}
	hint := "such as 10.0.0.1"
	if v, err := strconv.ParseUint(fmt.Sprint(number.Value), 10, 32); err == nil && v > 0 {
		hint = "write " + routerid.ID(v).String()
	}
	d.fail(n, hint, "want four octets, got %s", kindOf(n))
}

// TCPTarget is "ADDRESS:PORT", or a port number: then of each address.
type TCPTarget string

func (t *TCPTarget) decodeYAML(d *decoder, n ast.Node) {
	if number, ok := n.(*ast.IntegerNode); ok {
		*t = TCPTarget(placeholder + ":" + number.Token.Value)
		return
	}
	d.scalar(n, (*string)(t))
}

// HTTPCheck is a URL, or a mapping.
type HTTPCheck struct {
	// What to ask for: http or https, such as http://{address}:8080/health. A name in it is not looked up: it is asked for at each address of the service (header Host and TLS server name).
	URL string `yaml:"url" need:"required"`
	// Status that is good, such as 200 or 200-299.
	Status StatusText `yaml:"status"`
	// Regular expression (Go's, RE2) that the first 64 KiB of the answer must match.
	Body string `yaml:"body"`
	// Host to ask for in place of that of the URL.
	Host string `yaml:"host"`
	// Follow up to ten redirects, all to the same address.
	Follow bool `yaml:"follow"`
	// Do not verify the certificate of an https URL.
	Insecure bool `yaml:"insecure"`
}

func (h *HTTPCheck) decodeYAML(d *decoder, n ast.Node) {
	if _, ok := stringOf(n); ok {
		d.scalar(n, &h.URL)
		return
	}
	type plain HTTPCheck
	d.mapping(n, (*plain)(h), `write a URL, or {url: "http://{address}/", status: 200}`)
}

// StatusText is a status code or a range of them: 200, 200-299.
type StatusText string

func (s *StatusText) decodeYAML(d *decoder, n ast.Node) {
	if number, ok := n.(*ast.IntegerNode); ok {
		*s = StatusText(number.Token.Value)
		return
	}
	d.scalar(n, (*string)(s))
}

// DNSCheck is a name, or a mapping.
type DNSCheck struct {
	// What to ask for.
	Name string `yaml:"name" need:"required"`
	// Type of the record.
	Type string `yaml:"type" oneof:"A|AAAA|NS|SOA|MX|TXT|CNAME|PTR|SRV"`
	// Data that must be among the answers, as in a zone file, such as 192.0.2.1. Default: any answer.
	Expect []string `yaml:"expect"`
	// Name server, ADDRESS or ADDRESS:PORT. Default: port 53 of each address.
	Server string `yaml:"server"`
}

func (c *DNSCheck) decodeYAML(d *decoder, n ast.Node) {
	if _, ok := stringOf(n); ok {
		d.scalar(n, &c.Name)
		return
	}
	type plain DNSCheck
	d.mapping(n, (*plain)(c), `write a name, or {name: example.org, type: A}`)
}

// stringOf returns the text of a string node.
func stringOf(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	}
	return "", false
}

// clip shortens s for a message.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if r := []rune(s); len(r) > 60 {
		return fmt.Sprintf("%s… (%d characters)", string(r[:50]), len(r))
	}
	return s
}
