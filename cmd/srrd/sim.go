package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"srr/sim"
)

var errSeeds = errors.New("a property did not hold")

func simulate() *cobra.Command {
	var b sim.Batch
	var seed uint64
	var file string
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Run simulated clusters that break in every way, by seed",
		Long: `sim runs whole clusters of this program's own core in virtual time: routers, links,
machines, disks, clocks, services and operators fail as a seed draws it, while what
must never happen is watched and, after a repair, what must happen is demanded. One
seed is one run, always the same. A run that fails is cut down to the shortest
schedule that still fails.`,
		Example: `  srrd sim --seeds 2000
  srrd sim --seed 33
  srrd sim --seed 33 --trace`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b.Out = cmd.OutOrStdout()
			ok := false
			switch {
			case file != "":
				text, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				if ok, err = sim.Replay(cmd.Context(), string(text), b.Out); err != nil {
					return fmt.Errorf("%s: %w", file, err)
				}
			case cmd.Flags().Changed("seed"):
				ok = sim.One(cmd.Context(), seed, b.Trace, b.Out)
			default:
				ok = b.Run(cmd.Context())
			}
			if !ok {
				return errSeeds
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&seed, "seed", 0, "run only this seed")
	f.StringVar(&file, "script", "", "run this script instead: commands, each with its time as @DURATION before it")
	f.Uint64Var(&b.Seeds, "seeds", 100, "how many seeds to run")
	f.Uint64Var(&b.From, "from", 0, "the first seed")
	f.BoolVar(&b.UntilFailed, "until-failure", false, "stop at the first seed that fails, and only name it")
	f.IntVar(&b.Jobs, "jobs", 1, "how many runs at once")
	f.BoolVar(&b.Trace, "trace", false, "print everything that happens")
	return cmd
}
