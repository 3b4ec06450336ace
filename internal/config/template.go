package config

import (
	"bytes"
	_ "embed"
	"strconv"
	"strings"
	"text/template"
)

//go:embed srr.yaml.tmpl
var mainTemplate string

//go:embed Makefile.tmpl
var makefileTemplate string

// text is the main file. Everything that goes into it was checked or is quoted.
func (d *draft) text() ([]byte, error) {
	t := template.Must(template.New("srr.yaml").Funcs(template.FuncMap{
		"join": func(items []string) string { return comment(strings.Join(items, ", ")) },
	}).Parse(mainTemplate))
	var b bytes.Buffer
	if err := t.Execute(&b, d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// comment keeps foreign words from ending a comment.
func comment(s string) string { return clip(strings.Join(strings.Fields(s), " ")) }

// Agent is the line that says what runs the first service.
func (d *draft) Agent() string {
	if d.Kind == AgentRun {
		words := strings.Fields(d.Command)
		for i, w := range words {
			words[i] = strconv.Quote(w)
		}
		return "run: [" + strings.Join(words, ", ") + "]"
	}
	return string(d.Kind) + ": " + strconv.Quote(d.Command)
}

// skeleton is a Makefile with every primitive.
func skeleton(service string) string {
	return strings.ReplaceAll(makefileTemplate, "SERVICE", service)
}
