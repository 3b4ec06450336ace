package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"srr/internal/config"
)

const (
	namePattern     = `^[a-z0-9][a-z0-9_-]{0,31}$`
	durationPattern = `^([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+$`
)

// build makes the schema of the main file.
func build() (*jsonschema.Schema, error) {
	r := &jsonschema.Reflector{
		FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true,
		Anonymous: true, DoNotReference: true, ExpandedStruct: true, Mapper: leaf,
	}
	if err := r.AddGoComments("srr", "./internal/config"); err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	s := r.Reflect(&config.File{})
	s.Title = "Configuration of an SRR node"
	annotate(s, reflect.TypeFor[config.File](), reflect.ValueOf(config.DefaultFile()).Elem())
	return s, nil
}

// leaf maps the types that are written as text.
func leaf(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string", Pattern: durationPattern}, {Const: 0}}}
	case reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.AddrPort](), reflect.TypeFor[config.TCPTarget]():
		return &jsonschema.Schema{Type: "string"}
	}
	return nil
}

// short is the second form of values that have two.
var short = map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[config.MediumLoss]():   {Const: "stop"},
	reflect.TypeFor[config.ScopeValue]():   {Const: "as"},
	reflect.TypeFor[config.HTTPCheck]():    {Type: "string", Format: "uri-reference"},
	reflect.TypeFor[config.WebhookValue](): {Type: "string", Format: "uri"},
	reflect.TypeFor[config.DNSCheck]():     {Type: "string"},
	reflect.TypeFor[config.TCPTarget]():    {Type: "integer", Minimum: "1", Maximum: "65535"},
	reflect.TypeFor[config.AreaID]():       {Type: "string"},
	reflect.TypeFor[config.StatusText]():   {Type: "integer", Minimum: "100", Maximum: "599"},
}

// annotate adds what our tags and defaults say to the schema of type t.
func annotate(s *jsonschema.Schema, t reflect.Type, value reflect.Value) {
	switch {
	case t.Kind() == reflect.Pointer:
		annotate(s, t.Elem(), fresh(t.Elem(), value))
		return
	case t.Kind() == reflect.Map:
		s.PropertyNames = &jsonschema.Schema{Pattern: namePattern}
		annotate(s.AdditionalProperties, t.Elem(), reflect.Zero(t.Elem()))
	case t.Kind() == reflect.Slice:
		annotate(s.Items, t.Elem(), reflect.Zero(t.Elem()))
	case t.Kind() == reflect.Struct && s.Properties != nil:
		for _, f := range reflect.VisibleFields(t) {
			if p, ok := s.Properties.Get(f.Tag.Get("yaml")); ok {
				annotateField(s, p, f, value.FieldByIndex(f.Index))
			}
		}
	}
	if second := short[t]; second != nil {
		first := *s
		*s = jsonschema.Schema{Description: first.Description, AnyOf: []*jsonschema.Schema{second, &first}}
		first.Description = ""
	}
}

// fresh returns the value with which the loader begins a section.
func fresh(t reflect.Type, value reflect.Value) reflect.Value {
	if !value.IsNil() {
		return value.Elem()
	}
	v := config.Fresh(reflect.New(t).Interface())
	return reflect.ValueOf(v).Elem()
}

func annotateField(owner, s *jsonschema.Schema, f reflect.StructField, value reflect.Value) {
	key := f.Tag.Get("yaml")
	if f.Tag.Get("need") == "required" {
		owner.Required = append(owner.Required, key)
	}
	annotate(s, f.Type, value)
	constrained := s
	if f.Type.Kind() == reflect.Slice {
		constrained = s.Items
	}
	if words := f.Tag.Get("oneof"); words != "" {
		for _, w := range strings.Split(words, "|") {
			constrained.Enum = append(constrained.Enum, w)
		}
	}
	if f.Type.Kind() == reflect.Int {
		s.Minimum, s.Maximum = json.Number(f.Tag.Get("min")), json.Number(f.Tag.Get("max"))
	}
	switch f.Tag.Get("is") {
	case "name":
		s.Pattern = namePattern
	case "path":
		s.Pattern = "^/"
	}
	if !value.IsZero() || f.Type == reflect.TypeFor[int]() && f.Tag.Get("need") == "" {
		s.Default = defaultOf(value)
	}
}

// defaultOf writes a default as it would be written in the file; nil for none.
func defaultOf(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Duration:
		return durationText(x)
	case netip.AddrPort:
		return x.String()
	case string, bool, int:
		return x
	}
	return nil
}

// durationText is shorter than Duration.String: 1m and not 1m0s.
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// confD is the schema of the files in conf.d, from that of the main file.
func confD(main *jsonschema.Schema) *jsonschema.Schema {
	s := *main
	s.Title = "Further services of an SRR node"
	s.Required = nil
	s.Properties = jsonschema.NewProperties()
	for _, key := range []string{"groups", "services"} {
		if p, ok := main.Properties.Get(key); ok {
			s.Properties.Set(key, p)
		}
	}
	return &s
}

// allowEmpty lets sections and lists be empty, as the loader does, where nothing in them is
// required: people leave a key there when they turn what is below it into comments.
func allowEmpty(s *jsonschema.Schema) {
	if (s.Type == "object" || s.Type == "array") && len(s.Required) == 0 {
		s.Extras = map[string]any{"type": []string{s.Type, "null"}}
		s.Type = ""
	}
	allowEmptyIn(s)
}

func allowEmptyIn(s *jsonschema.Schema) {
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		allowEmpty(p.Value)
	}
	if s.Items != nil {
		allowEmpty(s.Items)
	}
	if s.AdditionalProperties != nil {
		allowEmpty(s.AdditionalProperties)
	}
	for _, form := range s.AnyOf { // what has several forms has no empty one
		allowEmptyIn(form)
	}
}

func marshal(s *jsonschema.Schema) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(s)
	return b.Bytes(), err
}
