// Command schema writes docs/srr.schema.json and docs/conf.d.schema.json, for
// editors, and docs/configuration.md from the types of package config, their
// comments, tags and defaults. Run it from the root of the repository:
//
//	go run ./internal/config/schema
package main

import (
	_ "embed"
	"fmt"
	"os"
)

//go:embed introduction.md
var introduction string

// output is what is generated, by path from the root of the repository.
func output() (map[string][]byte, error) {
	s, err := build()
	if err != nil {
		return nil, err
	}
	manual := introduction + reference(s)
	more := confD(s)
	allowEmpty(s)
	allowEmpty(more)
	text, err := marshal(s)
	if err != nil {
		return nil, err
	}
	moreText, err := marshal(more)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"docs/srr.schema.json":    text,
		"docs/conf.d.schema.json": moreText,
		"docs/configuration.md":   []byte(manual),
	}, nil
}

func main() {
	files, err := output()
	for name, text := range files {
		if err == nil {
			err = os.WriteFile(name, text, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}
