package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

func (a *app) status() *cobra.Command {
	var exitCode bool
	cmd := &cobra.Command{
		Use: "status [--exit-code]", Short: "What is wrong, and what runs where",
		Long: `Shows the cluster as this node sees it: first what is wrong, worst first and
each with the command that leads on, then the nodes and the services.

With --exit-code the exit code is 5 if something is critical or degraded;
what operators did on purpose (a stop, a drain, maintenance) is not.`,
		Example: `  srrctl status
  srrctl status --exit-code >/dev/null || echo "look at the cluster"
  srrctl status -o json | jq '.problems[] | select(.severity == "critical")'`,
		Args: args(),
	}
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "end with 5 if the cluster is degraded")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		snap, err := a.client.Snapshot(cmd.Context())
		if err != nil {
			return err
		}
		problems := snap.Problems()
		if err := a.printStatus(&snap, problems); err != nil {
			return err
		}
		if exitCode && api.Degraded(problems) {
			return errDegraded
		}
		return nil
	}
	return cmd
}

// statusJSON is the answer of status as JSON.
type statusJSON struct {
	Degraded bool          `json:"degraded"`
	Problems []api.Problem `json:"problems"`
	Snapshot *api.Snapshot `json:"snapshot"`
}

func (a *app) printStatus(s *api.Snapshot, problems []api.Problem) error {
	if a.format == formatJSON {
		if problems == nil {
			problems = []api.Problem{}
		}
		return writeJSON(a.Out, statusJSON{api.Degraded(problems), problems, s}, "  ")
	}
	p := &a.print
	p.printHead(s)
	fmt.Fprintln(p.w)
	p.printProblems(s, problems)
	p.heading("Nodes")
	p.printNodes(s)
	p.heading("Services")
	p.printServices(s)
	return nil
}

func (p *printer) printHead(s *api.Snapshot) {
	up, running := 0, 0
	for i := range s.Nodes {
		if s.Nodes[i].State == api.NodeUp {
			up++
		}
	}
	for i := range s.Services {
		if len(s.Services[i].Running()) > 0 {
			running++
		}
	}
	p.line(text("Cluster "), in(bold, s.Cluster), textf(" as %s (%s) sees it: %d of %d nodes up, %d of %d services run",
		s.Node, s.RouterID, up, len(s.Nodes), running, len(s.Services)))
	medium := textf("Medium %s is %s, %s", s.Medium.Kind, s.Medium.State, plural(len(s.Medium.Neighbors), "Full neighbor"))
	if s.Medium.State != api.MediumUp {
		medium.style = red
	}
	gate := in(plain, "; this node may start services")
	if s.Gate.State != api.GateOpen {
		gate = in(yellow, "; this node starts nothing: "+s.Gate.State)
	}
	p.line(medium, gate)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

var severityStyle = map[api.Severity]style{api.Critical: red, api.Warning: yellow, api.Notice: plain}

func (p *printer) printProblems(s *api.Snapshot, problems []api.Problem) {
	if len(problems) == 0 {
		p.line(in(green, "Nothing is wrong."))
		return
	}
	rows := [][]cell{head("SEVERITY", "WHAT", "FOR", "WHY")}
	for _, pr := range problems {
		rows = append(rows, []cell{
			in(severityStyle[pr.Severity], string(pr.Severity)), text(pr.Subject), text(age(pr.Since, s.At)), text(pr.Text),
		})
		if pr.Advice != "" {
			rows = append(rows, []cell{text(" "), text(" "), text(" "), in(faint, "-> "+pr.Advice)})
		}
	}
	p.table(rows...)
}

// stateStyle colors a state by its run state.
func stateStyle(state string) style {
	switch {
	case strings.HasSuffix(state, "/started"):
		return green
	case strings.Contains(state, "failed"):
		return red
	case strings.HasSuffix(state, "/starting"), strings.HasSuffix(state, "/stopping"):
		return yellow
	}
	return plain
}
