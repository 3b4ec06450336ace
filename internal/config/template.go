package config

import (
	"bytes"
	_ "embed"
	"strconv"
	"strings"
	"text/template"

	"github.com/goccy/go-yaml/ast"
)

//go:embed srr.yaml.tmpl
var mainTemplate string

//go:embed Makefile.tmpl
var makefileTemplate string

// text is the main file. Everything that goes into it was checked, and is quoted where it must be.
func (d *draft) text() ([]byte, error) {
	t := template.Must(template.New("srr.yaml").Funcs(template.FuncMap{
		"join":  func(items []string) string { return comment(strings.Join(items, ", ")) },
		"text":  yamlText,
		"quote": strconv.Quote,
	}).Parse(mainTemplate))
	var b bytes.Buffer
	if err := t.Execute(&b, d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// comment keeps foreign words from ending a comment.
func comment(s string) string { return clip(strings.Join(strings.Fields(s), " ")) }

// yamlText is s as YAML reads it as a text: in quotes where it would be a number, a truth
// value or null, be it for editors only (1e3, 08).
func yamlText(s string) string {
	body, _ := parse("", s) // what is no YAML at all is quoted, too
	text, ok := body.(*ast.StringNode)
	if _, err := strconv.ParseFloat(s, 64); err == nil || !ok || text.Value != s {
		return strconv.Quote(s)
	}
	return s
}

// Agent is the line that says what runs the first service.
func (d *draft) Agent() string {
	if d.Kind == AgentRun {
		list, _ := words(d.Command) // checked when it was asked for
		for i, w := range list {
			list[i] = strconv.Quote(w)
		}
		return "run: [" + strings.Join(list, ", ") + "]"
	}
	return string(d.Kind) + ": " + strconv.Quote(d.Command)
}

// skeleton is a Makefile with every primitive.
func skeleton(service string) string {
	return strings.ReplaceAll(makefileTemplate, "SERVICE", service)
}
