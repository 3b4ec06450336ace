package manual

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func tree() *cobra.Command {
	run := func(*cobra.Command, []string) {}
	root := &cobra.Command{Use: "p", Long: "p is a program.", Version: "1", Run: run, SilenceUsage: true, SilenceErrors: true}
	root.PersistentFlags().String("file", "", "a file")
	one := &cobra.Command{Use: "one", Short: "Do one thing", Run: run, Example: "  p one"}
	one.AddCommand(&cobra.Command{Use: "more", Short: "Do more", Run: run})
	root.AddCommand(one, &cobra.Command{Use: "secret", Short: "Hide", Hidden: true, Run: run})
	return root
}

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	Write(&b, tree(), "make p.md")
	at := 0
	for _, want := range []string{
		"# p\n", "`make p.md`", "p is a program.", "--file", "--version", "## Commands\n",
		"### p one\n\nDo one thing.\n", "  p one\n", "#### p one more\n\nDo more.\n",
	} {
		i := strings.Index(b.String()[at:], want)
		if i < 0 {
			t.Fatalf("%q is missing or in another place:\n%s", want, &b)
		}
		at += i
	}
	if strings.Contains(b.String(), "secret") {
		t.Error("a hidden command is in the reference")
	}
}

func TestStrictHelp(t *testing.T) {
	for line, want := range map[string]string{
		"help": "", "help one": "", "help one more": "", "help help": "",
		"help bogus": `unknown command "bogus" for "p"`, "help one bogus": `unknown command "bogus" for "p one"`,
	} {
		for _, args := range []cobra.PositionalArgs{nil, cobra.NoArgs} { // cobra looks at them in Find
			root := tree()
			root.Args = args
			StrictHelp(root)
			var out bytes.Buffer
			root.SetOut(&out)
			root.SetArgs(strings.Fields(line))
			err := root.Execute()
			if got := errorText(err); got != want || (out.Len() == 0) != (want != "") {
				t.Errorf("%s: error %q, want %q; printed %q", line, got, want, &out)
			}
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
