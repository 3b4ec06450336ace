package main

import (
	"fmt"
	"syscall"

	"github.com/spf13/cobra"

	"srr/lab"
)

// verb is one fault, or the end of one.
type verb struct {
	use, short string
	args       cobra.PositionalArgs
	run        func(l *lab.Lab, args []string) error
}

var verbs = []verb{
	{
		"power-off NODE", "Kill all that runs on a host or router and drop its packets; carriers stay up",
		cobra.ExactArgs(1), func(l *lab.Lab, a []string) error { return l.PowerOff(a[0]) },
	},
	{"power-on NODE", "Boot a node again", cobra.ExactArgs(1), func(l *lab.Lab, a []string) error { return l.PowerOn(a[0]) }},
	{"router-off ROUTER", "The same as power-off, for routers only", cobra.ExactArgs(1), routerOnly((*lab.Lab).PowerOff)},
	{"router-on ROUTER", "Boot a router again", cobra.ExactArgs(1), routerOnly((*lab.Lab).PowerOn)},
	{
		"link-down NODE LINK", "Take the carrier from a link of a node",
		cobra.ExactArgs(2), func(l *lab.Lab, a []string) error { return l.SetLink(a[0], a[1], false) },
	},
	{
		"link-up NODE LINK", "Give it back",
		cobra.ExactArgs(2), func(l *lab.Lab, a []string) error { return l.SetLink(a[0], a[1], true) },
	},
	{
		"drop NODE LINK", "Drop everything on a link silently",
		cobra.ExactArgs(2), func(l *lab.Lab, a []string) error { return l.Drop(a[0], a[1], true) },
	},
	{
		"undrop NODE LINK", "Let it pass again",
		cobra.ExactArgs(2), func(l *lab.Lab, a []string) error { return l.Drop(a[0], a[1], false) },
	},
	{
		"partition LAN NODE...", "Cut nodes from a LAN",
		cobra.MinimumNArgs(2), func(l *lab.Lab, a []string) error { return l.Partition(a[0], false, a[1:]...) },
	},
	{
		"heal LAN NODE...", "Join them again",
		cobra.MinimumNArgs(2), func(l *lab.Lab, a []string) error { return l.Partition(a[0], true, a[1:]...) },
	},
	{"kill NODE PROCESS", "kill -9 srrd, ospfd, zebra or bfdd", cobra.ExactArgs(2), send(syscall.SIGKILL)},
	{"stop NODE PROCESS", "Freeze a process (SIGSTOP)", cobra.ExactArgs(2), send(syscall.SIGSTOP)},
	{"cont NODE PROCESS", "Let it go on (SIGCONT)", cobra.ExactArgs(2), send(syscall.SIGCONT)},
	{
		"start NODE PROCESS", "Start a process again that was killed",
		cobra.ExactArgs(2), func(l *lab.Lab, a []string) error { return l.Restart(a[0], a[1]) },
	},
}

func send(sig syscall.Signal) func(*lab.Lab, []string) error {
	return func(l *lab.Lab, a []string) error { return l.Signal(a[0], a[1], sig) }
}

func routerOnly(f func(*lab.Lab, string) error) func(*lab.Lab, []string) error {
	return func(l *lab.Lab, a []string) error {
		n, err := l.Topology().Node(a[0])
		if err != nil {
			return err
		}
		if n.Kind != lab.Router {
			return fmt.Errorf("switch %s: it is a %s, not a router", n.Name, n.Kind)
		}
		return f(l, n.Name)
	}
}

func fault() *cobra.Command {
	var prefix string
	cmd := &cobra.Command{
		Use:   "fault",
		Short: "Break something in a lab, or mend it",
		Example: `  srr-lab fault power-off n1
  srr-lab fault link-down n1 eth0
  srr-lab fault kill n2 ospfd`,
	}
	cmd.PersistentFlags().StringVar(&prefix, "lab", "", "prefix of the lab (default: the only one that is up)")
	for _, v := range verbs {
		cmd.AddCommand(&cobra.Command{
			Use: v.use, Short: v.short, Args: v.args,
			RunE: func(_ *cobra.Command, args []string) error {
				l, err := lab.Open(prefix, nil)
				if err != nil {
					return err
				}
				return v.run(l, args)
			},
		})
	}
	return cmd
}
