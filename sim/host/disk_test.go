package host

import (
	"maps"
	"slices"
	"testing"

	"srr/internal/node"
)

// TestDamagedLine: of a file with a damaged line, what the others say counts; one that
// has just been written anew is one line.
func TestDamagedLine(t *testing.T) {
	var d disk
	write := func(names ...string) {
		line := map[string]node.Saved{}
		for _, name := range names {
			line[name] = node.Saved{}
		}
		d.add(line)
	}
	is := func(want ...string) {
		t.Helper()
		if got := slices.Sorted(maps.Keys(d.values)); !slices.Equal(got, want) {
			t.Errorf("a reader finds %q, want %q", got, want)
		}
	}
	d.values = map[string]node.Saved{}
	write("a")
	write("a", "b")
	write("c")
	d.damage(1)
	is("a", "c")
	d.damage(0)
	is("c")
	write("d")
	d.damage(0)
	is("d")
	for range rewriteAfter {
		write("e")
	}
	is("d", "e")
	d.damage(0)
	is()
}
