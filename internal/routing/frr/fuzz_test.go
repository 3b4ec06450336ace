package frr

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// printed answers every command with one text, and keeps what is configured.
type printed struct {
	text string
	sent []string
}

func (p *printed) Show(context.Context, string, string) ([]byte, error) { return []byte(p.text), nil }

func (p *printed) Configure(_ context.Context, _ string, lines ...string) error {
	p.sent = append(p.sent, lines...)
	return nil
}

func captures(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		f.Fatalf("no file %s: %v", pattern, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
}

// FuzzRunning: whatever ospfd prints, what is sent to it is one command a line,
// and touches nothing but what is called as ours is, and one line of `router ospf`.
func FuzzRunning(f *testing.F) {
	captures(f, "*running*")
	f.Add("router ospf\n redistribute connected metric 1000 route-map SRR\nexit\nroute-map SRR permit 999\n match ip address prefix-list SRR-999\nexit\nip prefix-list SRR-999 seq 5 permit 10.71.100.1/32\n")
	f.Add("router ospf\n redistribute connected route-map theirs\nip prefix-list a seq 5 permit any le 7 ge 99\nroute-map theirs deny 5\n on-match next\n")
	ours := []netip.Prefix{netip.MustParsePrefix("10.71.100.1/32"), netip.MustParsePrefix("10.71.100.2/32")}
	f.Fuzz(func(t *testing.T, text string) {
		p := &printed{text: text}
		r := New(p)
		_, _ = r.Ensure(t.Context(), ours)
		_, _ = r.SetMetrics(t.Context(), map[netip.Prefix]uint32{ours[0]: LowestMetric, ours[1]: LowestMetric})
		_ = r.Undo(t.Context())
		inside := ""
		for _, line := range p.sent {
			if strings.ContainsAny(line, "\n\r\x00") {
				t.Fatalf("more than one command: %q", line)
			}
			words := strings.Fields(strings.TrimPrefix(line, "no "))
			switch {
			case line == "exit":
				inside = ""
			case line == "router ospf":
				inside = line
			case len(words) > 1 && words[0] == "route-map":
				inside = words[1]
				own(t, line, words[1])
			case len(words) > 2 && words[0] == "ip" && words[1] == "prefix-list":
				own(t, line, words[2])
			case inside == "router ospf":
				if words[0] != "redistribute" {
					t.Fatalf("in router ospf: %q", line)
				}
			case inside == "":
				t.Fatalf("in no context: %q", line)
			}
		}
	})
}

func own(t *testing.T, line, called string) {
	t.Helper()
	if called != name && !strings.HasPrefix(called, name+"-") {
		t.Fatalf("not ours: %q", line)
	}
}

func FuzzExternal(f *testing.F) {
	captures(f, "*external*")
	p := netip.MustParsePrefix("10.71.100.1/32")
	f.Fuzz(func(t *testing.T, text string) {
		for id, metric := range parseExternal(text, p) {
			if id == 0 && !strings.Contains(text, "0.0.0.0") || metric >= 1<<24 {
				t.Errorf("%s with metric %d", id, metric)
			}
		}
	})
}
