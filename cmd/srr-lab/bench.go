package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"srr/lab/bench"
)

// benchmarkRest measures what a cluster costs while nothing happens.
func benchmarkRest() *cobra.Command {
	var o bench.RestOptions
	cmd := &cobra.Command{
		Use:   "bench-rest",
		Short: "Measure processor, memory and flooding of a cluster at rest",
		Long: `bench-rest runs three nodes with the same services, a third of them active on each,
and measures, after they have settled: processor time (with the checks' processes)
and memory of srrd; and, for as long as it takes every record to be flooded again
(half an hour), the opaque LSAs that reach the client's network. What the file holds is
not measured again unless asked.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := filepath.Abs(o.SRRD)
			if err != nil {
				return err
			}
			o.SRRD = path
			_, err = bench.MeasureRest(cmd.Context(), o, func(f string, a ...any) { fmt.Printf(f, a...) })
			return err
		},
	}
	f := cmd.Flags()
	f.IntSliceVar(&o.Sizes, "services", []int{1, 100, 1000}, "services per node")
	f.StringSliceVar(&o.Checks, "checks", []string{"icmp", "make"}, "check of each service every 10 s: none, icmp, make")
	f.DurationVar(&o.Time, "time", time.Minute, "of each measurement")
	f.DurationVar(&o.Flooding, "flooding", 31*time.Minute, "how long LSAs are counted, with 100 services and icmp checks; 0: not")
	f.BoolVar(&o.Again, "again", false, "measure also what the file holds already")
	f.StringVar(&o.Out, "out", "build/bench-rest.json", "file of the results")
	f.StringVar(&o.SRRD, "srrd", "build/srrd", "path of srrd")
	return cmd
}

// numbers keeps a document true to what was measured.
func numbers() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "numbers [DOCUMENT]",
		Short: "Write the results of bench between the markers <!-- numbers --> of a document",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := bench.Open(from)
			if err != nil {
				return err
			}
			return f.WriteNumbers(append(args, "README.md")[0])
		},
	}
	cmd.Flags().StringVar(&from, "from", "build/bench.json", "file of the results")
	return cmd
}

// record adds the core's own benchmark to the results.
func record() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "record",
		Short:   "Add the time to decide, from a Go benchmark on standard input, to the results of bench",
		Example: "  go test -run '^$' -bench NodeLoss -benchtime 1x -count 20 ./internal/node | srr-lab record",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := bench.Open(out)
			if err != nil {
				return err
			}
			e, err := f.Record(cmd.InOrStdin())
			if err == nil {
				fmt.Printf("decided for 1,000 services after %.1f ms (median of %d)\n", e.MedianMS, e.N)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&out, "out", "build/bench.json", "file of the results")
	return cmd
}

func benchmark() *cobra.Command {
	o := bench.Options{Log: os.Stdout}
	var names strings.Builder
	for _, c := range bench.Cases() {
		fmt.Fprintf(&names, "  %-22s %s\n", c[0], c[1])
	}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure what a client sees when something dies",
		Long: `bench measures how long a client goes without an answer, with probes every 2 ms,
from the first that is lost to the next that is answered. It breaks each thing n
times and writes the statistics to a file, case by case: what the file holds
already is not measured again unless asked. Everything together takes about six
hours: before each trial with 1,000 addresses ospfd is left alone for 70 s.

Cases:
` + names.String() + `
The gap of many addresses is the time to the answer of the last.`,
		Example: "  srr-lab bench --cases power-off,planned-move --timers bfd20 -n 5",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := filepath.Abs(o.SRRD)
			if err != nil {
				return err
			}
			o.SRRD = path
			f, err := bench.Run(cmd.Context(), o)
			if f != nil {
				f.Print(os.Stdout)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.Cases, "cases", nil, "only these cases")
	f.StringSliceVar(&o.Timers, "timers", nil, "only these timers: default, hello, bfd50, bfd20")
	f.IntVarP(&o.N, "count", "n", 0, "repetitions (default 20; 6 with the default timers, with Pacemaker, and of what takes long)")
	f.StringVar(&o.Out, "out", "build/bench.json", "file of the results")
	f.StringVar(&o.SRRD, "srrd", "build/srrd", "path of srrd")
	f.BoolVar(&o.Again, "again", false, "measure also what the file holds already")
	return cmd
}
