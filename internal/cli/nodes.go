package cli

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

func (a *app) nodes() *cobra.Command {
	return &cobra.Command{
		Use: "nodes", Short: "The nodes and how they are",
		Long: `Lists the nodes that this node knows.

States: up; suspect: somebody believes that it is down; down: the network says
that it cannot be reached; silent: reachable, but its daemon says nothing.`,
		Example: `  srrctl nodes
  srrctl nodes -o json | jq -r '.[] | select(.state != "up") | .name'`,
		Args: args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.client.Snapshot(cmd.Context())
			if err != nil {
				return err
			}
			if a.format == formatJSON {
				return writeJSON(a.Out, s.Nodes, "  ")
			}
			a.print.printNodes(&s)
			return nil
		},
	}
}

var nodeStyle = map[string]style{api.NodeUp: green, api.NodeSuspect: yellow, api.NodeDown: red, api.NodeSilent: yellow}

func (p *printer) printNodes(s *api.Snapshot) {
	rows := [][]cell{head("NODE", "ROUTER ID", "STATE", "FOR", "BY", "RUNS", "FLAGS", "SOFTWARE")}
	for i := range s.Nodes {
		n := &s.Nodes[i]
		name := n.Title()
		if n.Self {
			name += " *"
		}
		rows = append(rows, []cell{
			text(name), text(n.RouterID.String()), in(nodeStyle[n.State], n.State), text(age(n.Since, s.At)), text(n.Source),
			text(strconv.Itoa(runningOn(s, n))), text(strings.Join(visibleFlags(n.Flags), ", ")), text(n.Software),
		})
	}
	p.table(rows...)
}

// runningOn counts the services that run on a node.
func runningOn(s *api.Snapshot, n *api.Node) int {
	count := 0
	for i := range s.Services {
		for _, inst := range s.Services[i].Running() {
			if inst.RouterID == n.RouterID {
				count++
			}
		}
	}
	return count
}

// visibleFlags leaves out what is the normal case.
func visibleFlags(flags []string) []string {
	var v []string
	for _, f := range flags {
		if f != "settled" && f != api.FlagAnnounced {
			v = append(v, f)
		}
	}
	return v
}
