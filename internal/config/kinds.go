package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

var (
	validName     = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)
	interfaceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,14}$`)
)

const nameHint = "names have 1 to 32 of a–z, 0–9, _ and -, and begin with a letter or digit"

// leafTypes are the types that scalar decodes.
var leafTypes = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[string](),
	reflect.TypeFor[time.Duration](), reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.AddrPort](),
}

func isLeaf(t reflect.Type) bool { return slices.Contains(leafTypes, t) }

func wantOf(target any) string {
	switch target.(type) {
	case *bool:
		return "true or false"
	case *int:
		return "a whole number"
	case *time.Duration:
		return "a duration"
	case *netip.Addr:
		return "an IP address"
	case *netip.AddrPort:
		return "an IP address and a port"
	}
	return "a text"
}

// kindOf names what the operator wrote.
func kindOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.BoolNode:
		return fmt.Sprintf("the truth value %t", n.Value)
	case *ast.StringNode:
		return fmt.Sprintf("the text %q", clip(n.Value))
	case *ast.LiteralNode:
		return "a text block"
	}
	return fmt.Sprintf("the number %s", clip(n.GetToken().Value))
}

// fieldsOf returns the fields of a struct that have a key.
func fieldsOf(t reflect.Type) []reflect.StructField {
	return slices.DeleteFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool {
		return keyOf(f) == "" || keyOf(f) == "-"
	})
}

func keyOf(f reflect.StructField) string { return f.Tag.Get("yaml") }

// unknownKeyHint proposes a key that t has.
func unknownKeyHint(t reflect.Type, key string) string {
	var keys []string
	for _, f := range fieldsOf(t) {
		keys = append(keys, keyOf(f))
	}
	switch {
	case t == reflect.TypeFor[TimeoutsSection]() && key == "check":
		return "the time-out of checks is check.timeout"
	case didYouMean(key, keys) != "":
		return didYouMean(key, keys)
	}
	return "known here: " + strings.Join(keys, ", ")
}

// constrain enforces the tags oneof, min, max and is.
func (d *decoder) constrain(n ast.Node, v reflect.Value, tag reflect.StructTag) {
	if words := tag.Get("oneof"); words != "" && v.Kind() == reflect.String {
		list := strings.Split(words, "|")
		if !slices.Contains(list, v.String()) {
			hint := didYouMean(v.String(), list)
			if hint == "" {
				hint = "one of " + strings.Join(list, ", ")
			}
			d.fail(n, hint, "unknown value %q", clip(v.String()))
		}
	}
	switch tag.Get("is") {
	case "name":
		if !validName.MatchString(v.String()) {
			d.fail(n, nameHint, "%q is no valid name", clip(v.String()))
		}
	case "path":
		if what, hint := pathRefusal(v.String()); what != "" {
			d.fail(n, hint, "%s", what)
		}
	}
	d.bounds(n, v, tag)
}

// pathRefusal returns what is wrong with a path and how to mend it; "" if nothing is.
func pathRefusal(path string) (what, hint string) {
	switch {
	case !filepath.IsAbs(path):
		return fmt.Sprintf("%q is no absolute path", clip(path)), "write it from the root, beginning with /"
	case len(path) > 1024:
		return "the path is longer than 1024 bytes", ""
	case path != filepath.Clean(path):
		return fmt.Sprintf("%q is not a clean path", clip(path)), "write " + clip(filepath.Clean(path))
	}
	return "", ""
}

func (d *decoder) bounds(n ast.Node, v reflect.Value, tag reflect.StructTag) {
	low, high := tag.Get("min"), tag.Get("max")
	if low == "" || !v.CanInt() {
		return
	}
	if v.Int() < boundOf(low, v.Type()) || v.Int() > boundOf(high, v.Type()) {
		d.fail(n, "", "%s is out of range, want %s to %s", clip(n.GetToken().Value), low, high)
	}
}

// boundOf reads a bound from a tag of our own: a mistake in it is a bug.
func boundOf(text string, t reflect.Type) int64 {
	if t == reflect.TypeFor[time.Duration]() {
		d, err := time.ParseDuration(text)
		if err != nil {
			panic(err)
		}
		return int64(d)
	}
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return i
}
