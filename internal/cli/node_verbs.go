package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

// nodeVerbs act on this node and its daemon.
func (a *app) nodeVerbs() []*cobra.Command {
	nothing := func(*api.Request, []string) error { return nil }
	var commands []*cobra.Command
	for _, v := range nodeVerbs {
		complete, fill := cobra.NoFileCompletions, nothing
		if v.verb == api.Maintenance {
			complete, fill = cobra.FixedCompletions([]string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp), onOrOff
		}
		cmd := a.command(v, complete, fill)
		if v.verb == api.Drain {
			a.drainWaits(cmd)
		}
		commands = append(commands, cmd)
	}
	return commands
}

func onOrOff(r *api.Request, given []string) error {
	if given[0] != "on" && given[0] != "off" {
		return fmt.Errorf("maintenance needs on or off, not %q", given[0])
	}
	r.On = given[0] == "on"
	return nil
}

var nodeVerbs = []verb{
	{
		verb: api.Drain, use: "drain [--stop] [--no-wait] [--timeout DURATION]", yes: true,
		short: "Give all services of this node away",
		long: `Lets other nodes take over what runs here, and takes nothing over while another
node can. Refused with the list of services that have nowhere to go, unless
--stop. It lasts until undrain, also across restarts.

It waits until nothing of the node's services is left there, and says where each
has gone, and why one cannot (with -o json the answer to the command is all that is
printed, at once). If that takes longer than --timeout, it says what is still there and why, and the
exit code is 5. The drain goes on then, and also after Ctrl-C or when srrd cannot
be reached any more, which are failures.`,
		example: `  srrctl drain && apt full-upgrade && reboot
  srrctl drain --timeout 5m || srrctl undrain
  srrctl drain --stop --reason "new mainboard"`,
	},
	{
		verb: api.Undrain, use: "undrain",
		short:   "Undo drain",
		long:    "Makes this node a full candidate again. Services come back by preference only.",
		example: "  srrctl undrain",
	},
	{
		verb: api.Maintenance, use: "maintenance on|off", args: []string{"on|off"},
		short: "Touch no service on this node, whatever happens",
		long: `While it is on, the daemon starts, stops and restarts nothing here, so that you
can. If the node cannot be reached any more, other nodes take over all the same.`,
		example: "  srrctl maintenance on --reason \"debugging nginx\"",
	},
	{
		verb: api.ReloadConfig, use: "reload-config [--pending]",
		short: "Let the daemon read its configuration again",
		long: `Checks the configuration and applies it as a whole or not at all. What can
change only while a service is inactive is refused with a list; --pending puts
it off until then. What can change only when the daemon starts is refused.`,
		example: `  srrd check-config && srrctl reload-config`,
	},
	{
		verb: api.Detach, use: "detach", yes: true,
		short: "End the daemon and leave its services running",
		long: `For an upgrade of the daemon: services and addresses stay for a minute (the
configuration's detach-for), and the next daemon, which systemd starts at once,
takes them over as they are.`,
		example: "  install srrd.new /usr/sbin/srrd && srrctl detach",
	},
	{
		verb: api.Shutdown, use: "shutdown [--stop]", yes: true,
		short: "Hand all services over and end the daemon",
		long: `Drains the node, leaves the cluster in good order, and ends the daemon. Refused
with the list of services that have nowhere to go, unless --stop.`,
		example: "  srrctl shutdown --stop",
	},
}
