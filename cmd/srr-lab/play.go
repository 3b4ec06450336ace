package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"srr/lab"
	"srr/lab/play"
)

func playFile() *cobra.Command {
	var prefix, srrctl string
	cmd := &cobra.Command{
		Use:   "play FILE",
		Short: "Give a lab the commands of a simulated schedule, each at its time",
		Long: `play reads what "srrd sim" prints of a run that failed, or a script that somebody
wrote in the same words, and does to a lab that is up what it does to the simulated
cluster. The lines that build the cluster are left out, so the names of nodes and links
must be those of the lab. What a lab cannot do is named first, with the reason.`,
		Example: `  srr-lab up
  srr-lab play schedule.txt`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := lab.Open(prefix, nil)
			if err != nil {
				return err
			}
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			p, err := play.Parse(string(text), l.Topology())
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			for _, line := range p.Skipped {
				fmt.Fprintf(cmd.OutOrStdout(), "left out: %s\n", line)
			}
			failed, err := p.Run(cmd.Context(), l, srrctl, cmd.OutOrStdout())
			if err == nil && failed > 0 {
				err = fmt.Errorf("%d of %d commands failed", failed, len(p.Acts))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&prefix, "lab", "", "prefix of the lab (default: the only one that is up)")
	cmd.Flags().StringVar(&srrctl, "srrctl", "srrctl", "the operator's program, for the lines that begin with do")
	return cmd
}
