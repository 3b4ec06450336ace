package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

func (a *app) survives() *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use: "survives [--all]", Short: "Which single failures the cluster survives, and which not",
		Long: `Tries every single failure in the simulator of what-if: of each node, router,
link and network that the link-state database shows, and of each service where it
runs. A failure is survived if everything that ran runs again. Nothing touches the
cluster. Prints what is not survived, with --all everything, and which services
only a single node can run.

The exit code is 5 if a failure is not survived.`,
		Example: `  srrctl survives
  srrctl survives --all
  srrctl survives -o json | jq -r '.failures[] | select(.survived | not) | .line'`,
		Args: args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.client.Survives(cmd.Context())
			if err != nil {
				return err
			}
			if a.format == formatJSON {
				err = writeJSON(a.Out, s, "  ")
			} else {
				a.print.printSurvives(&s, all)
			}
			if err == nil && s.Survived < s.Total {
				err = errDegraded
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "print also what is survived")
	return cmd
}

func (p *printer) printSurvives(s *api.Survives, all bool) {
	score := in(green, fmt.Sprintf("survives %d of %d", s.Survived, s.Total))
	if s.Survived < s.Total {
		score.style = red
	}
	p.line(append([]cell{score}, text(onlies(s.Only)))...)
	if s.Incomplete {
		p.line(in(yellow, "There was not enough time for all failures."))
	}
	if len(s.Differences) > 0 {
		p.line(in(red, "The simulated cluster is not as the real one: the score says little."))
		p.list("What came out differently before anything was done", s.Differences)
	}
	p.printFailures(s, all)
	p.list("Assumed", s.Assumptions)
}

// onlies tells which units a single node can run: the first ones of them.
func onlies(list []api.OnlyNode) string {
	const some = 3
	var b strings.Builder
	for _, o := range list[:min(some, len(list))] {
		fmt.Fprintf(&b, "; %s is the only node that can run %s", o.Node, o.Unit)
	}
	if n := len(list) - some; n > 0 {
		fmt.Fprintf(&b, "; and so on for %s", others(n))
	}
	return b.String()
}

func (p *printer) printFailures(s *api.Survives, all bool) {
	rows := [][]cell{head("FAILURE", "SURVIVED", "MOVED", "GAP", "LOST")}
	for i := range s.Failures {
		f := &s.Failures[i]
		if f.Survived && !all {
			continue
		}
		verdict := in(green, "yes")
		if !f.Survived {
			verdict = in(red, "no")
		}
		rows = append(rows, []cell{in(bold, f.Line), verdict, textf("%d", f.Moved), text(took(f.GapSeconds)), text(losses(f))})
	}
	if len(rows) > 1 {
		fmt.Fprintln(p.w)
		p.table(rows...)
	}
}

func losses(f *api.Failed) string {
	var list []string
	for _, l := range f.Lost {
		list = append(list, l.Unit+": "+l.Why)
	}
	if f.Error != "" {
		list = append(list, f.Error)
	}
	return strings.Join(list, "; ")
}
