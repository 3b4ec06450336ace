package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

func (a *app) explain() *cobra.Command {
	return &cobra.Command{
		Use: "explain SERVICE|GROUP", Short: "Why it is where it is, and what would change that",
		Long: `Ranks the nodes for a service or group, best first, and names the rule that
decided between each one and the next; why a node may not run it at all; what
it waits for; and what would change it.`,
		Example: `  srrctl explain web
  srrctl explain group/shop        where a service has the same name`,
		Args:              args("SERVICE|GROUP"),
		ValidArgsFunction: a.completeUnits,
		RunE: func(cmd *cobra.Command, given []string) error {
			e, err := a.client.Explain(cmd.Context(), given[0])
			if err != nil {
				return err
			}
			if a.format == formatJSON {
				return writeJSON(a.Out, e, "  ")
			}
			a.print.printExplain(&e)
			return nil
		},
	}
}

func (p *printer) printExplain(e *api.Explain) {
	name := e.Unit
	if e.Group {
		name = "group " + name
	}
	p.line(in(bold, name), text(" "+strings.TrimPrefix(e.Verdict, name+" ")))
	p.heading("Candidates, best first, as " + e.Node + " ranks them")
	for i := range e.Candidates {
		p.printCandidate(i+1, &e.Candidates[i])
	}
	p.list("What keeps it from running", e.Blocking)
	p.list("What would change it", e.Changes)
}

func (p *printer) printCandidate(rank int, c *api.Candidate) {
	name := c.Node
	if name == "" {
		name = c.RouterID.String()
	}
	state := c.State
	if c.Holds && state != "" {
		state += ", holds it"
	}
	mark := in(green, "may run it")
	if !c.Eligible {
		mark = in(red, "may not: "+strings.Join(c.WhyNot, "; "))
	}
	p.line(textf("%2d. %s  ", rank, name), in(stateStyle(c.State), state), text(strings.Repeat(" ", min(1, len(state))*2)), mark)
	if len(c.Facts) > 0 {
		p.line(in(faint, "      "+strings.Join(c.Facts, ", ")))
	}
	if c.Rule != "" {
		p.line(textf("      before the next by: %s", joinRule(c)))
	}
}

func joinRule(c *api.Candidate) string {
	if c.Comparison == "" {
		return c.Rule
	}
	return fmt.Sprintf("%s (%s)", c.Rule, c.Comparison)
}

func (p *printer) list(title string, items []string) {
	if len(items) == 0 {
		return
	}
	p.heading(title)
	for _, s := range items {
		p.line(text("  - " + s))
	}
}
