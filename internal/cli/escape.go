package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape makes text from elsewhere harmless on a terminal: whatever is not
// printable (control characters of both sets, formatting characters such as
// the direction overrides, broken UTF-8) becomes visible as \xNN or \uNNNN.
func escape(s string) string { return escapeBut(s, "") }

// escapeLines is escape for text of several lines: line feeds and tabs stay,
// and the carriage return of a CR LF vanishes.
func escapeLines(s string) string {
	return escapeBut(strings.ReplaceAll(s, "\r\n", "\n"), "\n\t")
}

func escapeBut(s, keep string) string {
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

// writeJSON prints v with every character that is not printable as an escape
// of JSON, because JSON may be printed on a terminal, too.
func writeJSON(w io.Writer, v any, indent string) error {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	var out bytes.Buffer
	for _, r := range buf.String() {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			out.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}
