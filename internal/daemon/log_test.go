package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// TestLogsAreLines: whatever strangers, services or nodes are called and say, one
// line of the log stays one, and moves no cursor.
func TestLogsAreLines(t *testing.T) {
	hostile := "x\nlevel=ERROR msg=\"all is lost\"\r\x1b[2J\x1b]0;title\x07\u202e\u2028\x00"
	var text, asJSON bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&asJSON, nil)} {
		log := slog.New(h)
		log.Warn("refused", "from", hostile, "err", errors.New(hostile), hostile, "a key")
	}
	for name, line := range map[string]string{"text": text.String(), "JSON": asJSON.String()} {
		if strings.Count(strings.TrimSuffix(line, "\n"), "\n") != 0 || strings.ContainsAny(line, "\x1b\x07\r\x00") {
			t.Errorf("%s: %q", name, line)
		}
	}
	if strings.Contains(text.String(), "\u202e") { // of JSON nobody reads the bytes
		t.Errorf("text that runs backwards: %q", text.String())
	}
	if !json.Valid(asJSON.Bytes()) {
		t.Errorf("no JSON: %s", asJSON.String())
	}
}
