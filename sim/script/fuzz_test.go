package script

import (
	"strings"
	"testing"
)

// FuzzSteps: what was read is printed so that it is read the same again.
func FuzzSteps(f *testing.F) {
	f.Add("# a comment\n@3s power-off n1\nlink r1 n1 cost=10 delay=2ms\n\n@-1s x")
	f.Add("@1h2m3.5s   behave n1 web start=hang\r\n@0s")
	f.Fuzz(func(t *testing.T, text string) {
		steps, err := ParseSteps(text)
		if err != nil {
			return
		}
		var lines []string
		for _, s := range steps {
			lines = append(lines, s.String())
			if l := Parse(s.Text); len(l.Words)+len(l.Options) != len(strings.Fields(s.Text)) {
				t.Errorf("%q has %d words and %d options", s.Text, len(l.Words), len(l.Options))
			}
		}
		again, err := ParseSteps(strings.Join(lines, "\n"))
		if err != nil || len(again) != len(steps) {
			t.Fatalf("%q: %d steps, then %d, %v", text, len(steps), len(again), err)
		}
		for k := range steps {
			if again[k] != steps[k] {
				t.Errorf("%+v became %+v", steps[k], again[k])
			}
		}
	})
}
