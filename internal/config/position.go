package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Position is a place in a configuration file; Line and Column count from 1.
// Column counts characters.
type Position struct {
	File         string
	Line, Column int
}

func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// before orders positions by file, as the files were read, then by place.
func (p Position) before(q Position) int {
	if p.Line != q.Line {
		return p.Line - q.Line
	}
	return p.Column - q.Column
}

// Problem is one mistake in the configuration.
type Problem struct {
	Position
	Message string
	Hint    string // how to mend it; may be empty
	Excerpt string // the line, shortened, and a mark; may be empty
	// Unexamined: it is not known whether there is a mistake, see LoadAtStart.
	Unexamined bool
}

// Error returns the position, what is wrong, and how to mend it, in one line.
func (p Problem) Error() string {
	s := p.Message
	if p.File != "" {
		s = p.Position.String() + ": " + s
	}
	if p.Hint != "" {
		s += "; " + p.Hint
	}
	return s
}

// Problems are all mistakes of one configuration, in the order of the files.
type Problems []Problem

// maxShown bounds what an error prints; all problems remain in the slice.
const maxShown = 40

// Error prints every problem with the line that it is about.
func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i == maxShown {
			fmt.Fprintf(&b, "and %d more\n", len(ps)-maxShown)
			break
		}
		b.WriteString(p.Error())
		b.WriteByte('\n')
		b.WriteString(p.Excerpt)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Unwrap gives errors.As access to each problem.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

func (ps Problems) sort(files []string) {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.File != b.File {
			return slices.Index(files, a.File) - slices.Index(files, b.File)
		}
		return a.before(b.Position)
	})
}

// excerptWidth is how many characters of a line an excerpt shows.
const excerptWidth = 100

// excerpt prints line p.Line of text with a mark below column p.Column.
func excerpt(text string, p Position) string {
	line, ok := lineOf(text, p.Line)
	if !ok {
		return ""
	}
	runes := []rune(line)
	column := min(max(p.Column-1, 0), len(runes))
	from := max(0, min(column-excerptWidth/2, len(runes)-excerptWidth))
	runes = runes[from:min(len(runes), from+excerptWidth)]
	for i, r := range runes {
		if unicode.IsControl(r) || r == utf8.RuneError || !unicode.IsPrint(r) {
			runes[i] = ' '
		}
	}
	return fmt.Sprintf("%6d | %s\n       | %s^\n", p.Line,
		strings.TrimRight(string(runes), " "), strings.Repeat(" ", column-from))
}

func lineOf(text string, n int) (string, bool) {
	for i := 1; n > 0; i++ {
		line, rest, more := strings.Cut(text, "\n")
		if i == n {
			return line, line != "" || more
		}
		if !more {
			break
		}
		text = rest
	}
	return "", false
}
