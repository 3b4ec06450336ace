package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"

	"srr/internal/config"
)

// reference writes a table for every section of the schema.
func reference(s *jsonschema.Schema) string {
	var b strings.Builder
	section(&b, s, "")
	return b.String()
}

// section prints the keys of an object, then its sections.
func section(b *strings.Builder, s *jsonschema.Schema, path string) {
	s = object(s)
	type child struct {
		path string
		s    *jsonschema.Schema
	}
	var children []child
	rows := 0
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		at := strings.TrimPrefix(path+"."+p.Key, ".")
		if entry := p.Value.AdditionalProperties; entry != nil && entry.Properties != nil {
			entry.Description = p.Value.Description
			children = append(children, child{at + ".*", entry})
		} else if p.Value.Items != nil && object(p.Value.Items) != nil {
			p.Value.Items.Description = p.Value.Description
			children = append(children, child{at + "[]", p.Value.Items})
		} else if o := object(p.Value); o != nil {
			children = append(children, child{at, p.Value})
			if o == p.Value {
				continue // has no other form than its own table
			}
		}
		if rows == 0 {
			heading(b, path, s)
		}
		rows++
		row(b, p.Key, at, p.Value, slices.Contains(s.Required, p.Key))
	}
	for _, c := range children {
		section(b, c.s, c.path)
	}
}

func heading(b *strings.Builder, path string, s *jsonschema.Schema) {
	title := "The file"
	if path != "" {
		title = "`" + strings.ReplaceAll(path, "*", "NAME") + "`"
	}
	fmt.Fprintf(b, "\n## %s\n\n", title)
	if path != "" && s.Description != "" {
		fmt.Fprintf(b, "%s\n\n", s.Description)
	}
	fmt.Fprint(b, "| key | value | default | reload | meaning |\n|---|---|---|---|---|\n")
}

func row(b *strings.Builder, key, path string, s *jsonschema.Schema, required bool) {
	value := "–"
	switch {
	case s.Default != nil && s.Default != "":
		value = fmt.Sprintf("`%v`", s.Default)
	case required:
		value = "required"
	}
	fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", key, kind(s), value, config.ReloadRule(path),
		strings.ReplaceAll(strings.ReplaceAll(s.Description, "\n", " "), "|", `\|`))
}

// kind names what is to be written.
func kind(s *jsonschema.Schema) string {
	switch {
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, w := range s.Enum {
			words[i] = fmt.Sprintf("`%v`", w)
		}
		return strings.Join(words, ", ")
	case s.Const == 0:
		return "`0`"
	case s.Const != nil:
		return fmt.Sprintf("`%v`", s.Const)
	case s.Pattern == durationPattern:
		return "duration"
	case len(s.AnyOf) > 0:
		kinds := make([]string, len(s.AnyOf))
		for i, a := range s.AnyOf {
			kinds[i] = kind(a)
		}
		return strings.TrimSuffix(strings.Join(kinds, " or "), " or `0`")
	case s.Type == "array" && object(s.Items) != nil:
		return "list of mappings"
	case s.Type == "array":
		return "list of " + kind(s.Items)
	case s.Type == "integer" && s.Minimum != "":
		return fmt.Sprintf("%s–%s", s.Minimum, s.Maximum)
	case s.Type == "integer":
		return "number"
	case s.Type == "object":
		return "mapping"
	case s.Pattern == "^/":
		return "path"
	case s.Pattern == namePattern:
		return "name"
	case s.Type == "boolean":
		return "`true`, `false`"
	}
	return "text"
}

// object returns the schema, or that of its forms, that has keys; nil if none has.
func object(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Properties != nil && s.Properties.Len() > 0 {
		return s
	}
	for _, a := range s.AnyOf {
		if o := object(a); o != nil {
			return o
		}
	}
	return nil
}
