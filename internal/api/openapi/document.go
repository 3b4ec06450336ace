package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"srr/internal/api"
	"srr/internal/routerid"
)

type object = map[string]any

// document makes the whole document, from the root of the repository.
func document() ([]byte, error) {
	r := &jsonschema.Reflector{Mapper: leaf, AllowAdditionalProperties: true}
	if err := r.AddGoComments("srr", "./internal/api"); err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	s := schemas{r, object{}}
	doc := object{
		"openapi": "3.1.0",
		"info": object{
			"title": "SRR", "version": api.Version, "license": object{"name": "Apache License 2.0", "identifier": "Apache-2.0"},
			"description": "What srrd answers on its control socket and, over TLS with a client certificate, on its console. " +
				"Unknown fields are to be ignored; times are RFC 3339, durations seconds. On the console, what changes something needs the header Srr-Request, " +
				"and /v1/on/NODE/… asks another node in your name.",
		},
		"paths": s.paths(),
	}
	doc["components"] = object{"schemas": s.all}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("#/$defs/"), []byte("#/components/schemas/")), nil
}

// leaf maps what is written as text.
func leaf(t reflect.Type) *jsonschema.Schema {
	if t == reflect.TypeFor[routerid.ID]() {
		return &jsonschema.Schema{Type: "string", Format: "ipv4"}
	}
	return nil
}

// schemas collects the types that are referred to.
type schemas struct {
	r   *jsonschema.Reflector
	all object
}

// of refers to a type.
func (s *schemas) of(v any) any {
	if t := reflect.TypeOf(v); t.Kind() == reflect.Slice {
		return object{"type": "array", "items": s.of(reflect.Zero(t.Elem()).Interface())}
	}
	schema := s.r.Reflect(v)
	for name, def := range schema.Definitions {
		s.all[name] = def
	}
	return object{"$ref": schema.Ref}
}

func (s *schemas) paths() object {
	out := object{}
	for pattern, p := range paths {
		method, route, _ := strings.Cut(pattern, " ")
		op := object{"summary": p.summary, "operationId": operation(method, route), "responses": s.responses(&p)}
		if len(p.query) > 0 {
			op["parameters"] = parameters(p.query)
		}
		if p.body != nil {
			op["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": s.of(p.body)}}}
		}
		if out[route] == nil {
			out[route] = object{}
		}
		out[route].(object)[strings.ToLower(method)] = op
	}
	return out
}

// operation names an operation: GET /v1/lsdb is get-lsdb.
func operation(method, route string) string {
	return strings.ToLower(method) + "-" + strings.TrimPrefix(route, "/v1/")
}

func parameters(query []parameter) []object {
	var out []object
	for _, q := range query {
		out = append(out, object{"name": q.name, "in": "query", "description": q.description, "required": q.required, "schema": object{"type": "string"}})
	}
	return out
}

func (s *schemas) responses(p *path) object {
	ok := object{"description": "The answer", "content": object{}}
	if p.answer != nil {
		ok["content"] = object{"application/json": object{"schema": s.of(p.answer)}}
	}
	if p.stream != nil {
		ok["content"] = object{"application/x-ndjson": object{"schema": s.of(p.stream)}, "text/event-stream": object{"schema": s.of(p.stream)}}
		ok["description"] = "Messages, one per line; as server-sent events to who accepts them"
	}
	failed := object{"description": "It failed", "content": object{"application/json": object{"schema": s.of(api.ErrorBody{})}}}
	return object{"200": ok, "default": failed}
}
