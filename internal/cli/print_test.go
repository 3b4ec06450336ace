package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
)

// syncBuffer is a terminal that a test can wait for.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *syncBuffer) await(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(s.String(), text); {
		if time.Now().After(deadline) {
			t.Fatalf("%q does not appear: %q", text, s.String())
		}
		<-time.After(5 * time.Millisecond)
	}
}

// Whatever the input is, nothing that a terminal obeys comes out, and JSON
// still means the same.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "plain ä 漢", "\x1b[2J", "\x9b1m", "\u009b1m", "a\u202eb", "\r\n\t", "\xff\xfe", "\U000e0001", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range escape(s) {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q: %U", s, r)
			}
		}
		for _, r := range escapeLines(s) {
			if !unicode.IsPrint(r) && r != '\n' && r != '\t' {
				t.Fatalf("%q: %U", s, r)
			}
		}
		var b bytes.Buffer
		if err := writeJSON(&b, s, ""); err != nil {
			t.Fatal(err)
		}
		for _, r := range strings.TrimSuffix(b.String(), "\n") {
			if !unicode.IsPrint(r) {
				t.Fatalf("JSON of %q: %U", s, r)
			}
		}
		var back string
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || back != strings.ToValidUTF8(s, "\ufffd") && back != string([]rune(s)) {
			t.Fatalf("JSON of %q: %q %v", s, back, err)
		}
	})
}

func TestParseWhen(t *testing.T) {
	zone := time.FixedZone("here", 3600)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) // 13:00 here
	for _, c := range []struct {
		in        string
		direction int
		want      string
	}{
		{"8h", +1, "2026-11-23T20:00:00Z"},
		{"90m", -1, "2026-11-23T10:30:00Z"},
		{"3d", +1, "2026-11-26T12:00:00Z"},
		{"18:30", +1, "2026-11-23T17:30:00Z"},
		{"12:30", +1, "2026-11-24T11:30:00Z"},
		{"12:30", -1, "2026-11-23T11:30:00Z"},
		{"18:30", -1, "2026-11-22T17:30:00Z"},
		{"2026-12-31 18:00", +1, "2026-12-31T17:00:00Z"},
		{"2026-12-31", +1, "2026-12-30T23:00:00Z"},
		{"2026-12-31T18:00:00Z", +1, "2026-12-31T18:00:00Z"},
		{"-8h", +1, ""},
		{"soon", +1, ""},
		{"", +1, ""},
		{"99999d", +1, ""},
	} {
		got, err := parseWhen(c.in, now, zone, c.direction)
		if (err != nil) != (c.want == "") || err == nil && got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%q: %v %v, want %s", c.in, got, err, c.want)
		}
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 59 * time.Second: "59s", 61 * time.Second: "1m01s", 12 * time.Minute: "12m",
		61 * time.Minute: "1h01m", 25 * time.Hour: "1d1h", 400 * time.Hour: "16d",
	} {
		if got := short(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	if got := fit("a\nb\nc\nd\n", 3); got != "a\x1b[K\r\nb\x1b[K\r\n...\x1b[K" {
		t.Errorf("%q", got)
	}
}

func TestReferenceIsCurrent(t *testing.T) {
	var b bytes.Buffer
	Reference(&b)
	have, err := os.ReadFile("../../docs/cli.md")
	if err != nil || !bytes.Equal(have, b.Bytes()) {
		t.Errorf("docs/cli.md is not current: go generate ./internal/cli (%v)", err)
	}
}
