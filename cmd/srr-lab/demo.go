package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"srr/lab/demo"
)

func demonstrate() *cobra.Command {
	o := demo.Options{Out: os.Stdout}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show what a client sees while the parts below its service die one after the other",
		Long: `demo installs what it needs and is missing (it says what), builds a network of two
routers, three hosts and a client, runs nginx on it, and takes away one thing after
the other, while the client asks. It takes less than three minutes and leaves
nothing behind. It fails if the client had to wait for longer than it should.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := filepath.Abs(o.SRRD)
			if err != nil {
				return err
			}
			o.SRRD = path
			_, err = unix.IoctlGetTermios(int(os.Stdout.Fd()), unix.TCGETS)
			o.Live = err == nil
			return demo.Run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.SRRD, "srrd", "build/srrd", "path of srrd")
	f.StringVar(&o.Timers, "timers", "bfd20", "timers of all routers and hosts: hello, bfd50, bfd20")
	f.StringVar(&o.Logs, "logs", "build/demo-logs", "where the daemons' logs are kept if a step fails")
	f.StringVar(&o.Prefix, "prefix", "", "name of the lab (default: chosen)")
	return cmd
}
