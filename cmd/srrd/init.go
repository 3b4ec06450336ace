package main

import (
	"os"

	"github.com/spf13/cobra"

	"srr/internal/config"
	"srr/internal/daemon"
	"srr/internal/identity"
)

func initialise(path *string) *cobra.Command {
	var o config.InitOptions
	var kind string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a first configuration",
		Long: `init looks at this host (its ospfd, router ID, areas and interfaces), asks for the
rest, and writes a configuration with comments. With --yes it takes every proposal.
If the cluster has a CA (srrctl ca init, srrctl join), its records must be signed.`,
		Example: `  srrd init
  srrd init --yes --cluster shop --service web --address 10.71.100.1 --kind make`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.File = *path
			o.Service.Kind = config.AgentKind(kind)
			host, err := os.Hostname()
			if err != nil {
				return err
			}
			env := config.InitEnv{In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Hostname: host, PKI: identity.DefaultDir}
			if r := daemon.FindRouter(cmd.Context(), o.VTY, o.OSPFAPI); r != nil {
				env.Router = r
			}
			return config.Init(cmd.Context(), o, env)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.Force, "force", false, "replace an existing file")
	f.BoolVarP(&o.Yes, "yes", "y", false, "take every proposal, ask nothing")
	f.StringVar(&o.Cluster, "cluster", "", "name of the cluster")
	f.StringVar(&o.Name, "name", "", "name of this node")
	f.StringVar(&o.RouterID, "router-id", "", "router ID of this node's ospfd")
	f.StringVar(&o.OSPFAPI, "ospf-api", "", "address and port of ospfd's OSPF API")
	f.StringVar(&o.VTY, "vty", "", "directory of FRR's vty sockets")
	f.StringVar(&o.Service.Name, "service", "", "name of a first service")
	f.StringVar(&o.Service.Address, "address", "", "its address")
	f.StringVar(&kind, "kind", "", "what carries out its primitives: make, exec, run, unit or none")
	f.StringVar(&o.Service.Command, "command", "", "of make, exec, run and unit: what; run's words may be quoted as for a shell")
	return cmd
}
