package main

import (
	"fmt"
	"os"
	"os/exec"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"srr/lab"
)

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "srr-lab",
		Short: "Build small networks with real routers, break them, and measure what a client sees",
		Long: `srr-lab builds networks of network namespaces: routers and hosts with FRR, hosts
with srrd, and a client. It needs root. Everything that it makes carries the
lab's prefix and goes with "srr-lab down"; nothing else on the machine changes.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.AddCommand(up(), down(), list(), execute(), fault(), playFile(), benchmark(), benchmarkRest(), record(), numbers(), demonstrate())
	return cmd
}

func up() *cobra.Command {
	o := lab.Options{Keep: true}
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Build a network and leave it running",
		Example: `  srr-lab up --timers bfd20
  srr-lab exec n1 vtysh -c 'show ip ospf neighbor'
  srr-lab fault power-off n1
  srr-lab down`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := lab.Up(cmd.Context(), o)
			if err != nil {
				return err
			}
			if err := l.WaitReady(cmd.Context()); err != nil {
				return fmt.Errorf("%w (the lab %s is still up; srr-lab down %s ends it)", err, l.Prefix(), l.Prefix())
			}
			fmt.Println(l.Prefix())
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Topology, "topology", "two", "network to build: two, areas, rough")
	f.StringVar(&o.Timers, "timers", "bfd20", "timers of all routers and hosts: default, hello, bfd50, bfd20")
	f.StringVar(&o.Prefix, "prefix", "", "name of the lab, up to 12 small letters and digits (default srl and four random digits)")
	f.BoolVar(&o.Announce, "announce", false, "let FRR announce any address of "+lab.Service.String()+" on a host's loopback; for labs without srrd")
	return cmd
}

func down() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "down [PREFIX...]",
		Short: "Take labs down: those named, or those whose owners have died and the only one that was left running",
		RunE: func(_ *cobra.Command, args []string) error {
			if err := lab.CleanUp(); err != nil {
				return err
			}
			if len(args) > 0 {
				return each(args, lab.Down)
			}
			labs, err := lab.Labs()
			if err != nil {
				return err
			}
			var kept []string
			for _, st := range labs {
				if all || st.Owner.PID == 0 {
					kept = append(kept, st.Prefix)
				}
			}
			if len(kept) > 1 && !all {
				return fmt.Errorf("take down lab: %d are up, name one or use --all: %v", len(kept), kept)
			}
			return each(kept, lab.Down)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "all labs, also those that are in use")
	return cmd
}

func each(names []string, f func(string) error) error {
	for _, name := range names {
		if err := f(name); err != nil {
			return err
		}
	}
	return nil
}

func list() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the labs that are up, or that were left behind",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			labs, err := lab.Labs()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "PREFIX\tTOPOLOGY\tTIMERS\tSINCE\tOWNER")
			for _, st := range labs {
				owner := "none, kept"
				if st.Owner.PID != 0 {
					owner = fmt.Sprintf("process %d", st.Owner.PID)
					if !st.Owner.Alive() {
						owner += ", dead"
					}
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", st.Prefix, st.Topology, st.Timers, st.Created.Format("15:04:05"), owner)
			}
			return w.Flush()
		},
	}
}

func execute() *cobra.Command {
	var prefix string
	cmd := &cobra.Command{
		Use:     "exec NODE COMMAND [ARG...]",
		Short:   "Run a command on a node of a lab",
		Example: "  srr-lab exec r1 vtysh -c 'show ip route'",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := lab.Open(prefix, nil)
			if err != nil {
				return err
			}
			c, err := l.Command(cmd.Context(), args[0], args[1:]...)
			if err != nil {
				return err
			}
			c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
			if err := c.Run(); err != nil {
				if exit, ok := err.(*exec.ExitError); ok {
					os.Exit(exit.ExitCode())
				}
				return err
			}
			return nil
		},
	}
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().StringVar(&prefix, "lab", "", "prefix of the lab (default: the only one that is up)")
	return cmd
}
