package doctor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// says answers one command with what is given, and all others as captured.
type says struct {
	captured
	daemon, command, text string
}

func (s says) Show(ctx context.Context, daemon, command string) ([]byte, error) {
	if daemon == s.daemon && command == s.command {
		return []byte(s.text), nil
	}
	return s.captured.Show(ctx, daemon, command)
}

// FuzzFacts: whatever a routing daemon prints, the doctor reads it, and says something.
func FuzzFacts(f *testing.F) {
	for k, c := range commands {
		b, err := os.ReadFile(filepath.Join("testdata", "tuned", fileName(c[0], c[1])))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(k), string(b))
		f.Add(uint8(k), "{}")
		f.Add(uint8(k), `{"interfaces":{"eth0":null},"neighbors":{"x":null},"10.0.0.0/8":[{"nexthops":null}]}`)
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		c := commands[int(which)%len(commands)]
		facts := readRouter(t.Context(), says{captured{dir: "tuned"}, c[0], c[1], text})
		facts.Host = wellHost
		if len(Check(facts, expected).Findings) == 0 {
			t.Error("nothing is found")
		}
	})
}

// FuzzHost reads what the kernel and nft print.
func FuzzHost(f *testing.F) {
	f.Add("  sl  local_address rem_address   st\n   0: 0100007F:0A2F 00000000:0000 0A\n", "tcp dport 2607 drop")
	f.Add("   0: 00000000000000000000000000000000:0A2F 0 01", "type filter hook input priority 0; policy drop;\ntcp dport 2607 accept\n")
	f.Fuzz(func(t *testing.T, sockets, rules string) {
		listens, clients := parseSockets(sockets, apiPort)
		if lines := strings.Count(sockets, "\n") + 1; len(listens)+clients > lines {
			t.Errorf("%d sockets in %d lines", len(listens)+clients, lines)
		}
		if filtered(rules) && !strings.Contains(rules, "drop") && !strings.Contains(rules, "reject") {
			t.Errorf("%q closes the port", rules)
		}
	})
}
