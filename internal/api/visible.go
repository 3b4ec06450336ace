package api

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible makes text from elsewhere harmless to whoever looks at it: whatever is not
// printable (control characters of both sets, formatting characters such as
// the direction overrides, broken UTF-8) becomes visible as \xNN or \uNNNN.
func Visible(s string) string { return visibleBut(s, "") }

// VisibleLines is Visible for text of several lines: line feeds and tabs stay,
// and the carriage return of a CR LF vanishes.
func VisibleLines(s string) string {
	return visibleBut(strings.ReplaceAll(s, "\r\n", "\n"), "\n\t")
}

func visibleBut(s, keep string) string {
	clean := func(r rune) bool { return r != utf8.RuneError && (unicode.IsPrint(r) || strings.ContainsRune(keep, r)) }
	if !strings.ContainsFunc(s, func(r rune) bool { return !clean(r) }) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case clean(r) || r == utf8.RuneError:
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		s = s[n:]
	}
	return b.String()
}
