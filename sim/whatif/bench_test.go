package whatif

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// large is a cluster of 32 nodes on 4 sites with 8 routers, and 200 services, each
// on 4 nodes.
func large() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	names := func(letter string, from, n int) string {
		var list []string
		for k := range n {
			list = append(list, fmt.Sprintf("%s%d", letter, from+k))
		}
		return strings.Join(list, " ")
	}
	say("router %s", names("r", 1, 8))
	say("host %s", names("n", 1, 32))
	for site := range 4 {
		say("lan lan%d %s %s", site, names("r", 2*site+1, 2), names("n", 8*site+1, 8))
	}
	for k := range 8 {
		say("link core%d r%d r%d", k, k+1, (k+1)%8+1)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for k := range 200 {
		var on, pref []string
		for i, h := range r.Perm(32)[:4] {
			on = append(on, fmt.Sprintf("n%d", h+1))
			pref = append(pref, fmt.Sprintf("n%d:%d", h+1, 100*(4-i)))
		}
		say("service s%d check on=%s pref=%s", k, strings.Join(on, ","), strings.Join(pref, ","))
	}
	say("boot")
	return b.String()
}

func BenchmarkWhatIf(b *testing.B) {
	p := newReality(b, large()).picture("n1")
	b.ReportAllocs()
	for b.Loop() {
		m, err := New(p)
		if err != nil {
			b.Fatal(err)
		}
		a, err := m.Ask("power-off n2", func() bool { return false })
		if err != nil || len(a.Differences) > 0 || len(a.Units) == 0 {
			b.Fatal(err, a.Differences, len(a.Units))
		}
	}
}

func BenchmarkSurvives(b *testing.B) {
	p := newReality(b, large()).picture("n1")
	for b.Loop() {
		m, err := New(p)
		if err != nil {
			b.Fatal(err)
		}
		s := m.Survives(func() bool { return false })
		if len(s.Differences) > 0 || s.Survived() == 0 {
			b.Fatal(s.Differences)
		}
		b.ReportMetric(float64(len(s.Failures)), "failures")
		b.ReportMetric(float64(s.Survived()), "survived")
	}
}
