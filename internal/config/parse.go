package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxNesting bounds what the library's recursive parser is given; the deepest
// path of a valid file has 6 levels.
const maxNesting = 64

// maxLine bounds the length of a line, and with it how deep block style can
// nest.
const maxLine = 4096

// parse returns the body of the only document in text; nil for an empty one.
// The library has panicked on strange input before: that is a problem of the
// file, not the end of the daemon.
func parse(file, text string) (body ast.Node, problem *Problem) {
	defer func() {
		if r := recover(); r != nil {
			body, problem = nil, &Problem{
				Position: Position{File: file},
				Message:  fmt.Sprintf("the YAML parser gave up: %.100v", r),
			}
		}
	}()
	if problem := refuseText(file, text); problem != nil {
		return nil, problem
	}
	tokens := lexer.Tokenize(text)
	if problem := refuseNesting(file, tokens); problem != nil {
		return nil, problem
	}
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxProblem(file, err)
	}
	for _, doc := range f.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.DirectiveType:
		case body != nil:
			p := Position{File: file}
			if doc.Start != nil {
				p.Line, p.Column = doc.Start.Position.Line, doc.Start.Position.Column
			}
			return nil, &Problem{Position: p, Message: "a second document begins", Hint: "one document per file"}
		default:
			body = doc.Body
		}
	}
	return body, nil
}

func refuseText(file, text string) *Problem {
	line := 0
	for s := range strings.Lines(text) {
		line++
		at := Position{File: file, Line: line, Column: 1}
		switch {
		case len(s) > maxLine:
			return &Problem{Position: at, Message: fmt.Sprintf("the line is longer than %d bytes", maxLine)}
		case !utf8.ValidString(s):
			return &Problem{Position: at, Message: "the line is not UTF-8"}
		case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
			return &Problem{Position: at, Message: "the line holds a control character"}
		}
	}
	return nil
}

func refuseNesting(file string, tokens token.Tokens) *Problem {
	depth := 0
	columns := []int{}
	for _, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType:
			columns = nest(columns, t.Position.Column)
		}
		if depth+len(columns) > maxNesting {
			return &Problem{
				Position: Position{File: file, Line: t.Position.Line, Column: t.Position.Column},
				Message:  fmt.Sprintf("nested more than %d levels deep", maxNesting),
			}
		}
	}
	return nil
}

// nest keeps the columns at which open block collections may have begun.
func nest(columns []int, column int) []int {
	for len(columns) > 0 && columns[len(columns)-1] >= column {
		columns = columns[:len(columns)-1]
	}
	return append(columns, column)
}

func syntaxProblem(file string, err error) *Problem {
	p := &Problem{Position: Position{File: file}, Message: "not YAML: " + strings.SplitN(err.Error(), "\n", 2)[0]}
	var ye yaml.Error
	if !errors.As(err, &ye) {
		return p
	}
	p.Message = "not YAML: " + ye.GetMessage()
	if t := ye.GetToken(); t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	if strings.Contains(p.Message, "\t") {
		p.Message, p.Hint = "not YAML: a tab", "indent with spaces"
	}
	return p
}
