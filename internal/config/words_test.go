package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	for command, want := range map[string][]string{
		``:                         nil,
		"  /bin/x\ta  b ":          {"/bin/x", "a", "b"},
		`/bin/sleep "10 00"`:       {"/bin/sleep", "10 00"},
		`/bin/x '' ""`:             {"/bin/x", "", ""},
		`/bin/x a'b c'"d e"f`:      {"/bin/x", "ab cd ef"},
		`/bin/x '"' "'" \" \' \\`:  {"/bin/x", `"`, `'`, `"`, `'`, `\`},
		`/bin/x "\"\\\$\n" '\'`:    {"/bin/x", `"\$\n`, `\`},
		`/bin/x a\ b \a`:           {"/bin/x", "a b", "a"},
		`/bin/x $HOME ~ * | ; # &`: {"/bin/x", "$HOME", "~", "*", "|", ";", "#", "&"},
		`/bin/ü "ö ä"`:             {"/bin/ü", "ö ä"},
	} {
		got, err := words(command)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", command, err, diff)
		}
	}
	for command, want := range map[string]string{
		`/bin/x "a`: `quote " is not closed`, `/bin/x 'a" b`: `quote ' is not closed`,
		`/bin/x a\`: "nothing follows", `/bin/x "a\`: `quote " is not closed`,
	} {
		if got, err := words(command); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, error %v, want %q", command, got, err, want)
		}
	}
}
