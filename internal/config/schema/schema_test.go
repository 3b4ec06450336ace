package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// TestUpToDate: the generated files are those that the types say.
func TestUpToDate(t *testing.T) {
	t.Chdir("../../..")
	files, err := output()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is out of date, run: go run ./internal/config/schema\n%.2000s", name, diff)
		}
	}
}

// node is as much of a JSON Schema as this test understands.
type node struct {
	Type                 string
	Properties           map[string]*node
	AdditionalProperties json.RawMessage
	Required             []string
	AnyOf                []*node
	Items                *node
	Enum                 []any
	Const                any
	Description          string
}

func readSchema(t *testing.T) *node {
	t.Helper()
	text, err := os.ReadFile("../../../docs/srr.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	s := new(node)
	if err := json.Unmarshal(text, s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestExamplesFit(t *testing.T) {
	schema := readSchema(t)
	example := readYAML(t, "../../../docs/examples/srr.yaml")
	if why := schema.fits(example, ""); why != "" {
		t.Error(why)
	}
	services := schema.Properties["services"]
	if why := services.fits(readYAML(t, "../../../docs/examples/conf.d/resolver.yaml").(map[string]any)["services"], ""); why != "" {
		t.Error(why)
	}
	for change, spoil := range map[string]func(map[string]any){
		"unknown key":   func(m map[string]any) { m["zebra"] = 1 },
		"missing key":   func(m map[string]any) { delete(m, "cluster") },
		"wrong type":    func(m map[string]any) { m["node"] = "n1" },
		"unknown word":  func(m map[string]any) { m["join"] = map[string]any{"when-cut-off": "x"} },
		"no such check": func(m map[string]any) { m["services"].(map[string]any)["web"].(map[string]any)["check"] = 3 },
	} {
		example := readYAML(t, "../../../docs/examples/srr.yaml").(map[string]any)
		spoil(example)
		if schema.fits(example, "") == "" {
			t.Errorf("%s: it still fits", change)
		}
	}
}

func TestEverythingIsDescribed(t *testing.T) {
	var walk func(*node, string)
	walk = func(s *node, path string) {
		for key, p := range s.Properties {
			if p.Description == "" {
				t.Errorf("%s.%s has no description", path, key)
			}
			walk(p, path+"."+key)
		}
		if entry := s.entry(); entry != nil {
			walk(entry, path+".*")
		}
		for _, a := range s.AnyOf {
			walk(a, path)
		}
	}
	walk(readSchema(t), "")
}

func readYAML(t *testing.T, name string) (v any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err == nil {
		err = yaml.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// entry is the schema of keys that are not listed; nil if there may be none.
func (s *node) entry() *node {
	if len(s.AdditionalProperties) == 0 || s.AdditionalProperties[0] != '{' {
		return nil
	}
	e := new(node)
	if json.Unmarshal(s.AdditionalProperties, e) != nil {
		return nil
	}
	return e
}

// fits returns why the structure of v is not that of the schema; "" if it is.
func (s *node) fits(v any, path string) string {
	if len(s.AnyOf) > 0 {
		why := ""
		for _, a := range s.AnyOf {
			if why = a.fits(v, path); why == "" {
				return ""
			}
		}
		return why
	}
	switch v := v.(type) {
	case map[string]any:
		return s.fitsMapping(v, path)
	case []any:
		if s.Items == nil {
			return path + ": a list"
		}
		for _, x := range v {
			if why := s.Items.fits(x, path+"[]"); why != "" {
				return why
			}
		}
		return ""
	}
	return s.fitsScalar(v, path)
}

func (s *node) fitsMapping(m map[string]any, path string) string {
	if s.Type != "object" {
		return path + ": a mapping"
	}
	for _, key := range s.Required {
		if _, ok := m[key]; !ok {
			return path + ": no " + key
		}
	}
	for key, v := range m {
		p := s.Properties[key]
		if p == nil {
			p = s.entry()
		}
		if p == nil {
			return path + ": unknown key " + key
		}
		if why := p.fits(v, path+"."+key); why != "" {
			return why
		}
	}
	return ""
}

func (s *node) fitsScalar(v any, path string) string {
	types := map[string]string{"string": "string", "bool": "boolean", "uint64": "integer", "int64": "integer"}
	switch {
	case s.Const != nil && fmt.Sprint(s.Const) != fmt.Sprint(v):
		return fmt.Sprintf("%s: %v is not %v", path, v, s.Const)
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, v):
		return fmt.Sprintf("%s: %v is none of %v", path, v, s.Enum)
	case s.Type != "" && s.Type != types[fmt.Sprintf("%T", v)]:
		return fmt.Sprintf("%s: %v is no %s", path, v, s.Type)
	}
	return ""
}
