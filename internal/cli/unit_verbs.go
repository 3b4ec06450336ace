package cli

import (
	"github.com/spf13/cobra"

	"srr/internal/api"
)

// unitVerbs act on a group, or on a service without one, in the whole cluster.
func (a *app) unitVerbs() []*cobra.Command {
	unit := func(r *api.Request, given []string) error {
		r.Unit = given[0]
		return nil
	}
	var commands []*cobra.Command
	for _, v := range unitVerbs {
		complete, fill := a.completeUnits, unit
		if v.verb == api.Move {
			complete = a.completeUnitThenNode
			fill = func(r *api.Request, given []string) error {
				r.Unit, r.Node = given[0], given[1]
				return nil
			}
		}
		commands = append(commands, a.command(v, complete, fill))
	}
	return commands
}

const unitWord = "A service that belongs to a group means the whole group."

var unitVerbs = []verb{
	{
		verb: api.Move, use: "move SERVICE|GROUP NODE [--until WHEN]", args: []string{"SERVICE|GROUP", "NODE"}, until: true,
		short: "Run it on a node",
		long: `Makes a node the preferred one until WHEN, until it fails there, or until
unmove; with equal preferences until it runs there, where it stays. Of a service that
was stopped it ends the stop. ` + unitWord + `
A move to a node that is drained, in maintenance, held off or failed is refused.`,
		example: `  srrctl move web n2
  srrctl move web n2 --until 18:30 --reason "new disk in n1"`,
	},
	{
		verb: api.Unmove, use: "unmove SERVICE|GROUP", args: []string{"SERVICE|GROUP"},
		short:   "Forget a move",
		long:    "Lets the preferences decide again. With equal preferences it stays where it is.\n" + unitWord,
		example: "  srrctl unmove web",
	},
	{
		verb: api.Start, use: "start SERVICE|GROUP [--until WHEN]", args: []string{"SERVICE|GROUP"}, until: true,
		short:   "Run it on this node",
		long:    "The same as move to this node; it ends a stop, too.\n" + unitWord,
		example: "  srrctl start web",
	},
	{
		verb: api.Stop, use: "stop SERVICE|GROUP", args: []string{"SERVICE|GROUP"}, yes: true,
		short: "Stop it in the whole cluster",
		long: `Stops it wherever it runs; no node starts it until "run", "start" or
"move". This is remembered by every node and survives restarts.
` + unitWord,
		example: `  srrctl stop web --reason "database upgrade"`,
	},
	{
		verb: api.Run, use: "run SERVICE|GROUP", args: []string{"SERVICE|GROUP"},
		short:   "Undo stop",
		long:    "Lets the best node start it again.\n" + unitWord,
		example: "  srrctl run web",
	},
}
