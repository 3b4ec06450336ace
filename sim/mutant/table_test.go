package main

import (
	"go/parser"
	"go/token"
	"testing"
)

// TestMutantsFit: each bug still has its place in the core, and is Go.
func TestMutantsFit(t *testing.T) {
	for _, m := range mutants {
		texts, err := m.plant("../../internal")
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		for file, text := range texts {
			if _, err := parser.ParseFile(token.NewFileSet(), file, text, 0); err != nil {
				t.Errorf("%s: %v", m.name, err)
			}
		}
	}
}
