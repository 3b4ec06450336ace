package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

func (a *app) output() *cobra.Command {
	return &cobra.Command{
		Use: "output SERVICE [PRIMITIVE]", Short: "What a service's primitives printed",
		Long: `Prints what the primitives of a service on this node printed and how they
ended, newest last: the last call of each one, or with PRIMITIVE every call
of it that is kept. Characters that could harm a terminal are shown as escapes.`,
		Example: `  srrctl output web
  srrctl output web start`,
		Args: args("SERVICE", "[PRIMITIVE]"),
		ValidArgsFunction: func(cmd *cobra.Command, given []string, word string) ([]string, cobra.ShellCompDirective) {
			if len(given) == 1 {
				return primitives, cobra.ShellCompDirectiveNoFileComp
			}
			return a.completeServices(cmd, given, word)
		},
		RunE: func(cmd *cobra.Command, given []string) error {
			primitive := ""
			if len(given) > 1 {
				primitive = given[1]
			}
			if primitive != "" && !slices.Contains(primitives, primitive) {
				return a.usage(fmt.Errorf("no primitive %q: there are %s", primitive, strings.Join(primitives, ", ")))
			}
			outputs, err := a.client.Outputs(cmd.Context(), given[0], primitive)
			if err != nil {
				return err
			}
			if primitive == "" {
				outputs = lastOfEach(outputs)
			}
			slices.Reverse(outputs)
			if a.format == formatJSON {
				return writeJSON(a.Out, outputs, "  ")
			}
			for i := range outputs {
				if i > 0 {
					fmt.Fprintln(a.Out)
				}
				a.print.printOutput(&outputs[i], a.Now())
			}
			return nil
		},
	}
}

var primitives = []string{
	"activate", "deactivate", "start", "stop", "reload", "restart", "join", "leave", "failed", "status", "check",
}

// lastOfEach keeps the newest call of each primitive; they come newest first.
func lastOfEach(outputs []api.Output) []api.Output {
	seen := map[string]bool{}
	var last []api.Output
	for _, o := range outputs {
		if !seen[o.Primitive] {
			last = append(last, o)
		}
		seen[o.Primitive] = true
	}
	return last
}

func (p *printer) printOutput(o *api.Output, now time.Time) {
	outcome := in(green, o.Outcome)
	if o.Outcome != "ok" {
		outcome.style = red
	}
	why := joinFact("", o.Text)
	if o.Code != 0 {
		why = joinFact(fmt.Sprintf("code %d", o.Code), o.Text)
	}
	if why != "" {
		why = ", " + why
	}
	p.line(in(bold, o.Service+" "+o.Primitive), text("  "+p.clock(o.At, now)+"  "), outcome, text(why), in(faint, "  "+took(o.TookSeconds)))
	if o.Truncated {
		p.line(in(faint, "  (the beginning is lost)"))
	}
	body := strings.TrimRight(escapeLines(o.Output), "\n")
	if body == "" {
		return
	}
	for line := range strings.SplitSeq(body, "\n") {
		fmt.Fprintln(p.w, "  | "+line)
	}
}
