//go:build lab

package play

import (
	"os"
	"strings"
	"testing"
	"time"

	"srr/lab"
)

func TestMain(m *testing.M) {
	lab.RunHelper()
	os.Exit(m.Run())
}

// TestPlayed: a schedule is carried out on a real network, at its times, and one act
// that fails does not end it.
func TestPlayed(t *testing.T) {
	l, err := lab.Up(t.Context(), lab.Options{Topology: "two", Timers: "bfd20"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p, err := Parse("@50ms mute n1 eth0\n@100ms drop n3 eth0\n@200ms kill n2 ospfd 2s\n@300ms kill n2 ospfd\n@700ms undrop n1 eth0\n@800ms undrop n3 eth0", l.Topology())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	began := time.Now()
	failed, err := p.Run(t.Context(), l, "srrctl", &out)
	if err != nil || failed != 1 || time.Since(began) < 800*time.Millisecond {
		t.Errorf("%d failed, %v, after %v:\n%s", failed, err, time.Since(began), &out)
	}
}
