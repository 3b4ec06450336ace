package cli

import (
	"github.com/spf13/cobra"

	"srr/internal/api"
)

// serviceVerbs act on one instance: that of this node, but for confirm-stopped.
func (a *app) serviceVerbs() []*cobra.Command {
	var commands []*cobra.Command
	for _, v := range serviceVerbs {
		commands = append(commands, a.command(v, a.completeLocalServices, func(r *api.Request, given []string) error {
			r.Service = given[0]
			return nil
		}))
	}
	return append(commands, a.command(confirmStopped, a.completeNodeThenService, func(r *api.Request, given []string) error {
		r.Node, r.Service = given[0], given[1]
		return nil
	}))
}

var service = []string{"SERVICE"}

var serviceVerbs = []verb{
	{
		verb: api.Restart, use: "restart SERVICE", args: service,
		short:   "Restart it in place on this node",
		long:    "Calls the primitive restart where it runs here. Its address stays announced\nmeanwhile. Refused where there is no such primitive.",
		example: "  srrctl restart web",
	},
	{
		verb: api.Reload, use: "reload SERVICE", args: service,
		short:   "Let it read its own configuration again",
		long:    "Calls the primitive reload of a service that runs on this node. Refused where there\nis no such primitive, as with run. For the daemon's own configuration see\nreload-config.",
		example: "  srrctl reload web",
	},
	{
		verb: api.CheckNow, use: "check SERVICE", args: service,
		short:   "Check it now",
		long:    "Checks a service that runs on this node now, besides its schedule.",
		example: "  srrctl check web && srrctl show web",
	},
	{
		verb: api.Clear, use: "clear SERVICE", args: service,
		short:   "Forgive its failure on this node",
		long:    "Forgets the failure and the hold-off of a service on this node, so that the node\ncounts as a full candidate again. Repair the cause first: srrctl output SERVICE.",
		example: "  srrctl clear web",
	},
	{
		verb: api.Activate, use: "activate SERVICE", args: service,
		short:   "Offer it on this node",
		long:    "Calls the primitive activate and takes part in the cluster's choice for this\nservice. Done at start-up by itself unless the configuration says otherwise.",
		example: "  srrctl activate web",
	},
	{
		verb: api.Deactivate, use: "deactivate SERVICE", args: service, yes: true,
		short:   "Do not offer it on this node any more",
		long:    "Stops it here if it runs, so that another node takes it over, and takes this node\nout of the cluster's choice for it.",
		example: "  srrctl deactivate web",
	},
	{
		verb: api.Enable, use: "enable SERVICE", args: service,
		short:   "Allow that it is activated on this node",
		long:    "Makes a disabled service inactive. It is not activated by this. Where the\nconfiguration says activate: disabled, the next start of the daemon disables it again.",
		example: "  srrctl enable web && srrctl activate web",
	},
	{
		verb: api.Disable, use: "disable SERVICE", args: service,
		short:   "Forbid that it is activated on this node",
		long:    "Makes an inactive service disabled, also across restarts of the daemon. What is\nactive is deactivated first: it stops here if it runs.",
		example: "  srrctl disable web",
	},
}

var confirmStopped = verb{
	verb: api.ConfirmStopped, use: "confirm-stopped NODE SERVICE [--yes]", args: []string{"NODE", "SERVICE"}, yes: true,
	short: "State that a service does not run on a node",
	long: `Ends the wait for a node of which nobody knows whether it still runs a service:
its state is unknown or "failed held", and no other node may start the service.
Give it only if you have made sure, for example because the machine is switched
off. If the service does run there, it will run twice: clients see two answers,
and a disk or a database that both write is destroyed.

It may be given on any node, and covers the present boot of NODE as far as that one
has heard of it. Another node that has heard of a later start of srrd there goes on
waiting, and explain says so: give the word there, too.`,
	example: `  srrctl confirm-stopped n3 web
  srrctl confirm-stopped n3 web --yes --reason "n3 is switched off"`,
}
