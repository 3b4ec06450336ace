package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"srr/internal/cli/manual"
)

const rootLong = `srrctl shows and steers a cluster of srrd daemons through the daemon of this
node. It must run as root or as the daemon's own user.

From elsewhere it asks the console of a node, with --server and a certificate, as
anybody on any machine; "this node" is the node that is asked then, or the one to
which it carries the command, with --on.

Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  the daemon, or the node that --on names, cannot be reached
  4  refused, by a rule or because of who asks; the reason and the way out are
     printed
  5  something is wrong: "status --exit-code", "doctor", "survives"; not everything
     has left in time: "drain --timeout"

Environment:
  SRR_SOCKET  the daemon's socket, unless --socket is given
  SRR_SERVER  the console to be asked, unless --server or --socket is given
  SRR_CA, SRR_CRL, SRR_CERT, SRR_KEY
              files for that, unless --ca, --crl, --cert, --key are given
  NO_COLOR    print without colors, whatever its value`

const rootExample = `  srrctl status                       what is wrong, and what runs where
  srrctl explain web                  why web is where it is
  srrctl move web n2 --until 8h       run web on n2 until this evening
  srrctl drain && apt upgrade         first give all services away, and wait for that
  srrctl events --since 1h -o json    what happened in the last hour
  srrctl services -o json | jq -r '.[].name'
  srrctl --server n1.example.org:8443 --on n2 drain
                                      drain n2, from anywhere, by the console of n1`

// The groups of commands in the help.
const (
	groupLook    = "look"
	groupService = "service"
	groupNode    = "node"
	groupCluster = "cluster"
	groupOther   = "other"
)

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "srrctl",
		Short:             "Show and steer a cluster of SRR",
		Long:              rootLong,
		Example:           rootExample,
		PersistentPreRunE: a.begin,
		SilenceErrors:     true,
		SilenceUsage:      true,
	}
	root.PersistentFlags().StringVar(&a.socket, "socket", "", "the daemon's socket `PATH` (default $SRR_SOCKET or /run/srr/srrd.sock)")
	a.remote.add(root.PersistentFlags())
	_ = root.RegisterFlagCompletionFunc("on", a.completeNodes)
	root.PersistentFlags().VarP(&a.format, "output", "o", "`FORMAT` of the answer: table or json")
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddGroup(
		&cobra.Group{ID: groupLook, Title: "Look:"},
		&cobra.Group{ID: groupService, Title: "Services and groups:"},
		&cobra.Group{ID: groupNode, Title: "This node:"},
		&cobra.Group{ID: groupCluster, Title: "Who is who:"},
		&cobra.Group{ID: groupOther, Title: "Other:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			c.DisableFlagsInUseLine = true
			root.AddCommand(c)
		}
	}
	add(groupLook, a.status(), a.nodes(), a.services(), a.groups(), a.show(), a.explain(), a.whatIf(), a.survives(), a.watch(), a.events(), a.availability(), a.output(), a.lsdb(), a.doctor())
	add(groupService, a.unitVerbs()...)
	add(groupService, a.serviceVerbs()...)
	add(groupNode, a.nodeVerbs()...)
	add(groupCluster, a.authority(), a.token(), a.join(), a.login())
	add(groupOther, a.completion(), a.versionCommand(), a.genDocs())
	root.SetHelpCommandGroupID(groupOther)
	manual.StrictHelp(root)
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return root
}

// args demands one argument per name; a name in brackets may be missing.
func args(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		for i, n := range names {
			if i >= len(given) && !strings.HasPrefix(n, "[") {
				return fmt.Errorf("%s needs %s: %s", cmd.Name(), n, cmd.UseLine())
			}
		}
		if len(given) > len(names) {
			return fmt.Errorf("%s does not take %q: %s", cmd.Name(), given[len(names)], cmd.UseLine())
		}
		return nil
	}
}

// format is how answers are printed.
type format string

const (
	formatTable format = "table"
	formatJSON  format = "json"
)

var _ pflag.Value = (*format)(nil)

func (f *format) String() string { return string(*f) }
func (f *format) Type() string   { return "FORMAT" }

func (f *format) Set(s string) error {
	if v := format(s); v == formatTable || v == formatJSON {
		*f = v
		return nil
	}
	return errors.New("want table or json")
}
