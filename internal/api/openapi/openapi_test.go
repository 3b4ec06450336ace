package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

func TestDocumentIsUpToDate(t *testing.T) {
	t.Chdir("../../..")
	want, err := document()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(output)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is out of date: make generate", output)
	}
}

// TestEveryPathIsDescribed, and nothing that is not served.
func TestEveryPathIsDescribed(t *testing.T) {
	f := apitest.NewFake()
	served := map[string]bool{}
	for _, r := range api.New(f, f, slog.New(slog.DiscardHandler)).Routes() {
		served[r.Pattern] = true
		if paths[r.Pattern].summary == "" {
			t.Errorf("%s is not described", r.Pattern)
		}
	}
	for p := range paths {
		if !served[p] {
			t.Errorf("%s is described and not served", p)
		}
	}
}

// TestReferencesLeadSomewhere: every type that is named is defined, with words.
func TestReferencesLeadSomewhere(t *testing.T) {
	t.Chdir("../../..")
	b, err := document()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Description string
			}
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(b), `"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		if doc.Components.Schemas[name].Description == "" {
			t.Errorf("%s is not described", name)
		}
	}
}
