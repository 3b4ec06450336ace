package frr

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCover(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"10.0.0.1/32", "10.0.0.1/32"},
		{"10.0.0.2/32 10.0.0.3/32 10.0.0.2/32", "10.0.0.2/31 ge 32"},
		{"10.0.0.1/32 10.0.0.2/32", "10.0.0.1/32, 10.0.0.2/32"},
		{"10.0.0.4/32 10.0.0.3/32 10.0.0.6/32 10.0.0.5/32 10.0.0.7/32", "10.0.0.3/32, 10.0.0.4/30 ge 32"},
		{"10.0.0.255/32 10.0.1.0/32", "10.0.0.255/32, 10.0.1.0/32"},
		{"255.255.255.254/32 255.255.255.255/32", "255.255.255.254/31 ge 32"},
		{"0.0.0.0/32 0.0.0.1/32", "0.0.0.0/31 ge 32"},
		{"10.0.0.0/24 10.0.0.2/32 10.0.0.3/32", "10.0.0.0/24, 10.0.0.2/31 ge 32"},
	} {
		var got []string
		for _, s := range cover(prefixes(strings.Fields(c.in)...)) {
			got = append(got, s.String())
		}
		if d := cmp.Diff(c.want, strings.Join(got, ", ")); d != "" {
			t.Errorf("%s: -want +got\n%s", c.in, d)
		}
	}
}

// some returns a random part of 10.0.0.0/24, in runs.
func some(r *rand.Rand) []netip.Prefix {
	var out []netip.Prefix
	on := false
	for i := range 256 {
		if r.IntN(8) == 0 {
			on = !on
		}
		if on {
			out = append(out, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32))
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// From any set of addresses to any other: after each line everything of both is
// permitted, nothing of neither is, and at the end exactly the second.
func TestCoverChanges(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 0))
		f := &watched{fakeFRR: fake(t)}
		var old map[netip.Prefix]bool
		for range 4 {
			next := some(r)
			now := map[netip.Prefix]bool{}
			for _, p := range next {
				now[p] = true
			}
			f.check = func(line string) {
				is := parseRunning(f.String())
				for i := range 256 {
					for _, bits := range []int{32, 31, 24} {
						p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), bits)
						got := is.listed(name, p) == permitted
						if got && !old[p] && !now[p] || !got && old[p] && now[p] {
							t.Fatalf("seed %d: after %q: %s permitted: %v", seed, line, p, got)
						}
					}
				}
			}
			if _, err := New(f).Ensure(t.Context(), next); err != nil {
				t.Fatal(err)
			}
			old = now
			f.check("the last line")
		}
	}
}

// watched looks at the configuration after every line.
type watched struct {
	*fakeFRR
	check func(line string)
}

func (w *watched) Configure(_ context.Context, _ string, lines ...string) error {
	for _, line := range lines {
		w.line(line)
		w.check(line)
	}
	return nil
}

// A thousand addresses in a row are a few lines, and stay so.
func TestCoverIsShort(t *testing.T) {
	f := fake(t)
	var all []netip.Prefix
	for i := range 1000 {
		all = append(all, netip.MustParsePrefix(fmt.Sprintf("10.72.%d.%d/32", i/256, i%256)))
	}
	if _, err := New(f).Ensure(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(f.take(), "ip prefix-list SRR seq"); n > 9 {
		t.Errorf("%d lines", n)
	}
	if err := setMetric(t, New(f), all[500], 999); err != nil {
		t.Errorf("an address within a span: %v", err)
	}
	if err := setMetric(t, New(f), netip.MustParsePrefix("10.72.3.232/32"), 999); err == nil {
		t.Error("an address behind the spans was taken")
	}
}
