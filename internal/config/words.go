package config

import (
	"errors"
	"strings"
	"unicode"
)

// words splits a command as a shell does: at white space, outside of quotes. Nothing is
// expanded, and operators of a shell are words like others: none will read them.
func words(command string) ([]string, error) {
	var out []string
	var word strings.Builder
	var quote rune // the open one; 0: none
	begun, escaped := false, false
	for _, r := range command {
		switch {
		case escaped:
			if quote == '"' && !strings.ContainsRune("\"\\$`", r) {
				word.WriteByte('\\')
			}
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			begun, escaped = true, true
		case r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			begun, quote = true, r
		case quote == 0 && unicode.IsSpace(r):
			if begun {
				out = append(out, word.String())
			}
			word.Reset()
			begun = false
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	switch {
	case quote != 0:
		return nil, errors.New("the quote " + string(quote) + " is not closed")
	case escaped:
		return nil, errors.New(`nothing follows the last \`)
	case begun:
		out = append(out, word.String())
	}
	return out, nil
}
