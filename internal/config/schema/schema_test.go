package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"srr/internal/config"
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
	Type                 any // one, or a list of them
	Properties           map[string]*node
	AdditionalProperties json.RawMessage
	Required             []string
	AnyOf                []*node
	Items                *node
	Enum                 []any
	Const                any
	Description          string
}

func readSchema(t *testing.T, name string) *node {
	t.Helper()
	text, err := os.ReadFile("../../../docs/" + name)
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
	schema, confD := readSchema(t, "srr.schema.json"), readSchema(t, "conf.d.schema.json")
	const main, more = "../../../docs/examples/srr.yaml", "../../../docs/examples/conf.d/resolver.yaml"
	for file, s := range map[string]*node{main: schema, more: confD} {
		if why := s.fits(readYAML(t, file), ""); why != "" {
			t.Errorf("%s: %s", file, why)
		}
	}
	for file, s := range map[string]*node{main: confD, more: schema} {
		if s.fits(readYAML(t, file), "") == "" {
			t.Errorf("%s fits the schema of the other kind", file)
		}
	}
	for change, spoil := range map[string]func(map[string]any){
		"unknown key":   func(m map[string]any) { m["zebra"] = 1 },
		"missing key":   func(m map[string]any) { delete(m, "cluster") },
		"wrong type":    func(m map[string]any) { m["node"] = "n1" },
		"unknown word":  func(m map[string]any) { m["join"] = map[string]any{"when-cut-off": "x"} },
		"no such check": func(m map[string]any) { m["services"].(map[string]any)["web"].(map[string]any)["check"] = 3 },
	} {
		example := readYAML(t, main).(map[string]any)
		spoil(example)
		if schema.fits(example, "") == "" {
			t.Errorf("%s: it still fits", change)
		}
	}
}

// TestAgreesWithTheLoader: what the schema says of a file's shape is what srrd says.
func TestAgreesWithTheLoader(t *testing.T) {
	const head = "cluster: c\nnode: {router-id: 10.0.0.1, name: n}\n"
	const service = head + "medium: {}\nservices: {w: {addresses: [10.71.100.1], "
	for text, want := range map[string]bool{
		head + "medium: {}":                                 true,
		"cluster: c\nmedium: {}":                            false,
		"cluster: c\nnode:\nmedium: {}":                     false,
		"cluster: c\nnode: {}\nmedium: {}":                  false,
		"cluster: 7\nnode: {router-id: 10.0.0.1}\nmedium: ": false,
		head: false,
		head + "medium:\nrouting:\npaths:\naccess:\njoin:\nnotify:\ngroups:\nservices:": true,
		head + "medium:\nrouting: {frr: }\naccess: {viewers: }\ngroups: {g: }":          true,
		head + "medium:\nconsole:":                                           false,
		head + "medium: {ospf-api: }":                                        false,
		service + "timeouts: , restarts: }}":                                 true,
		service + "depends-on: }}":                                           true,
		service + "check: {dns: {name: a.example, expect: }}}}":              true,
		service + "check: {http: }}}":                                        false,
		service + "on-medium-loss: }}":                                       false,
		service + "scope: }}":                                                false,
		service + "scope: as, on-medium-loss: stop}}":                        true,
		service + "unit: }}":                                                 false,
		head + "medium:\nnotify: [{webhook: \"https://h.example/\"}]":        true,
		head + "medium:\nnotify: [{webhook: {url: \"https://h.example/\"}}]": true,
		head + "medium:\nnotify: [{webhook: }]":                              false,
	} {
		_, err := config.Load(save(t, text), nil)
		why := readSchema(t, "srr.schema.json").fits(parseYAML(t, text), "")
		if (why == "") != want || (err == nil) != want {
			t.Errorf("%s\nwant %t, the schema says %q, srrd %v", text, want, why, err)
		}
	}
}

func save(t *testing.T, text string) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "srr.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
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
	walk(readSchema(t, "srr.schema.json"), "")
}

func readYAML(t *testing.T, name string) (v any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return parseYAML(t, string(text))
}

func parseYAML(t *testing.T, text string) (v any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
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

// is reports whether a value of this type may be there.
func (s *node) is(kind string) bool {
	list, ok := s.Type.([]any)
	return s.Type == kind || ok && slices.Contains(list, any(kind))
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
	case nil:
		if s.is("null") {
			return ""
		}
		return path + ": nothing"
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
	if !s.is("object") {
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
	case s.Type != nil && !s.is(types[fmt.Sprintf("%T", v)]):
		return fmt.Sprintf("%s: %v is no %s", path, v, s.Type)
	}
	return ""
}
