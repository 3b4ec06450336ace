package main

import (
	"github.com/spf13/cobra"

	"srr/internal/daemon"
)

func notifyTest(path *string) *cobra.Command {
	return &cobra.Command{
		Use:   "notify-test",
		Short: "Send a test notice to everybody whom the configuration names",
		Long: `notify-test sends one message, with a notice of the event "test", by every command,
webhook and mail of the section notify, whatever they are told otherwise, and
prints what each said. It reads the file and not the running daemon, so that a
section can be tried before "srrctl reload-config".`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return daemon.TestNotices(cmd.Context(), *path, cmd.OutOrStdout())
		},
	}
}
