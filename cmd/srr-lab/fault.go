package main

import (
	"github.com/spf13/cobra"

	"srr/lab"
)

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
	for i := range lab.Verbs {
		v := &lab.Verbs[i]
		least, most := v.Args()
		args := cobra.ExactArgs(least)
		if most < 0 {
			args = cobra.MinimumNArgs(least)
		}
		cmd.AddCommand(&cobra.Command{
			Use: v.Use, Short: v.Short, Args: args,
			RunE: func(_ *cobra.Command, args []string) error {
				l, err := lab.Open(prefix, nil)
				if err != nil {
					return err
				}
				return v.Run(l, args)
			},
		})
	}
	return cmd
}
