package config

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Load reads the main file at path and the conf.d directory beside it. The
// error is of type Problems and holds everything that is wrong; there is no
// Config then. prober may be nil: agents are not looked at then.
func Load(path string, prober Prober) (*Config, error) {
	return load(path, prober, nil)
}

func load(path string, prober Prober, over overlay) (*Config, error) {
	c, err := loadUntil(context.Background(), path, prober, over)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// loadUntil looks at agents until ctx ends. It returns what it has built together
// with the error.
func loadUntil(ctx context.Context, path string, prober Prober, over overlay) (*Config, error) {
	l := newLoading()
	files, problems := listFiles(path, over)
	l.problems = problems
	f := defaultFile()
	whole := len(problems) == 0
	for i, name := range files {
		text, replaced := over[name]
		if !replaced {
			var problem *Problem
			if text, problem = readFile(name); problem != nil {
				l.problems = append(l.problems, *problem)
				whole = false
				continue
			}
		}
		whole = l.read(name, string(text), f, i == 0) && whole
	}
	if !whole { // what a file that cannot be read defines would be missed everywhere
		return nil, l.result(files)
	}
	host, _ := os.Hostname()
	c := l.build(f, files, host)
	if prober != nil {
		l.examine(ctx, c, f, prober)
	}
	return c, l.result(files)
}

// loading is what is known while files are read.
type loading struct {
	texts    map[string]string // by file
	at       map[any]Position  // by the address of the value
	partial  map[any]bool      // lists of which something was left out, by their address
	broken   map[any]bool      // services and sinks with a problem of their own, by their address
	problems Problems
}

func newLoading() *loading {
	return &loading{texts: map[string]string{}, at: map[any]Position{}, partial: map[any]bool{}, broken: map[any]bool{}}
}

// judge notes whether f finds anything wrong with a section.
func (l *loading) judge(section any, f func()) {
	before := len(l.problems)
	f()
	if len(l.problems) > before {
		l.broken[section] = true
	}
}

// read decodes one file into f and reports whether it is YAML at all. Only the
// main file may have all sections.
func (l *loading) read(name, text string, f *File, main bool) bool {
	text = strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff")
	l.texts[name] = text
	body, problem := parse(name, text)
	if problem != nil {
		l.problems = append(l.problems, *problem)
		return false
	}
	d := &decoder{l: l, file: name}
	l.at[f] = Position{File: name, Line: 1, Column: 1}
	switch {
	case body == nil && main:
		l.failAt(l.at[f], "srrd init writes a first one", "the file is empty")
		return false
	case body == nil || d.unsupported(body):
	case main:
		d.mapping(body, f, "")
	default:
		d.fragment(body, f)
	}
	return true
}

// fragment decodes a file of conf.d: only groups and services.
func (d *decoder) fragment(body ast.Node, f *File) {
	pairs, _ := d.pairs(body, "")
	for _, p := range pairs {
		switch p.key {
		case "groups":
			d.into(p.value, &f.Groups, "")
		case "services":
			d.into(p.value, &f.Services, "")
		default:
			hint := didYouMean(p.key, []string{"groups", "services"})
			if fieldIn(reflect.TypeFor[File](), p.key) {
				hint = "it belongs into the main file"
			}
			d.fail(p.at, hint, "files in conf.d hold groups and services only, not %q", clip(p.key))
		}
	}
}

func fieldIn(t reflect.Type, key string) bool {
	for _, f := range fieldsOf(t) {
		if keyOf(f) == key {
			return true
		}
	}
	return false
}

// has reports whether a value is in a file.
func (l *loading) has(value any) bool {
	_, ok := l.at[value]
	return ok
}

// where returns the position of the first of values that is in a file.
func (l *loading) where(values ...any) Position {
	for _, v := range values {
		if p, ok := l.at[v]; ok {
			return p
		}
	}
	return Position{}
}

func (l *loading) failAt(p Position, hint, format string, args ...any) {
	l.problems = append(l.problems, Problem{
		Position: p, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (l *loading) missing(p Position, key string) {
	hints := map[string]string{
		"medium":    "srrd init writes it",
		"router-id": "that of ospfd, such as 10.0.0.1",
		"cluster":   "any name that all nodes share",
	}
	l.failAt(p, hints[key], "%q is missing", key)
}

// result sorts what was found and adds the excerpts.
func (l *loading) result(files []string) error {
	if len(l.problems) == 0 {
		return nil
	}
	l.problems.sort(files)
	for i := range l.problems {
		p := &l.problems[i]
		p.Excerpt = excerpt(l.texts[p.File], p.Position)
	}
	return l.problems
}
