package config

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// decoder fills Go values from the syntax tree of one file. Unlike the
// library's decoder it reports every mistake and not only the first, and it
// remembers where each value stood, by the address of the Go value.
type decoder struct {
	l    *loading
	file string
}

// decodes is implemented by values that can be written in more than one way.
type decodes interface {
	decodeYAML(d *decoder, n ast.Node)
}

// defaults is implemented by values of mappings that do not start as zero.
type defaults interface{ setDefaults() }

func (d *decoder) position(n ast.Node) Position {
	p := Position{File: d.file, Line: 1, Column: 1}
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key // its own token is the colon
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	return p
}

func (d *decoder) fail(n ast.Node, hint, format string, args ...any) {
	d.l.failAt(d.position(n), hint, format, args...)
}

// into decodes n into *target. It is total: whatever n is, the result is a
// value or a problem.
func (d *decoder) into(n ast.Node, target any, tag reflect.StructTag) {
	if d.unsupported(n) {
		d.l.partial[target] = true
		return
	}
	if v, ok := target.(decodes); ok {
		if _, null := n.(*ast.NullNode); null {
			d.fail(n, "give it a value, or remove the key", "the value is empty")
			return
		}
		v.decodeYAML(d, n)
		return
	}
	v := reflect.ValueOf(target).Elem()
	switch {
	case isLeaf(v.Type()):
		if d.scalar(n, target) {
			d.constrain(n, v, tag)
		}
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		if x, ok := v.Interface().(defaults); ok {
			x.setDefaults()
		}
		d.l.at[v.Interface()] = d.l.at[target]
		d.into(n, v.Interface(), tag)
	case v.Kind() == reflect.Struct:
		d.mapping(n, target, "")
	case v.Kind() == reflect.Map:
		d.named(n, v)
	case v.Kind() == reflect.Slice:
		d.sequence(n, v, tag)
	default:
		panic("config: no rule to decode " + v.Type().String())
	}
}

// unsupported refuses what makes YAML hard to read for people.
func (d *decoder) unsupported(n ast.Node) bool {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		d.fail(n, "write the value out", "anchors, aliases and merge keys are not supported")
	case *ast.TagNode, *ast.DirectiveNode:
		d.fail(n, "write the plain value", "tags and directives are not supported")
	default:
		return false
	}
	return true
}

// pair is one entry of a mapping.
type pair struct {
	key   string
	at    ast.Node // the key
	value ast.Node
}

// pairs returns the entries of a mapping without its duplicates, and whether n is one.
func (d *decoder) pairs(n ast.Node, hint string) ([]pair, bool) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	case *ast.NullNode:
		return nil, true
	default:
		d.fail(n, hint, "want a mapping (key: value), got %s", kindOf(n))
		return nil, false
	}
	first := make(map[string]Position, len(values))
	var out []pair
	for _, v := range values {
		p := pair{at: v.Key, value: v.Value}
		if d.unsupported(v.Key) {
			continue
		}
		p.key = v.Key.GetToken().Value
		if at, again := first[p.key]; again {
			d.fail(v.Key, "remove one of them", "duplicate key %q, first in line %d", clip(p.key), at.Line)
			continue
		}
		first[p.key] = d.position(v.Key)
		out = append(out, p)
	}
	return out, true
}

// mapping decodes into the fields of the struct that target points to.
func (d *decoder) mapping(n ast.Node, target any, hint string) bool {
	pairs, ok := d.pairs(n, hint)
	if !ok {
		return false
	}
	v := reflect.ValueOf(target).Elem()
	fields := fieldsOf(v.Type())
	for _, p := range pairs {
		i := slices.IndexFunc(fields, func(f reflect.StructField) bool { return keyOf(f) == p.key })
		if i < 0 {
			d.fail(p.at, unknownKeyHint(v.Type(), p.key), "unknown key %q", clip(p.key))
			continue
		}
		field := v.FieldByIndex(fields[i].Index).Addr().Interface()
		d.remember(field, p)
		d.into(p.value, field, fields[i].Tag)
	}
	for _, f := range fields {
		if f.Tag.Get("need") == "required" && !d.l.has(v.FieldByIndex(f.Index).Addr().Interface()) {
			d.l.missing(d.ownerPosition(target, n), keyOf(f))
		}
	}
	return true
}

// ownerPosition is where a missing key is reported: at the key whose value lacks it.
func (d *decoder) ownerPosition(target any, n ast.Node) Position {
	if p, ok := d.l.at[target]; ok {
		return p
	}
	return d.position(n)
}

// remember notes where a value stands: a scalar itself, anything else by its key.
func (d *decoder) remember(target any, p pair) {
	at := p.at
	switch p.value.(type) {
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode, *ast.NullNode:
	default:
		at = p.value
	}
	d.l.at[target] = d.position(at)
}

// named decodes a mapping from names to structs, merging into v.
func (d *decoder) named(n ast.Node, v reflect.Value) {
	pairs, _ := d.pairs(n, "")
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, p := range pairs {
		if !validName.MatchString(p.key) {
			d.fail(p.at, nameHint, "%q is no valid name", clip(p.key))
			continue
		}
		key := reflect.ValueOf(p.key)
		if old := v.MapIndex(key); old.IsValid() {
			d.fail(p.at, "remove one of them", "%q is defined already, at %s", p.key, d.l.at[old.Interface()])
			continue
		}
		element := reflect.New(v.Type().Elem().Elem())
		if x, ok := element.Interface().(defaults); ok {
			x.setDefaults()
		}
		d.l.at[element.Interface()] = d.position(p.at)
		v.SetMapIndex(key, element)
		d.l.judge(element.Interface(), func() { d.into(p.value, element.Interface(), "") })
	}
}

// sequence decodes a list. An element that is wrong is left out.
func (d *decoder) sequence(n ast.Node, v reflect.Value, tag reflect.StructTag) {
	if _, null := n.(*ast.NullNode); null {
		return
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		hint := "write a list"
		if text, ok := stringOf(n); ok {
			hint = fmt.Sprintf("write [%s]", clip(text))
		}
		d.fail(n, hint, "want a list, got %s", kindOf(n))
		d.l.partial[v.Addr().Interface()] = true
		return
	}
	out := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	good := 0
	for _, e := range seq.Values {
		target := out.Index(good).Addr().Interface()
		before := len(d.l.problems)
		d.l.at[target] = d.position(e)
		d.into(e, target, tag)
		if len(d.l.problems) == before {
			good++
		}
	}
	v.Set(out.Slice(0, good))
	d.l.partial[v.Addr().Interface()] = good < len(seq.Values)
}
