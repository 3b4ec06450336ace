package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// scalar decodes one plain value; it reports whether it could.
func (d *decoder) scalar(n ast.Node, target any) bool {
	switch n.(type) {
	case *ast.NullNode:
		d.fail(n, "give it a value, or remove the key", "the value is empty")
		return false
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
		d.fail(n, "", "want %s, got %s", wantOf(target), kindOf(n))
		return false
	}
	switch t := target.(type) {
	case *bool:
		if b, ok := n.(*ast.BoolNode); ok {
			*t = b.Value
			return true
		}
		d.fail(n, "write true or false", "want true or false, got %s", kindOf(n))
		return false
	case *int:
		return d.number(n, t)
	case *string:
		return d.text(n, t)
	}
	if hint := parseInto(n.GetToken().Value, target); hint != "" {
		d.fail(n, hint, "want %s, got %q", wantOf(target), clip(n.GetToken().Value))
		return false
	}
	return true
}

func (d *decoder) number(n ast.Node, t *int) bool {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		d.fail(n, "", "want a whole number, got %s", kindOf(n))
		return false
	}
	v, err := strconv.ParseInt(fmt.Sprint(i.Value), 10, 32)
	if err != nil {
		d.fail(n, "", "the number %s is out of range", clip(i.Token.Value))
		return false
	}
	*t = int(v)
	return true
}

func (d *decoder) text(n ast.Node, t *string) bool {
	s, ok := stringOf(n)
	if !ok {
		d.fail(n, fmt.Sprintf("write %q", clip(n.GetToken().Value)), "want a text, got %s", kindOf(n))
		return false
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		d.fail(n, "", "the text holds a line break or another control character")
		return false
	}
	if s == "" {
		d.fail(n, "give it a value, or remove the key", "the value is empty")
		return false
	}
	*t = s
	return true
}

// parseInto reads the types that have a text form of their own; it returns a
// hint if it cannot, and leaves *target as it was.
func parseInto(text string, target any) (hint string) {
	switch t := target.(type) {
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err == nil {
			*t = d
		} else if _, e := strconv.ParseFloat(text, 64); e == nil {
			return fmt.Sprintf("write a unit: %ss", text)
		} else {
			return "such as 500ms, 10s or 1h30m"
		}
	case *netip.Addr:
		a, err := netip.ParseAddr(text)
		if err == nil {
			*t = a
		} else if p, e := netip.ParsePrefix(text); e == nil {
			return fmt.Sprintf("write %s, without prefix length", p.Addr())
		} else {
			return "such as 10.71.100.1"
		}
	case *netip.AddrPort:
		a, err := netip.ParseAddrPort(text)
		if err != nil {
			return "such as 127.0.0.1:2607"
		}
		*t = a
	default:
		panic(fmt.Sprintf("config: no rule to parse %T", target))
	}
	return ""
}
