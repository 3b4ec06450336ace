package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"

	"srr/internal/api"
)

// escape makes text from elsewhere harmless on a terminal.
func escape(s string) string { return api.Visible(s) }

// escapeLines is escape for text of several lines.
func escapeLines(s string) string { return api.VisibleLines(s) }

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
